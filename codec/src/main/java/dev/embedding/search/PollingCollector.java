package dev.embedding.search;

import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.KnnCollector;

/** Ends a search when its time is up. */
final class PollingCollector extends KnnCollector.Decorator {
  /** A batch of the scan scores 64 vectors, an expansion of a graph's node at most 256: under 1,000 vectors a poll. */
  private static final int CALLS_PER_POLL = 4;

  private final QueryTimeout timeout;
  private int calls;
  private boolean timedOut;

  PollingCollector(KnnCollector in, QueryTimeout timeout) {
    super(in);
    this.timeout = timeout;
  }

  @Override
  public boolean earlyTerminated() {
    if (timedOut == false && ++calls % CALLS_PER_POLL == 0) {
      timedOut = timeout.shouldExit();
    }
    return timedOut || super.earlyTerminated();
  }
}
