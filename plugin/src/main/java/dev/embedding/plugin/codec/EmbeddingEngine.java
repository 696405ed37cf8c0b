package dev.embedding.plugin.codec;

import java.io.IOException;
import java.util.function.BiFunction;
import java.util.function.Function;

import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.engine.EngineException;
import org.opensearch.index.engine.InternalEngine;

import dev.embedding.plugin.source.VectorSource;

/** An engine that keeps vectors out of the stored {@code _source} and shows them to whoever reads it. */
final class EmbeddingEngine extends InternalEngine {
  private final SourceVectors sourceVectors;

  EmbeddingEngine(EngineConfig config) {
    super(config);
    this.sourceVectors = new SourceVectors(config);
  }

  @Override
  public IndexResult index(Index index) throws IOException {
    VectorSource vectors = sourceVectors.current();
    if (vectors != null && vectors.hasVectors()) {
      vectors.takeOut(index.parsedDoc());
    }
    return super.index(index);
  }

  /** The translog has the whole document, but core filters what it reads there: only from the index it is complete. */
  @Override
  public GetResult get(Get get, BiFunction<String, SearcherScope, Searcher> searchers) {
    VectorSource vectors = sourceVectors.current();
    if (vectors == null || vectors.hasVectors() == false || vectors.isFiltered() == false) {
      return super.get(get, searchers);
    }
    Get fromIndex = new Get(get.realtime(), false, get.id(), get.uid()).version(get.version())
        .versionType(get.versionType())
        .setIfSeqNo(get.getIfSeqNo())
        .setIfPrimaryTerm(get.getIfPrimaryTerm());
    return super.get(fromIndex, searchers);
  }

  @Override
  public SearcherSupplier acquireSearcherSupplier(Function<Searcher, Searcher> wrapper, SearcherScope scope)
      throws EngineException {
    return super.acquireSearcherSupplier(SourceVectors.showIn(sourceVectors, wrapper), scope);
  }
}
