package dev.embedding.relevance;

import java.util.Arrays;
import java.util.List;

import org.apache.lucene.util.VectorUtil;

/**
 * A fixed set of vectors that queries are compared with, a signed byte a dimension, immutable.
 *
 * <p>Cosines with it are those of the bytes: sums of whole numbers, equal on all hardware, off by some 0.003 from those
 * of the floats.
 */
public final class VectorSample {
  private final int dimension;
  private final byte[][] rows;
  private final float[] norms;

  /**
   * @param codes row by row; no row may be all zeros
   */
  public VectorSample(int dimension, byte[] codes) {
    if (dimension < 1 || codes.length == 0 || codes.length % dimension != 0) {
      throw new IllegalArgumentException("a sample is rows of [dimension] bytes, at least one; got " + codes.length
          + " bytes of dimension " + dimension);
    }
    this.dimension = dimension;
    rows = new byte[codes.length / dimension][];
    norms = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(codes, i * dimension, (i + 1) * dimension);
      norms[i] = norm(rows[i]);
    }
  }

  /** A sample of vectors, each rounded to bytes on a scale of its own. */
  public static VectorSample of(List<float[]> vectors) {
    if (vectors.isEmpty()) {
      throw new IllegalArgumentException("a sample has at least one vector");
    }
    int dimension = vectors.getFirst().length;
    byte[] codes = new byte[Math.multiplyExact(vectors.size(), dimension)];
    for (int i = 0; i < vectors.size(); i++) {
      if (vectors.get(i).length != dimension) {
        throw new IllegalArgumentException(
            "the vectors of a sample have one dimension, got " + dimension + " and " + vectors.get(i).length);
      }
      System.arraycopy(encode(vectors.get(i)), 0, codes, i * dimension, dimension);
    }
    return new VectorSample(dimension, codes);
  }

  private static byte[] encode(float[] vector) {
    float max = 0;
    for (float value : VectorUtil.checkFinite(vector)) {
      max = Math.max(max, Math.abs(value));
    }
    byte[] code = new byte[vector.length];
    for (int i = 0; i < code.length; i++) {
      code[i] = (byte) Math.round(max == 0 ? 0 : vector[i] / max * 127);
    }
    return code;
  }

  private static float norm(byte[] row) {
    int squares = VectorUtil.dotProduct(row, row);
    if (squares == 0) {
      throw new IllegalArgumentException("a vector that is all zeros has no cosine");
    }
    return (float) Math.sqrt(squares);
  }

  public int dimension() {
    return dimension;
  }

  public int size() {
    return rows.length;
  }

  /** A copy of the rows in the form that the constructor takes. */
  public byte[] codes() {
    byte[] codes = new byte[rows.length * dimension];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, codes, i * dimension, dimension);
    }
    return codes;
  }

  /** The cosine of a query with each vector. */
  float[] cosines(float[] query) {
    if (query.length != dimension) {
      throw new IllegalArgumentException("the query has " + query.length + " dimensions, the sample " + dimension);
    }
    byte[] code = encode(query);
    float inverseNorm = 1 / norm(code);
    float[] cosines = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      cosines[i] = VectorUtil.dotProduct(code, rows[i]) * inverseNorm / norms[i];
    }
    return cosines;
  }

  /** Mean and standard deviation of a query's cosines with the sample: what unrelated documents score. */
  CosineStatistics statistics(float[] query) {
    return CosineStatistics.of(cosines(query));
  }
}
