package dev.embedding.demo;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A progress bar that nobody sees. */
final class SilentProgress {

  private SilentProgress() {}

  static ProgressBar of(String unit, long total) {
    return new ProgressBar(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), false,
        () -> 0, unit, total);
  }
}
