package dev.embedding.plugin.mapper;

import java.util.Locale;

import org.apache.lucene.index.VectorSimilarityFunction;

/** The similarities that a mapping may name, and Lucene's functions for them. */
enum Similarity {
  COSINE(VectorSimilarityFunction.COSINE), DOT_PRODUCT(VectorSimilarityFunction.DOT_PRODUCT), EUCLIDEAN(
      VectorSimilarityFunction.EUCLIDEAN), MAX_INNER_PRODUCT(VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT);

  final VectorSimilarityFunction function;

  Similarity(VectorSimilarityFunction function) {
    this.function = function;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
