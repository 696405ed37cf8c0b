package dev.embedding.plugin.codec;

import java.util.function.Function;

import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.engine.EngineException;
import org.opensearch.index.engine.NRTReplicationEngine;

/** The engine of a replica that copies segments: it reads what the primary's engine wrote. */
final class EmbeddingReplicaEngine extends NRTReplicationEngine {
  private final SourceVectors sourceVectors;

  EmbeddingReplicaEngine(EngineConfig config) {
    super(config);
    this.sourceVectors = new SourceVectors(config);
  }

  @Override
  public SearcherSupplier acquireSearcherSupplier(Function<Searcher, Searcher> wrapper, SearcherScope scope)
      throws EngineException {
    return super.acquireSearcherSupplier(SourceVectors.showIn(sourceVectors, wrapper), scope);
  }
}
