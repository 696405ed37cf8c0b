package dev.embedding.demo;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Embeds a text file, one document a line, into the files that the benchmark reads: {@code docs.i8} and {@code
 * queries.i8}, rows of signed bytes, each a vector divided by its largest coordinate and multiplied by 127. A million
 * short texts take about a quarter of an hour of one core.
 *
 * <p>What was embedded is kept in the folder {@code embeddings} beside them, so a run that was stopped goes on where it
 * was.
 */
final class TextFileEmbedder {
  private static final int LINES_AT_A_TIME = 20_000;

  private final Path folder;
  private final BatchEmbedder embedder;
  private final long queryEvery;

  /**
   * @param folder where the files go
   * @param queryEvery of so many lines, one is a query and no document
   */
  TextFileEmbedder(Path folder, BatchEmbedder embedder, long queryEvery) {
    this.folder = folder;
    this.embedder = embedder;
    this.queryEvery = queryEvery;
  }

  /** The arguments are the text file, the folder, and how many of the lines are to be queries. */
  public static void main(String[] arguments) throws IOException {
    Path text = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    long lines;
    try (BufferedReader in = Files.newBufferedReader(text)) {
      lines = in.lines().count();
    }
    long queries = Long.parseLong(arguments[2]);
    if (queries < 1 || queries > lines / 2) {
      throw new IllegalArgumentException(
          "the number of queries must be 1 to half of the " + lines + " lines of " + text + "; got " + queries);
    }
    Report report = Report.ofConsole();
    try (Embedder embedder = new Embedder(); ProgressBar progress = report.progress("lines", lines)) {
      BatchEmbedder batches = new BatchEmbedder(embedder::embed,
          new EmbeddingCache(folder.resolve("embeddings"), Embedder.modelFile(), Embedder.DIMENSION));
      new TextFileEmbedder(folder, batches, lines / queries).embed(text, progress);
    }
    // Libraries may have left threads that would keep this process.
    System.exit(0);
  }

  /** Writes both files anew. */
  void embed(Path text, ProgressBar progress) throws IOException {
    Files.createDirectories(folder);
    try (BufferedReader in = Files.newBufferedReader(text, StandardCharsets.UTF_8);
        OutputStream documents = open("docs.i8");
        OutputStream queries = open("queries.i8")) {
      long number = 0;
      for (List<String> lines = read(in); lines.isEmpty() == false; lines = read(in)) {
        progress.advance(embedder.cached(lines));
        for (float[] vector : embedder.embed(lines, progress)) {
          (number++ % queryEvery == 0 ? queries : documents).write(row(vector));
        }
      }
    }
  }

  private OutputStream open(String file) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(folder.resolve(file)));
  }

  private static List<String> read(BufferedReader in) throws IOException {
    List<String> lines = new ArrayList<>();
    while (lines.size() < LINES_AT_A_TIME) {
      String line = in.readLine();
      if (line == null) {
        break;
      }
      lines.add(line);
    }
    return lines;
  }

  /** A vector as signed bytes, as long as they can be. */
  static byte[] row(float[] vector) {
    float largest = 0;
    for (float coordinate : vector) {
      largest = Math.max(largest, Math.abs(coordinate));
    }
    byte[] row = new byte[vector.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = (byte) Math.round(vector[i] / largest * Byte.MAX_VALUE);
    }
    return row;
  }
}
