package dev.embedding.demo;

import java.util.Locale;

/** Times, written for people. */
final class Durations {
  private Durations() {}

  /** {@code 4.2 s}, {@code 42 s} or {@code 2 min 03 s}. */
  static String seconds(double seconds) {
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 100 ? whole + " s" : String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
  }

  /** {@code 1.23 ms}. */
  static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
  }
}
