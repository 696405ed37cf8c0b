package dev.embedding.demo;

import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What the demo prints: steps with a number, a title and their time. */
final class Report {
  private final PrintStream out;
  private final boolean terminal;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private String step = "";

  private Report(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Prints to the standard output. */
  static Report ofConsole() {
    return new Report(System.out, Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent());
  }

  /** Does a step. Its title should read as an order: "Start a node". */
  <T> T step(String title, Supplier<T> work) {
    step = seconds.size() + 1 + ". " + title;
    out.println();
    out.println(step);
    long start = System.nanoTime();
    T result = work.get();
    seconds.put(title, (System.nanoTime() - start) / 1e9);
    return result;
  }

  void step(String title, Runnable work) {
    step(title, () -> {
      work.run();
      return null;
    });
  }

  /** What to print if {@code cause} ends the demo. */
  String failure(Throwable cause) {
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return "The demo failed" + (step.isEmpty() ? "" : " at step " + step) + ": " + message;
  }

  void line(String text) {
    out.println(text.isEmpty() ? "" : "  " + text);
  }

  /** A line of a format and its values, in the same form on all machines. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a jar that nothing else here needs
  void line(String format, Object... values) {
    line(String.format(Locale.ROOT, format, values));
  }

  void table(Table table) {
    table.print(out);
  }

  ProgressBar progress(String unit, long total) {
    return new ProgressBar(out, terminal, System::nanoTime, unit, total);
  }

  /** The times of all steps so far, and of everything. */
  void total(Duration sinceBuildBegan) {
    Table times = new Table().left("step").right("time");
    double steps = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    double total = sinceBuildBegan.toMillis() / 1e3;
    times.row("Build", Durations.seconds(total - steps));
    seconds.forEach((title, time) -> times.row(title, Durations.seconds(time)));
    times.row("Everything", Durations.seconds(total));
    out.println();
    out.println("Time taken");
    times.print(out);
  }
}
