package dev.embedding.plugin.adapter;

import org.opensearch.core.common.breaker.CircuitBreaker;

/** What a training takes, told to the circuit breaker of requests, which refuses when the node has no room for it. */
final class TrainingMemory implements AutoCloseable {
  /** So that the breaker is not asked for every judgement. */
  private static final long STEP = 1 << 20;

  private final CircuitBreaker breaker;
  private long needed;
  private long reserved;

  TrainingMemory(CircuitBreaker breaker) {
    this.breaker = breaker;
  }

  /** @throws org.opensearch.core.common.breaker.CircuitBreakingException if there is no room, with status 429 */
  void reserve(long bytes) {
    needed += bytes;
    if (needed > reserved) {
      long more = Math.max(STEP, needed - reserved);
      breaker.addEstimateBytesAndMaybeBreak(more, "training of an adapter");
      reserved += more;
    }
  }

  @Override
  public void close() {
    breaker.addWithoutBreaking(-reserved);
  }
}
