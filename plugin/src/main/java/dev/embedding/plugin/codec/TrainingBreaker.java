package dev.embedding.plugin.codec;

import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.MemorySizeValue;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.indices.breaker.BreakerSettings;

import dev.embedding.codec.TrainingMemory;

/** The memory of all flushes and merges of a node that learn codes, counted and bounded by a circuit breaker. */
public final class TrainingBreaker implements TrainingMemory {
  /** The name of the breaker, in the node's statistics and in its settings. */
  public static final String NAME = "embedding_training";

  private static final String LIMIT = "25%";

  private final CircuitBreaker breaker;

  public TrainingBreaker(CircuitBreaker breaker) {
    this.breaker = breaker;
  }

  /** How OpenSearch is to make the breaker: a quarter of the heap, unless the node's settings say otherwise. */
  public static BreakerSettings settings(Settings settings) {
    long limit = MemorySizeValue.parseBytesSizeValueOrHeapRatio(LIMIT, NAME).getBytes();
    return BreakerSettings.updateFromSettings(new BreakerSettings(NAME, limit, 1, CircuitBreaker.Type.MEMORY,
        CircuitBreaker.Durability.TRANSIENT), settings);
  }

  @Override
  public long reserve(long wanted, long least) {
    for (long bytes = wanted; bytes > least; bytes /= 2) {
      try {
        breaker.addEstimateBytesAndMaybeBreak(bytes, NAME);
        return bytes;
      } catch (CircuitBreakingException e) {
        // Half of it may be free.
      }
    }
    breaker.addWithoutBreaking(least);
    return least;
  }

  @Override
  public void release(long bytes) {
    breaker.addWithoutBreaking(-bytes);
  }
}
