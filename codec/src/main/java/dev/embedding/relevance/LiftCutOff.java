package dev.embedding.relevance;

import java.util.Map;

/** Keeps what is nearer to the query than a fixed sample of documents is on average, by at least a difference. */
record LiftCutOff(double min, SampleStatistics sample) implements CutOff {
  @Override
  public QueryCut on(float[] query) {
    double mean = sample.of(query).mean();
    return new CosineCut(mean + min, Map.of("min", min, "sample_mean", mean));
  }
}
