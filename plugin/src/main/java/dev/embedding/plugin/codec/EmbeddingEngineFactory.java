package dev.embedding.plugin.codec;

import java.util.Optional;

import org.opensearch.index.IndexSettings;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.engine.EngineFactory;

import dev.embedding.codec.TrainingMemory;
import dev.embedding.plugin.EmbeddingSettings;

/**
 * Makes the engines of indices with our setting.
 *
 * <p>An engine factory and not a codec service, as an index has room for one codec service, which k-NN takes where
 * {@code index.knn} is set; and as an engine sees documents on their way in and out, where their vectors leave
 * {@code _source} and come back.
 */
public final class EmbeddingEngineFactory implements EngineFactory {
  private final TrainingMemory memory;

  private EmbeddingEngineFactory(TrainingMemory memory) {
    this.memory = memory;
  }

  /**
   * A factory for an index that is ours to write.
   *
   * @param memory in which its codes are learned
   */
  public static Optional<EngineFactory> of(IndexSettings index, TrainingMemory memory) {
    boolean ours = EmbeddingSettings.ENABLED.get(index.getSettings()) && index.isRemoteSnapshot() == false;
    return ours ? Optional.of(new EmbeddingEngineFactory(memory)) : Optional.empty();
  }

  @Override
  public Engine newReadWriteEngine(EngineConfig config) {
    EngineConfig wrapped = config.toBuilder().codecService(new EmbeddingCodecService(config, memory)).build();
    return wrapped.isReadOnlyReplica() ? new EmbeddingReplicaEngine(wrapped) : new EmbeddingEngine(wrapped);
  }
}
