package dev.embedding.relevance;

import java.util.Map;

/** A cut known before the search, whose hits are as relevant as their cosine is high: (1 + cosine) / 2. */
record CosineCut(double cosine, Map<String, Double> parameters) implements QueryCut {
  @Override
  public double relevance(double hit) {
    return relevanceOf(hit);
  }

  static double relevanceOf(double cosine) {
    return Math.clamp((1 + cosine) / 2, 0.0, 1.0);
  }
}
