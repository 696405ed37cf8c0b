package dev.embedding.search;

/**
 * How a {@link MaxSimQuery} searches.
 *
 * @param k how many hits a shard gives, 1–{@link #MAX_K}
 * @param candidates how many documents the encodings choose for the exact comparison, k–{@link #MAX_K}: more is slower and
 *     misses less
 * @param rerank whether candidates are compared exactly; if not, hits and scores are those of the encodings
 */
public record MaxSimOptions(int k, int candidates, boolean rerank) {
  /** The largest {@code k} and the largest {@code candidates}. */
  public static final int MAX_K = 10_000;
  /** The candidates of a search that names none and whose k is smaller. */
  public static final int DEFAULT_CANDIDATES = 200;

  public MaxSimOptions {
    if (k < 1 || k > MAX_K) {
      throw new IllegalArgumentException("[k] must be between 1 and " + MAX_K + ", got " + k);
    }
    if (candidates < k || candidates > MAX_K) {
      throw new IllegalArgumentException(
          "[candidates] must be between [k] (" + k + ") and " + MAX_K + ", got " + candidates);
    }
  }

  /** The defaults for the k best. */
  public static MaxSimOptions ofK(int k) {
    return new MaxSimOptions(k, Math.max(DEFAULT_CANDIDATES, k), true);
  }
}
