package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.QueryResidual;
import org.apache.lucene.index.VectorSimilarityFunction;

/** A query, apart from its look-up tables. */
final class Query {

  private final VectorSimilarityFunction similarity;
  private final QueryResidual residual;
  private final float length;
  private final float base;

  /** @param vector {@linkplain VectorEncoder#normalize normalized} */
  Query(VectorSimilarityFunction similarity, float[] vector, float[] mean) {
    this.similarity = similarity;
    float[] residual = new float[mean.length];
    double squares = 0;
    double product = 0;
    for (int i = 0; i < mean.length; i++) {
      float x = vector[i] - mean[i];
      residual[i] = x;
      squares += (double) x * x;
      product += (double) vector[i] * mean[i];
    }
    this.residual = new QueryResidual(residual);
    this.length = (float) Math.sqrt(squares);
    this.base = (float) (similarity == VectorSimilarityFunction.EUCLIDEAN ? -squares / 2 : product);
  }

  /** The query less the mean. */
  QueryResidual residual() {
    return residual;
  }

  /** The length of the residual. */
  float length() {
    return length;
  }

  /** The product of the residual with a centre less the mean, or 0 if it is too large for a float. */
  float product(float[] centre, Kernel kernel) {
    return orZero(kernel.dot(residual.coordinates(), centre, 0));
  }

  /** A product with a centre, or 0 if it is too large for a float. */
  static float orZero(float product) {
    return Float.isFinite(product) ? product : 0;
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
