package dev.embedding.codec.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What is done once per code or per centroid. Every implementation gives the same answer, bit for bit: sums of codes are integers, and floats are
 * multiplied and added in one order that is part of the contract, without fused multiply-add where a method does not say otherwise.
 *
 * <p>Codes come in blocks of {@value #LANES} vectors, a row of {@value #LANES} bytes for eight dimensions of one bit each: the byte of a vector holds
 * its four earlier dimensions in the low nibble and the four later ones in the high nibble. A nibble is an index into sixteen bytes of a table that
 * is made from the query, so that one shuffle instruction looks up a nibble of many vectors at once (André and others, "Cache locality is not
 * enough: high-performance nearest neighbor search with product quantization fast scan", VLDB 2015).
 */
public interface Kernel {

  /** Vectors in a block. */
  int LANES = 32;

  /** Rows come in multiples of so many, and the entries of so many rows add up within a byte. */
  int ROWS = 4;

  /** No entry of a coarse table is larger. */
  int MAX_COARSE_ENTRY = 31;

  /** No entry of a fine table, of unsigned bytes, is larger. */
  int MAX_FINE_ENTRY = 255;

  /** Sub-vectors that {@link #nearest} compares with their centroids at once. */
  int GROUP = 16;

  /** Bytes of a table for one row: sixteen entries for the low and sixteen for the high nibble. */
  int TABLE_BYTES = 32;

  /**
   * The byte of a row that belongs to a vector of the block. Even bytes belong to the first half of the block and odd ones to the second, because
   * SIMD code widens the even and the odd bytes apart, and then finds its sums in the order of the vectors.
   */
  static int byteOfLane(int lane) {
    return lane < LANES / 2 ? 2 * lane : 2 * (lane - LANES / 2) + 1;
  }

  /**
   * Looks up {@code rows} rows, a multiple of {@value #ROWS}, in a table and writes the sum of each vector to {@code sums}.
   *
   * @param codes holds the rows, one after another, from {@code offset}
   * @param table {@value #TABLE_BYTES} entries a row, none above {@value #MAX_COARSE_ENTRY}
   */
  void lookUp(MemorySegment codes, long offset, int rows, byte[] table, int[] sums);

  /** The same with a table of unsigned bytes; takes longer, since nothing adds up within a byte. */
  void lookUpFine(MemorySegment codes, long offset, int rows, byte[] table, int[] sums);

  /**
   * Estimates {@code base + factor * (scale * sum + shift)} for the vectors of a block.
   *
   * @param factors holds the bases, little-endian floats, from {@code bases}, and the factors from {@code multipliers}
   * @return a bit for each vector whose estimate is above {@code bound}
   */
  int estimate(MemorySegment factors, long bases, long multipliers, int[] sums, float scale, float shift, float bound,
      float[] estimates);

  /** The dot product of {@code a} and {@code b} from {@code offset} on; the length of {@code a} counts. */
  float dot(float[] a, float[] b, int offset);

  /** The same with little-endian floats in memory, from a byte on. */
  float dot(float[] a, MemorySegment b, long offset);

  /** The same with signed bytes in memory. */
  float dotBytes(float[] a, MemorySegment b, long offset);

  /**
   * A step of the Hadamard transform: replaces each of {@code step} floats by its sum with the float {@code step} places behind it, and that by their
   * difference; then the same behind them, up to {@code to}.
   *
   * @param to as many behind {@code from} as a multiple of twice the step
   */
  default void butterflies(float[] v, int from, int to, int step) {
    for (int start = from; start < to; start += 2 * step) {
      for (int i = start; i < start + step; i++) {
        float a = v[i];
        float b = v[i + step];
        v[i] = a + b;
        v[i + step] = a - b;
      }
    }
  }

  /**
   * Adds the products of some coordinates with the columns of a matrix: {@code out[j] += Σ x[i] · matrix[i][j]}, coordinate after coordinate.
   *
   * @param x has {@code rows} coordinates from {@code from} on
   * @param matrix holds rows of {@code columns} floats from {@code offset} on
   * @param out is added to from {@code outOffset} on
   */
  void addProducts(float[] x, int from, int rows, float[] matrix, int offset, int columns, float[] out, int outOffset);

  /**
   * The same for the first {@code count} of several vectors, each with a row of {@code outs}: a matrix that is larger than the caches is read once for all.
   */
  default void addProducts(float[][] xs, int count, int from, int rows, float[] matrix, int offset, int columns,
      float[][] outs, int outOffset) {
    for (int v = 0; v < count; v++) {
      addProducts(xs[v], from, rows, matrix, offset, columns, outs[v], outOffset);
    }
  }

  /**
   * Looks among some centroids for those nearest to each of {@value #GROUP} sub-vectors: where the product of both, added up coordinate after coordinate from
   * less half the centroid's square on, is largest. The first of equals, and of sums that are no number none.
   *
   * @param x the first coordinate of each sub-vector, then the second of each, {@code length} of them
   * @param centroids holds from {@code offset} on for each of {@code count} centroids half the squares, one for each sub-vector, then the coordinates likewise
   * @param first the number of the first of these centroids; the last one has a number below 2<sup>24</sup>
   * @param best the largest sums so far, negative infinity before the first
   * @param nearest the numbers that they belong to, as floats
   */
  void nearest(float[] x, int length, float[] centroids, int offset, int first, int count, float[] best,
      float[] nearest);

  /** Where the largest of the first {@code count} values is, a multiple of sixteen; the first of equals, and the first of all if none is a number. */
  int largest(float[] values, int count);

  /**
   * Looks up codes of eight bits a sub-vector, whose nibbles lie in two planes, and writes the sums of the wanted vectors to {@code sums}.
   *
   * @param codes holds the rows of the low nibbles from {@code low} on, and those of the high ones from {@code high} on
   * @param table 256 unsigned bytes for each nibble of the rows
   * @param lanes a bit for each vector that is wanted
   */
  default void lookUpPairs(MemorySegment codes, long low, long high, int rows, byte[] table, int lanes, int[] sums) {
    for (int left = lanes; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      int at = byteOfLane(lane);
      int sum = 0;
      for (int row = 0; row < rows; row++) {
        int lows = codes.get(ValueLayout.JAVA_BYTE, low + at);
        int highs = codes.get(ValueLayout.JAVA_BYTE, high + at);
        int entries = row * 512;
        sum += (table[entries + ((highs & 15) << 4 | (lows & 15))] & 255)
            + (table[entries + 256 + ((highs & 240) | ((lows >>> 4) & 15))] & 255);
        at += LANES;
      }
      sums[lane] = sum;
    }
  }

  /** How many query vectors {@link #maxProducts} compares at once. */
  int panel();

  /** Writes {@code count} signed bytes from {@code offset} on as floats to the front of {@code floats}. */
  void widen(MemorySegment bytes, long offset, int count, float[] floats);

  /**
   * Raises {@code best} of each query vector of a panel to its largest product with a row, times the row's factor. Here products are added by fused
   * multiply-add, dimension by dimension.
   *
   * @param queries the first number of each of {@link #panel} vectors, then the second of each, and so on
   * @param rows vectors one after another
   * @param count how many rows, at least 1
   */
  void maxProducts(float[] queries, int dimension, float[] rows, int count, float[] factors, float[] best);
}
