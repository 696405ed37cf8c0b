package dev.embedding.relevance;

import java.util.Arrays;

/** A bit for each dimension of each vector of a sample, whether it is above the mean: a first, fast look for the near. */
final class SignBits {
  private final int dimension;
  private final int words;
  private final float[] mean;
  /** The first word of all rows, then the second: measured a third faster than row by row. */
  private final long[] bits;
  private final int rows;

  SignBits(VectorSample sample) {
    dimension = sample.dimension();
    rows = sample.size();
    words = (dimension + Long.SIZE - 1) / Long.SIZE;
    mean = new float[dimension];
    for (int row = 0; row < rows; row++) {
      float[] unit = sample.unit(row);
      for (int i = 0; i < dimension; i++) {
        mean[i] += unit[i] / rows;
      }
    }
    bits = new long[rows * words];
    for (int row = 0; row < rows; row++) {
      encode(sample.unit(row), bits, row, rows);
    }
  }

  private void encode(float[] unit, long[] out, int from, int stride) {
    for (int i = 0; i < dimension; i++) {
      out[from + i / Long.SIZE * stride] |= (long) (Float.floatToRawIntBits(mean[i] - unit[i]) >>> 31) << i;
    }
  }

  /**
   * The rows that differ from a vector in the fewest bits, by row; of equally far ones the first.
   *
   * @param leftOut a row that is not among them, or -1
   */
  int[] nearest(float[] unit, int count, int leftOut) {
    int available = rows - (leftOut >= 0 ? 1 : 0);
    int[] distances = new int[rows];
    int[] histogram = new int[dimension + 1];
    distances(unit, distances);
    for (int row = 0; row < rows; row++) {
      histogram[distances[row]] += row == leftOut ? 0 : 1;
    }
    int wanted = Math.min(count, available);
    int nearer = 0;
    int limit = 0;
    while (nearer + histogram[limit] < wanted) {
      nearer += histogram[limit++];
    }
    int atLimit = wanted - nearer; // of those at the limit
    int[] found = new int[wanted];
    int size = 0;
    for (int row = 0; row < rows && size < wanted; row++) {
      int distance = distances[row];
      if (distance <= limit && row != leftOut && (distance < limit || atLimit-- > 0)) {
        found[size++] = row;
      }
    }
    return Arrays.copyOf(found, size);
  }

  private void distances(float[] unit, int[] out) {
    long[] query = new long[words];
    encode(unit, query, 0, 1);
    for (int word = 0, at = 0; word < words; word++) {
      for (int row = 0; row < rows; row++) {
        out[row] += Long.bitCount(query[word] ^ bits[at++]);
      }
    }
  }
}
