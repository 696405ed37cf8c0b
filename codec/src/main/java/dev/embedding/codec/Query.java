package dev.embedding.codec;

import dev.embedding.codec.quantization.QueryTable;
import dev.embedding.codec.quantization.VectorQuantizer;
import org.apache.lucene.index.VectorSimilarityFunction;

/** A query, ready to be compared with codes. */
final class Query {

  private final VectorSimilarityFunction similarity;
  private final float[] residual;
  private final float base;
  private final QueryTable coarse;
  private QueryTable fine;

  /** @param vector {@linkplain VectorEncoder#normalize normalized} */
  Query(VectorSimilarityFunction similarity, float[] vector, float[] mean, VectorQuantizer.Transform transform) {
    this.similarity = similarity;
    this.residual = new float[mean.length];
    double squares = 0;
    double product = 0;
    for (int i = 0; i < mean.length; i++) {
      float x = vector[i] - mean[i];
      residual[i] = x;
      squares += (double) x * x;
      product += (double) vector[i] * mean[i];
    }
    this.base = (float) (similarity == VectorSimilarityFunction.EUCLIDEAN ? -squares / 2 : product);
    transform.apply(residual);
    this.coarse = QueryTable.coarse(residual);
  }

  QueryTable coarse() {
    return coarse;
  }

  QueryTable fine() {
    if (fine == null) {
      fine = QueryTable.fine(residual);
    }
    return fine;
  }

  /** The length of the residual. */
  float length() {
    return coarse.length();
  }

  /** The score that Lucene gives to a closeness without the query's part. */
  float score(float closeness) {
    float all = base + closeness;
    return switch (similarity) {
      case EUCLIDEAN -> 1 / (1 + Math.max(0, -2 * all));
      case DOT_PRODUCT, COSINE -> Math.max((1 + all) / 2, 0);
      case MAXIMUM_INNER_PRODUCT -> all < 0 ? 1 / (1 - all) : all + 1;
    };
  }
}
