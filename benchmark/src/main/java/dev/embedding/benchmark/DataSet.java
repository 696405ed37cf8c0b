package dev.embedding.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.VectorUtil;

/**
 * Embeddings and queries of a folder, {@link SignedByteRows} in {@code docs.i8} and {@code queries.i8}. The truth is computed from them, and kept.
 */
final class DataSet {

  final float[][] documents;
  final float[][] queries;

  /** @param documents how many to read, if there are so many */
  DataSet(Path folder, int dimension, int documents) throws IOException {
    this.documents = SignedByteRows.read(folder.resolve("docs.i8"), dimension, documents);
    this.queries = SignedByteRows.read(folder.resolve("queries.i8"), dimension, Integer.MAX_VALUE);
  }

  int dimension() {
    return queries[0].length;
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
    Path file = cache.resolve("truth-" + dimension() + "-" + documents.length + "-" + filter + "-" + k);
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
