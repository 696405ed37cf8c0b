package dev.embedding.relevance;

import java.util.Map;

/** Keeps what is nearer to the query than a fixed sample of documents is on average, by at least a difference. */
record LiftCutOff(double min, VectorSample sample) implements CutOff {
  @Override
  public QueryCut on(float[] query) {
    double mean = sample.statistics(query, DotProduct.FAST).mean();
    return new CosineCut(mean + min, Map.of("min", min, "sample_mean", mean));
  }
}
