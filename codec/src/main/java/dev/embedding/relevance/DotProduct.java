package dev.embedding.relevance;

import org.apache.lucene.util.VectorUtil;

/** How vectors are multiplied. */
enum DotProduct {
  /** As fast as the hardware can; the last bits depend on it, and on whether the code is compiled yet. */
  FAST {
    @Override
    float of(float[] a, float[] b) {
      return VectorUtil.dotProduct(a, b);
    }
  },
  /** In one order, so that training with a seed gives the same weights every time. */
  REPRODUCIBLE {
    @Override
    float of(float[] a, float[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += (double) a[i] * b[i];
      }
      return (float) sum;
    }
  };

  abstract float of(float[] a, float[] b);

  /** A copy of a vector, scaled to unit length. */
  float[] unit(float[] vector) {
    float[] unit = VectorUtil.checkFinite(vector.clone());
    float norm = (float) Math.sqrt(of(vector, vector));
    if (!(norm > 0 && norm < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("a vector that is all zeros has no cosine, nor has one of length " + norm);
    }
    float factor = 1 / norm;
    for (int i = 0; i < unit.length; i++) {
      unit[i] *= factor;
    }
    return unit;
  }
}
