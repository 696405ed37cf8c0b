package dev.embedding.relevance;

import java.util.Map;

/** The same smallest cosine for all queries. */
record MinCosineCutOff(double min) implements CutOff {
  @Override
  public QueryCut on(float[] query) {
    return new CosineCut(min, Map.of("min", min));
  }
}
