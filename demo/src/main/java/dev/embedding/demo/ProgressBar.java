package dev.embedding.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far a job is, how fast, and how long it will take. At a terminal this is one line that is written over; in a log
 * it is a line now and then.
 */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 24;
  private static final int STEPS_IN_A_LOG = 10;
  private static final long INTERVAL_IN_A_LOG = Duration.ofSeconds(1).toNanos();
  private static final long INTERVAL_AT_A_TERMINAL = Duration.ofMillis(200).toNanos();

  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier nanoClock;
  private final String unit;
  private final long total;
  private final long start;
  private long done;
  private long printedDone;
  private long printedTime;

  /** @param unit what is counted, in the plural */
  ProgressBar(PrintStream out, boolean terminal, LongSupplier nanoClock, String unit, long total) {
    this.out = out;
    this.terminal = terminal;
    this.nanoClock = nanoClock;
    this.unit = unit;
    this.total = total;
    this.start = nanoClock.getAsLong();
    this.printedTime = start;
  }

  synchronized void advance(long count) {
    done += count;
    long now = nanoClock.getAsLong();
    long pause = now - printedTime;
    if (done < total && (terminal ? pause >= INTERVAL_AT_A_TERMINAL : pause >= INTERVAL_IN_A_LOG && stepReached())) {
      print(now);
    }
  }

  private boolean stepReached() {
    return done * STEPS_IN_A_LOG / total > printedDone * STEPS_IN_A_LOG / total;
  }

  private void print(long now) {
    printedDone = done;
    printedTime = now;
    // The blanks at the end wipe out what a longer line left there.
    out.print(terminal ? "\r  " + line(now) + "      " : "  " + line(now) + System.lineSeparator());
    out.flush();
  }

  private String line(long now) {
    double seconds = Math.max(now - start, 1) / 1e9;
    double perSecond = done / seconds;
    int filled = (int) (WIDTH * done / total);
    return String.format(Locale.ROOT, "[%s%s] %3d %%  %,d of %,d %s  %,.0f/s  %s", "#".repeat(filled),
        "-".repeat(WIDTH - filled), 100 * done / total, done, total, unit, perSecond,
        done < total ? Durations.seconds((total - done) / perSecond) + " left" : Durations.seconds(seconds));
  }

  /** Prints how far the job came, which is all of it if nothing failed. */
  @Override
  public synchronized void close() {
    if (total == 0) {
      return;
    }
    print(nanoClock.getAsLong());
    if (terminal) {
      out.println();
    }
  }
}
