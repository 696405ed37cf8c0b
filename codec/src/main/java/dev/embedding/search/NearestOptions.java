package dev.embedding.search;

/**
 * How a {@link NearestQuery} searches.
 *
 * @param k how many hits a shard gives, 1–{@link #MAX_K}
 * @param candidates the beam of the graph search, k–{@link #MAX_K}: more is slower and misses less
 * @param oversample how many of the best codes are scored again on full precision, as a multiple of k, 1–100; 0 leaves
 *     it to the codec. Only quantized fields have codes, others ignore it.
 * @param exact whether to scan every vector instead of searching the graph
 * @param minScore hits below this score are left out; 0 keeps all, as scores are never negative
 */
public record NearestOptions(int k, int candidates, float oversample, boolean exact, float minScore) {
  /** The largest {@code k} and the largest {@code candidates}. */
  public static final int MAX_K = 10_000;
  /** The largest {@code oversample}. */
  public static final float MAX_OVERSAMPLE = 100;
  /** The beam of a search that names none and whose k is smaller. */
  public static final int DEFAULT_CANDIDATES = 100;

  public NearestOptions {
    if (k < 1 || k > MAX_K) {
      throw new IllegalArgumentException("[k] must be between 1 and " + MAX_K + ", got " + k);
    }
    if (candidates < k || candidates > MAX_K) {
      throw new IllegalArgumentException(
          "[candidates] must be between [k] (" + k + ") and " + MAX_K + ", got " + candidates);
    }
    if (oversample != 0 && !(oversample >= 1 && oversample <= MAX_OVERSAMPLE)) {
      throw new IllegalArgumentException(
          "[oversample] must be between 1 and " + MAX_OVERSAMPLE + ", got " + oversample);
    }
    if (!(minScore >= 0 && minScore < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("[min_score] must be a finite number, 0 or more, got " + minScore);
    }
  }

  /** The defaults for the k nearest. */
  public static NearestOptions ofK(int k) {
    return new NearestOptions(k, Math.max(DEFAULT_CANDIDATES, k), 0, false, 0);
  }

  NearestOptions withMinScore(float newMinScore) {
    return new NearestOptions(k, candidates, oversample, exact, newMinScore);
  }
}
