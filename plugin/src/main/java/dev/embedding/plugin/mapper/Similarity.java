package dev.embedding.plugin.mapper;

import java.util.List;
import java.util.Locale;

import org.apache.lucene.index.VectorSimilarityFunction;

/** The similarities that a mapping may name, and Lucene's functions for them. */
public enum Similarity {
  COSINE(VectorSimilarityFunction.COSINE), DOT_PRODUCT(VectorSimilarityFunction.DOT_PRODUCT), EUCLIDEAN(
      VectorSimilarityFunction.EUCLIDEAN), MAX_INNER_PRODUCT(VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT);

  public final VectorSimilarityFunction function;

  Similarity(VectorSimilarityFunction function) {
    this.function = function;
  }

  /** The name of a function in the interfaces. */
  public static Similarity of(VectorSimilarityFunction function) {
    for (Similarity similarity : values()) {
      if (similarity.function == function) {
        return similarity;
      }
    }
    throw new IllegalArgumentException("no similarity for " + function);
  }

  /** The similarity of a name in the interfaces. */
  public static Similarity named(String name) {
    for (Similarity similarity : values()) {
      if (similarity.toString().equals(name)) {
        return similarity;
      }
    }
    throw new IllegalArgumentException("must be one of " + List.of(values()) + ", got [" + name + "]");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
