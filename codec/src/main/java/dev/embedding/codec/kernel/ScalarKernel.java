package dev.embedding.codec.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The kernels in plain Java: the definition of what they compute. */
final class ScalarKernel implements Kernel {

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Partial sums of a dot product: as many as SIMD code of any width keeps, so that all widths round alike. */
  static final int DOT_LANES = 32;

  private static final int PANEL = 8;

  @Override
  public void lookUp(MemorySegment codes, long offset, int rows, byte[] table, int[] sums) {
    lookUpFine(codes, offset, rows, table, sums);
  }

  @Override
  public void lookUpFine(MemorySegment codes, long offset, int rows, byte[] table, int[] sums) {
    Arrays.fill(sums, 0, LANES, 0);
    for (int row = 0; row < rows; row++) {
      long start = offset + (long) row * LANES;
      int entries = row * TABLE_BYTES;
      for (int lane = 0; lane < LANES; lane++) {
        int code = codes.get(ValueLayout.JAVA_BYTE, start + Kernel.byteOfLane(lane));
        sums[lane] += (table[entries + (code & 15)] & 255) + (table[entries + 16 + ((code >>> 4) & 15)] & 255);
      }
    }
  }

  @Override
  public int estimate(MemorySegment factors, long bases, long multipliers, int[] sums, float scale, float shift,
      float bound, float[] estimates) {
    int above = 0;
    for (int lane = 0; lane < LANES; lane++) {
      float base = factors.get(FLOAT, bases + (long) lane * Float.BYTES);
      float factor = factors.get(FLOAT, multipliers + (long) lane * Float.BYTES);
      float estimate = base + factor * (scale * sums[lane] + shift);
      estimates[lane] = estimate;
      if (estimate > bound) {
        above |= 1 << lane;
      }
    }
    return above;
  }

  @Override
  public float dot(float[] a, float[] b, int offset) {
    float[] partial = new float[DOT_LANES];
    int i = 0;
    for (; i + DOT_LANES <= a.length; i += DOT_LANES) {
      for (int lane = 0; lane < DOT_LANES; lane++) {
        partial[lane] += a[i + lane] * b[offset + i + lane];
      }
    }
    for (int width = DOT_LANES / 2; width > 0; width /= 2) {
      for (int lane = 0; lane < width; lane++) {
        partial[lane] += partial[lane + width];
      }
    }
    return tail(a, b, offset, i, partial[0]);
  }

  @Override
  public float dot(float[] a, MemorySegment b, long offset) {
    float[] floats = new float[a.length];
    MemorySegment.copy(b, FLOAT, offset, floats, 0, floats.length);
    return dot(a, floats, 0);
  }

  @Override
  public float dotBytes(float[] a, MemorySegment b, long offset) {
    float[] widened = new float[a.length];
    widen(b, offset, widened.length, widened);
    return dot(a, widened, 0);
  }

  @Override
  public int panel() {
    return PANEL;
  }

  @Override
  public void widen(MemorySegment bytes, long offset, int count, float[] floats) {
    for (int i = 0; i < count; i++) {
      floats[i] = bytes.get(ValueLayout.JAVA_BYTE, offset + i);
    }
  }

  @Override
  public void maxProducts(float[] queries, int dimension, float[] rows, int count, float[] factors, float[] best) {
    maxProducts(queries, PANEL, dimension, rows, count, factors, best);
  }

  static void maxProducts(float[] queries, int panel, int dimension, float[] rows, int count, float[] factors,
      float[] best) {
    for (int row = 0; row < count; row++) {
      for (int lane = 0; lane < panel; lane++) {
        float product = 0;
        for (int i = 0; i < dimension; i++) {
          product = Math.fma(rows[row * dimension + i], queries[i * panel + lane], product);
        }
        best[lane] = Math.max(best[lane], product * factors[row]);
      }
    }
  }

  static float tail(float[] a, float[] b, int offset, int from, float sum) {
    for (int i = from; i < a.length; i++) {
      sum += a[i] * b[offset + i];
    }
    return sum;
  }

  /** @param offset where in memory the float is that goes with {@code from} */
  static float tail(float[] a, MemorySegment b, long offset, int from, float sum) {
    for (int i = from; i < a.length; i++) {
      sum += a[i] * b.get(FLOAT, offset + (long) (i - from) * Float.BYTES);
    }
    return sum;
  }

  /** @param offset where in memory the first byte is */
  static float bytesTail(float[] a, MemorySegment b, long offset, int from, float sum) {
    for (int i = from; i < a.length; i++) {
      sum += a[i] * b.get(ValueLayout.JAVA_BYTE, offset + i);
    }
    return sum;
  }

  @Override
  public void addProducts(float[] x, int from, int rows, float[] matrix, int offset, int columns, float[] out,
      int outOffset) {
    addProducts(x, from, rows, matrix, offset, columns, out, outOffset, 0);
  }

  /** The same from a column on. */
  static void addProducts(float[] x, int from, int rows, float[] matrix, int offset, int columns, float[] out,
      int outOffset, int firstColumn) {
    for (int j = firstColumn; j < columns; j++) {
      float sum = out[outOffset + j];
      for (int i = 0; i < rows; i++) {
        sum += x[from + i] * matrix[offset + i * columns + j];
      }
      out[outOffset + j] = sum;
    }
  }

  @Override
  public void nearest(float[] x, int length, float[] centroids, int offset, int first, int count, float[] best,
      float[] nearest) {
    for (int c = 0; c < count; c++) {
      for (int lane = 0; lane < GROUP; lane++) {
        int centroid = offset + c * (length + 1) * GROUP + lane;
        float sum = -centroids[centroid];
        for (int i = 0; i < length; i++) {
          sum += x[i * GROUP + lane] * centroids[centroid + (i + 1) * GROUP];
        }
        if (sum > best[lane]) {
          best[lane] = sum;
          nearest[lane] = first + c;
        }
      }
    }
  }

  @Override
  public int largest(float[] values, int count) {
    int largest = 0;
    float best = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      if (values[i] > best) {
        best = values[i];
        largest = i;
      }
    }
    return largest;
  }
}
