package dev.embedding.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.VectorUtil;

/**
 * Embeddings and queries of a folder: rows of signed bytes, {@value #DIMENSION} a row, in {@code docs.i8} and {@code queries.i8}; the vector meant is the
 * row scaled to length one. The truth is computed from them, and kept.
 */
final class DataSet {

  static final int DIMENSION = 384;

  final float[][] documents;
  final float[][] queries;

  DataSet(Path folder, int documents) throws IOException {
    this.documents = read(folder.resolve("docs.i8"), documents);
    this.queries = read(folder.resolve("queries.i8"), Integer.MAX_VALUE);
  }

  private static float[][] read(Path file, int limit) throws IOException {
    int rows = (int) Math.min(limit, Files.size(file) / DIMENSION);
    float[][] vectors = new float[rows][DIMENSION];
    try (InputStream in = Files.newInputStream(file)) {
      byte[] row = new byte[DIMENSION];
      for (float[] vector : vectors) {
        if (in.readNBytes(row, 0, DIMENSION) < DIMENSION) {
          throw new IOException("cut off: " + file);
        }
        for (int i = 0; i < DIMENSION; i++) {
          vector[i] = row[i];
        }
        VectorUtil.l2normalize(vector);
      }
    }
    return vectors;
  }

  /** The documents that a filter passes: none given means all. */
  FixedBitSet passing(String filter) {
    FixedBitSet passing = new FixedBitSet(documents.length);
    String[] parts = filter.split("-", -1);
    if (parts[0].equals("all")) {
      passing.set(0, documents.length);
      return passing;
    }
    int count = Math.max(1, (int) (Double.parseDouble(parts[1]) / 100 * documents.length));
    if (parts[0].equals("random")) {
      Random random = new Random(42);
      while (passing.cardinality() < count) {
        for (int missing = count - passing.cardinality(); missing > 0; missing--) {
          passing.set(random.nextInt(documents.length));
        }
      }
    } else {
      for (int document : nearest(documents[0], null, count)) {
        passing.set(document);
      }
    }
    return passing;
  }

  /** The exact answers, by query. */
  int[][] truth(String filter, int k, Path cache) throws IOException {
    Path file = cache.resolve("truth-" + documents.length + "-" + filter + "-" + k);
    int[][] truth = new int[queries.length][];
    if (Files.exists(file)) {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < truth.length; i++) {
        truth[i] = new int[bytes.getInt()];
        for (int j = 0; j < truth[i].length; j++) {
          truth[i][j] = bytes.getInt();
        }
      }
      return truth;
    }
    FixedBitSet passing = passing(filter);
    ByteBuffer bytes = ByteBuffer.allocate(queries.length * (k + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < truth.length; i++) {
      truth[i] = nearest(queries[i], passing, k);
      bytes.putInt(truth[i].length);
      for (int document : truth[i]) {
        bytes.putInt(document);
      }
    }
    Files.write(file, Arrays.copyOf(bytes.array(), bytes.position()));
    return truth;
  }

  private int[] nearest(float[] query, FixedBitSet passing, int k) {
    long[] best = new long[documents.length];
    int count = 0;
    for (int i = 0; i < documents.length; i++) {
      if (passing == null || passing.get(i)) {
        // Scores above zero sort like their bits; the largest first, then the smallest document.
        int score = Float.floatToIntBits(2 + VectorUtil.dotProduct(query, documents[i]));
        best[count++] = (long) -score << 32 | i;
      }
    }
    Arrays.sort(best, 0, count);
    int[] nearest = new int[Math.min(k, count)];
    for (int i = 0; i < nearest.length; i++) {
      nearest[i] = (int) best[i];
    }
    return nearest;
  }
}
