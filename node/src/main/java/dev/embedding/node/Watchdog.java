package dev.embedding.node;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Kills a process when this JVM ends without having been able to, by {@code SIGKILL} say. It is a shell that reads from
 * this JVM; as nothing is ever written, its read ends when this JVM does.
 */
final class Watchdog implements AutoCloseable {
  private final Process shell;

  Watchdog(Process watched) {
    try {
      shell = new ProcessBuilder("sh", "-c", "read -r nothing; kill -9 \"$0\"", Long.toString(watched.pid())).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stands in for the end of this JVM. */
  void loseParent() throws IOException {
    shell.getOutputStream().close();
  }

  @Override
  public void close() {
    Jvm.kill(shell);
  }
}
