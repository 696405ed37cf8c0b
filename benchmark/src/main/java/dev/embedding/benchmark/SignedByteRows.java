package dev.embedding.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.util.VectorUtil;

/** Files of vectors: rows of signed bytes, one after another; the vector meant is the row scaled to length one. */
public final class SignedByteRows {

  private SignedByteRows() {}

  /** The vectors of a file, at most {@code limit} of them. */
  public static float[][] read(Path file, int dimension, int limit) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    float[][] rows = new float[Math.min(limit, bytes.length / dimension)][dimension];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < dimension; j++) {
        rows[i][j] = bytes[i * dimension + j];
      }
      VectorUtil.l2normalize(rows[i]);
    }
    return rows;
  }
}
