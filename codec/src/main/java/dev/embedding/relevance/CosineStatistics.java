package dev.embedding.relevance;

/** Mean and standard deviation of some cosines; the deviation is never 0. */
record CosineStatistics(double mean, double deviation) {
  private static final double MIN_DEVIATION = 1e-4;

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
