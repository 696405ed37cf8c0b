package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;

import dev.embedding.benchmark.SignedByteRows;

/** {@link SignedByteRows} of a file, and the exact nearest among them. */
final class Vectors {
  private final float[][] rows;

  private Vectors(float[][] rows) {
    this.rows = rows;
  }

  float[][] rows() {
    return rows;
  }

  static Vectors read(Path file, int dimension, int limit) throws IOException {
    return new Vectors(SignedByteRows.read(file, dimension, limit));
  }

  /** The numbers of the k rows with the largest dot product, best first. */
  int[] nearest(float[] query, int k) {
    float[] scores = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      scores[i] = dot(query, rows[i]);
    }
    return IntStream.range(0, rows.length)
        .boxed()
        .sorted((a, b) -> Float.compare(scores[b], scores[a]))
        .limit(k)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
