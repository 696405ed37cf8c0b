package dev.embedding.codec;

import java.util.Objects;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.knn.KnnSearchStrategy;

/**
 * Tells a search of a {@link QuantizedVectorsFormat} how many of the collector's k results are wanted in the end. The collector's k is then the beam:
 * how widely to look. Without this strategy all k are wanted, and more vectors are scored in full precision than are needed.
 */
public final class RescoreStrategy extends KnnSearchStrategy {

  /** Lets the error bound of the codes decide how many vectors are scored in full precision. */
  public static final float BY_ERROR_BOUND = 0;

  /** How many standard deviations more than its part a segment is expected to have at most, as the segments share the best at random. */
  private static final double DEVIATIONS = 3;

  private final int k;
  private final float oversample;
  private final float share;

  /**
   * @param k how many results are wanted
   * @param oversample how many of the best codes are scored in full precision, as a multiple of k, at least 1; or {@link #BY_ERROR_BOUND}
   */
  public RescoreStrategy(int k, float oversample) {
    this(k, oversample, 1);
  }

  private RescoreStrategy(int k, float oversample, float share) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1; got " + k);
    }
    if (oversample != BY_ERROR_BOUND && !(oversample >= 1 && oversample <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "oversample must be at least 1, or 0 for as many as the error bound asks; got " + oversample);
    }
    this.k = k;
    this.oversample = oversample;
    this.share = share;
  }

  /**
   * The strategy for a segment that has a share of all documents, if results are wanted from all of them together. Where the segment turns out to have all
   * that it looks for among the best of all, it is to be searched again without a share.
   *
   * @param share from 0 to 1
   */
  public RescoreStrategy inSegment(float share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be from 0 to 1; got " + share);
    }
    return new RescoreStrategy(k, oversample, share);
  }

  /** The strategy of a search, also of one that goes on from where an earlier one ended. A search of another kind wants all k results of its collector. */
  static RescoreStrategy of(KnnCollector collector) {
    KnnSearchStrategy strategy = collector.getSearchStrategy();
    KnnSearchStrategy original = strategy instanceof Seeded seeded ? seeded.originalStrategy() : strategy;
    return original instanceof RescoreStrategy rescore ? rescore : new RescoreStrategy(collector.k(), BY_ERROR_BOUND);
  }

  /** How many results are wanted, from all segments. */
  public int k() {
    return k;
  }

  /** How many of so many results from all segments, 1 or more, are to be looked for in this one: it is unlikely that it has more of the best. */
  public double part(double count) {
    double most = count * share + DEVIATIONS * Math.sqrt(count * share * (1 - share));
    return Math.min(count, Math.max(1, Math.ceil(most)));
  }

  /** The multiple of k to score in full precision, or {@link #BY_ERROR_BOUND}. */
  public float oversample() {
    return oversample;
  }

  @Override
  public void nextVectorsBlock() {}

  @Override
  public boolean equals(Object other) {
    return other instanceof RescoreStrategy that && k == that.k && oversample == that.oversample
        && share == that.share;
  }

  @Override
  public int hashCode() {
    return Objects.hash(k, oversample, share);
  }
}
