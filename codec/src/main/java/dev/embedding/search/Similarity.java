package dev.embedding.search;

import org.apache.lucene.index.VectorSimilarityFunction;

/**
 * Inverts the scales of {@link VectorSimilarityFunction}: from a score, which is never negative, back to the similarity
 * that the users of a field think in.
 */
public final class Similarity {
  private Similarity() {}

  /**
   * The similarity that gave a score: the cosine in [-1, 1], the dot product, or for {@code EUCLIDEAN} the
   * <em>squared</em> distance, where less is nearer.
   *
   * @param score a score on Lucene's scale, ≥ 0
   */
  public static float fromScore(VectorSimilarityFunction function, float score) {
    return switch (function) {
      case COSINE, DOT_PRODUCT -> 2 * score - 1;
      case EUCLIDEAN -> 1 / score - 1;
      case MAXIMUM_INNER_PRODUCT -> score < 1 ? 1 - 1 / score : score - 1;
    };
  }

  /** The formula by which a similarity became a score, for an explanation. */
  static String scale(VectorSimilarityFunction function) {
    return switch (function) {
      case COSINE -> "(1 + cosine) / 2";
      case DOT_PRODUCT -> "max(0, (1 + dot product) / 2)";
      case EUCLIDEAN -> "1 / (1 + squared distance)";
      case MAXIMUM_INNER_PRODUCT -> "dot product < 0 ? 1 / (1 - dot product) : dot product + 1";
    };
  }
}
