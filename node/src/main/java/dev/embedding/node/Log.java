package dev.embedding.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a process printed, standard output and error together. */
record Log(Path file) {
  private static final int TAIL_LINES = 60;

  String text() {
    try {
      // Not readString: a process that was killed may have left half a character.
      return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last lines with the log's path in front, for the message of an exception. */
  String tail() {
    List<String> lines = text().lines().toList();
    List<String> last = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    return "\n--- last lines of " + file + " ---\n" + String.join("\n", last);
  }
}
