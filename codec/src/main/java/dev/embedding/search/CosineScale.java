package dev.embedding.search;

import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.VectorUtil;

/**
 * From the scores of a query to its cosines and back, where the scores tell: with the similarity cosine, or dot product,
 * whose documents are unit vectors.
 */
final class CosineScale {
  private final VectorSimilarityFunction similarity;
  private final double norm;

  CosineScale(VectorSimilarityFunction similarity, float[] query) {
    this.similarity = similarity;
    this.norm = similarity == VectorSimilarityFunction.DOT_PRODUCT
        ? Math.sqrt(VectorUtil.dotProduct(query, query))
        : 1;
  }

  static boolean knows(VectorSimilarityFunction similarity) {
    return similarity == VectorSimilarityFunction.COSINE || similarity == VectorSimilarityFunction.DOT_PRODUCT;
  }

  /** The cosine that gave a score, -1 to 1; never less for a larger score. */
  float cosine(float score) {
    return (float) Math.clamp(Similarity.fromScore(similarity, score) / norm, -1, 1);
  }

  float[] cosines(float[] scores) {
    float[] cosines = new float[scores.length];
    for (int i = 0; i < scores.length; i++) {
      cosines[i] = cosine(scores[i]);
    }
    return cosines;
  }

  /**
   * The smallest score whose cosine reaches a cut of at most 1, to the last bit: a search with this minimum has exactly
   * the hits whose cosines reach the cut.
   */
  float minScore(double cut) {
    float score = (float) Math.max(0, (1 + cut * norm) / 2);
    while (score > 0 && cosine(Math.nextDown(score)) >= cut) {
      score = Math.nextDown(score);
    }
    while (cosine(score) < cut) {
      score = Math.nextUp(score);
    }
    return score;
  }
}
