package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** The vectors of a text, each of length one. */
  float[][] vectors(int text) {
    return Arrays.copyOfRange(rows, starts[text], starts[text + 1]);
  }

  /** One vector for all of a text, which is what one has without a field of many. */
  static float[] mean(float[][] vectors) {
    float[] mean = new float[vectors[0].length];
    for (float[] vector : vectors) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += vector[i] / vectors.length;
      }
    }
    return mean;
  }
}
