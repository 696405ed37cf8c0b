package dev.embedding.relevance;

import java.util.Map;

/**
 * Keeps what is nearer to the query than a fixed sample of documents by a number of standard deviations. A hit is as
 * relevant as a normal distribution makes its z-score surprising.
 */
record ZScoreCutOff(double min, SampleStatistics sample) implements CutOff {
  @Override
  public QueryCut on(float[] query) {
    return new ZScoreCut(sample.of(query), min);
  }

  private record ZScoreCut(CosineStatistics statistics, double min) implements QueryCut {
    /** The logistic function with this factor is within 0.01 of the normal distribution (Bowling and others, 2009). */
    private static final double LOGISTIC_TO_NORMAL = 1.702;

    @Override
    public double cosine() {
      return statistics.mean() + min * statistics.deviation();
    }

    @Override
    public double relevance(double cosine) {
      return Logistic.sigmoid(LOGISTIC_TO_NORMAL * (cosine - statistics.mean()) / statistics.deviation());
    }

    @Override
    public Map<String, Double> parameters() {
      return Map.of("min", min, "sample_mean", statistics.mean(), "sample_deviation", statistics.deviation());
    }
  }
}
