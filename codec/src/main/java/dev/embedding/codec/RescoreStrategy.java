package dev.embedding.codec;

import java.util.Objects;
import org.apache.lucene.search.knn.KnnSearchStrategy;

/**
 * Tells a search of a {@link QuantizedVectorsFormat} how many of the collector's k results are wanted in the end. The collector's k is then the beam:
 * how widely to look. Without this strategy all k are wanted, and more vectors are scored in full precision than are needed.
 */
public final class RescoreStrategy extends KnnSearchStrategy {

  /** Lets the error bound of the codes decide how many vectors are scored in full precision. */
  public static final float BY_ERROR_BOUND = 0;

  private final int k;
  private final float oversample;

  /**
   * @param k how many results are wanted
   * @param oversample how many of the best codes are scored in full precision, as a multiple of k, at least 1; or {@link #BY_ERROR_BOUND}
   */
  public RescoreStrategy(int k, float oversample) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1; got " + k);
    }
    if (oversample != BY_ERROR_BOUND && !(oversample >= 1 && oversample <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "oversample must be at least 1, or 0 for as many as the error bound asks; got " + oversample);
    }
    this.k = k;
    this.oversample = oversample;
  }

  /** The strategy of a search, also of one that goes on from where an earlier one ended; null if it is another. */
  static RescoreStrategy of(KnnSearchStrategy strategy) {
    KnnSearchStrategy original = strategy instanceof Seeded seeded ? seeded.originalStrategy() : strategy;
    return original instanceof RescoreStrategy rescore ? rescore : null;
  }

  /** How many results are wanted. */
  public int k() {
    return k;
  }

  /** The multiple of k to score in full precision, or {@link #BY_ERROR_BOUND}. */
  public float oversample() {
    return oversample;
  }

  @Override
  public void nextVectorsBlock() {}

  @Override
  public boolean equals(Object other) {
    return other instanceof RescoreStrategy that && k == that.k && oversample == that.oversample;
  }

  @Override
  public int hashCode() {
    return Objects.hash(k, oversample);
  }
}
