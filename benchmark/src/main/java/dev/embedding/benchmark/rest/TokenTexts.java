package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** Texts with a vector for each token, as the files of a collection have them. */
final class TokenTexts {
  private final float[][] rows;
  private final int[] starts;
  private final List<String[]> columns;

  private TokenTexts(float[][] rows, int[] starts, List<String[]> columns) {
    this.rows = rows;
    this.starts = starts;
    this.columns = columns;
  }

  /** @param name of {@code NAME.rows.i8}, {@code NAME.start.i32} and {@code NAME.tsv} */
  static TokenTexts read(Path folder, String name, int dimension) throws IOException {
    return new TokenTexts(Vectors.read(folder.resolve(name + ".rows.i8"), dimension, Integer.MAX_VALUE).rows(),
        ints(folder.resolve(name + ".start.i32")),
        Files.readAllLines(folder.resolve(name + ".tsv")).stream().map(line -> line.split("\t", -1)).toList());
  }

  /** Little-endian integers. */
  static int[] ints(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int[] ints = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(ints);
    return ints;
  }

  int count() {
    return starts.length - 1;
  }

  String column(int text, int column) {
    return columns.get(text)[column];
  }

  /** The vectors of a text as a field of many vectors takes them. */
  String base64(int text) {
    int dimension = rows[0].length;
    ByteBuffer bytes = ByteBuffer.allocate((starts[text + 1] - starts[text]) * dimension * Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN);
    for (int row = starts[text]; row < starts[text + 1]; row++) {
      for (float number : rows[row]) {
        bytes.putFloat(number);
      }
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
