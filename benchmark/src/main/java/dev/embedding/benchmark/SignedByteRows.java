package dev.embedding.benchmark;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.util.VectorUtil;

/** Files of vectors: rows of signed bytes, one after another; the vector meant is the row scaled to length one. */
public final class SignedByteRows {

  private SignedByteRows() {}

  /** The vectors of a file, at most {@code limit} of them. */
  public static float[][] read(Path file, int dimension, int limit) throws IOException {
    float[][] rows = new float[(int) Math.min(limit, Files.size(file) / dimension)][dimension];
    byte[] bytes = new byte[dimension];
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (float[] row : rows) {
        if (in.readNBytes(bytes, 0, dimension) < dimension) {
          throw new EOFException("cut off: " + file);
        }
        for (int i = 0; i < dimension; i++) {
          row[i] = bytes[i];
        }
        VectorUtil.l2normalize(row);
      }
    }
    return rows;
  }
}
