package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;

/**
 * The centroids of all sub-vectors, as many for each. Those of one sub-vector lie dimension by dimension, so that the products of one coordinate with the
 * centroids are computed together.
 */
final class Centroids {

  private final Split split;
  private final int count;
  private final float[] columns;
  private final int first;
  private final float[] halfSquares;
  private final Kernel kernel = Kernels.best();

  /**
   * @param count centroids for each sub-vector, a multiple of sixteen
   * @param columns holds the coordinates from {@code first} on
   */
  Centroids(Split split, int count, float[] columns, int first) {
    this.split = split;
    this.count = count;
    this.columns = columns;
    this.first = first;
    this.halfSquares = new float[split.parts() * count];
    for (int part = 0; part < split.parts(); part++) {
      measure(part);
    }
  }

  /** Computes half the squared lengths again, after centroids of a sub-vector have changed. */
  void measure(int part) {
    for (int i = 0; i < count; i++) {
      float squares = 0;
      for (int d = 0; d < split.length(part); d++) {
        float x = columns[at(part, d) + i];
        squares += x * x;
      }
      halfSquares[part * count + i] = squares / 2;
    }
  }

  /** Where the coordinates of a dimension of a sub-vector begin. */
  int at(int part, int dimension) {
    return first + (split.start(part) + dimension) * count;
  }

  int count() {
    return count;
  }

  float coordinate(int part, int centroid, int dimension) {
    return columns[at(part, dimension) + centroid];
  }

  /** Half the squared length of a centroid. */
  float halfSquares(int part, int centroid) {
    return halfSquares[part * count + centroid];
  }

  /** The products of a vector's sub-vectors with their centroids, one sub-vector after another; {@code products} may be longer. */
  void products(float[] vector, float[] products) {
    for (int part = 0; part < split.parts(); part++) {
      kernel.addProducts(vector, split.start(part), split.length(part), columns, at(part, 0), count, products,
          part * count);
    }
  }

  /**
   * The nearest centroid of a sub-vector, the first of equals: ⟨x, c⟩ − ‖c‖²/2 is largest where the distance is smallest.
   *
   * @param vector has the sub-vector at {@code from}
   * @param scratch as long as there are centroids
   */
  int nearest(int part, float[] vector, int from, float[] scratch) {
    int squares = part * count;
    for (int i = 0; i < count; i++) {
      scratch[i] = -halfSquares[squares + i];
    }
    kernel.addProducts(vector, from, split.length(part), columns, at(part, 0), count, scratch, 0);
    return kernel.largest(scratch, count);
  }
}
