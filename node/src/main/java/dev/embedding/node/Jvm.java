package dev.embedding.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Java processes: which {@code java} starts them, and how they end. */
final class Jvm {
  private Jvm() {}

  /** Whether this process, and so its children, may do everything; OpenSearch would rather not. */
  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Starts the {@code java} that runs this code, in {@code folder}, with its output appended to {@code log}. */
  static Process start(Path folder, Log log, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()));
    // Options for this JVM, a profiler's say, are not meant for its children.
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().remove("JDK_JAVA_OPTIONS");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits at most {@code seconds} for the process to end, then ends it. */
  static void awaitOrKill(Process process, long seconds) {
    try {
      if (process.waitFor(seconds, TimeUnit.SECONDS) == false) {
        kill(process);
      }
    } catch (InterruptedException e) {
      kill(process);
      Thread.currentThread().interrupt();
    }
  }

  /** Kills the process, and returns when it is gone. */
  static void kill(Process process) {
    process.destroyForcibly().onExit().join();
  }
}
