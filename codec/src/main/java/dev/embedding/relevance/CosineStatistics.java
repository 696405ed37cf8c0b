package dev.embedding.relevance;

/**
 * Mean and standard deviation of some cosines.
 *
 * @param mean between -1 and 1, but for rounding
 * @param deviation finite, > 0
 */
public record CosineStatistics(double mean, double deviation) {
  private static final double MIN_DEVIATION = 1e-4;

  public CosineStatistics {
    if (!(Math.abs(mean) <= 1.01 && deviation > 0 && deviation < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "cosines have a mean between -1 and 1 and a finite deviation above 0, got " + mean + " and " + deviation);
    }
  }

  /** Those of at least one cosine; the deviation is never 0. */
  static CosineStatistics of(float[] cosines) {
    double sum = 0;
    for (float cosine : cosines) {
      sum += cosine;
    }
    double mean = sum / cosines.length;
    double squares = 0;
    for (float cosine : cosines) {
      squares += (cosine - mean) * (cosine - mean);
    }
    return new CosineStatistics(mean, Math.max(Math.sqrt(squares / cosines.length), MIN_DEVIATION));
  }
}
