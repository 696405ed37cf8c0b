package dev.embedding.relevance;

import java.lang.foreign.MemorySegment;
import java.util.List;

import org.apache.lucene.util.VectorUtil;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;

/**
 * A fixed set of vectors that queries are compared with, kept as a signed byte a dimension, immutable.
 *
 * <p>Cosines with it are those of the bytes, off by some 0.003 from those of the floats that they were made from, and are
 * the same on all hardware. Between two requests most of a sample leaves the processor's caches, so that a byte a
 * dimension is faster than a float, although it has to be widened.
 */
public final class VectorSample implements SampleStatistics {
  private static final Kernel KERNEL = Kernels.best();

  private final int dimension;
  private final byte[] codes;
  private final MemorySegment rows;
  /** One through the length of each row. */
  private final float[] scales;

  /**
   * @param codes row by row; no row may be all zeros
   */
  public VectorSample(int dimension, byte[] codes) {
    if (dimension < 1 || codes.length == 0 || codes.length % dimension != 0) {
      throw new IllegalArgumentException("a sample is rows of [dimension] bytes, at least one; got " + codes.length
          + " bytes of dimension " + dimension);
    }
    this.dimension = dimension;
    this.codes = codes.clone();
    this.rows = MemorySegment.ofArray(this.codes);
    scales = new float[codes.length / dimension];
    for (int row = 0; row < scales.length; row++) {
      scales[row] = 1 / length(row);
    }
  }

  private float length(int row) {
    int squares = 0;
    for (int i = row * dimension; i < (row + 1) * dimension; i++) {
      squares += codes[i] * codes[i];
    }
    if (squares == 0) {
      throw new IllegalArgumentException("row " + row + " of the sample is all zeros and has no cosine");
    }
    return (float) Math.sqrt(squares);
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

  public int dimension() {
    return dimension;
  }

  public int size() {
    return scales.length;
  }

  /** A copy of the rows in the form that the constructor takes. */
  public byte[] codes() {
    return codes.clone();
  }

  /** A vector, of unit length. */
  float[] unit(int row) {
    float[] unit = new float[dimension];
    KERNEL.widen(rows, (long) row * dimension, dimension, unit);
    for (int i = 0; i < dimension; i++) {
      unit[i] *= scales[row];
    }
    return unit;
  }

  /** The cosine of a query of unit length with each vector. */
  float[] cosines(float[] unitQuery) {
    float[] cosines = new float[size()];
    for (int row = 0; row < cosines.length; row++) {
      cosines[row] = cosine(unitQuery, row);
    }
    return cosines;
  }

  /** The cosine of a query of unit length with each of some vectors. */
  float[] cosines(float[] unitQuery, int[] rows) {
    float[] cosines = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      cosines[i] = cosine(unitQuery, rows[i]);
    }
    return cosines;
  }

  private float cosine(float[] unitQuery, int row) {
    return KERNEL.dotBytes(unitQuery, rows, (long) row * dimension) * scales[row];
  }

  /** A query scaled to unit length. */
  static float[] unit(float[] query, int dimension) {
    if (query.length != dimension) {
      throw new IllegalArgumentException("the query has " + query.length + " dimensions instead of " + dimension);
    }
    float[] unit = VectorUtil.checkFinite(query.clone());
    float norm = (float) Math.sqrt(KERNEL.dot(query, query, 0));
    if (!(norm > 0 && norm < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("a vector that is all zeros has no cosine, nor has one of length " + norm);
    }
    float factor = 1 / norm;
    for (int i = 0; i < unit.length; i++) {
      unit[i] *= factor;
    }
    return unit;
  }

  @Override
  public CosineStatistics of(float[] query) {
    return CosineStatistics.of(cosines(unit(query, dimension)));
  }
}
