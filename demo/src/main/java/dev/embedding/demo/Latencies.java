package dev.embedding.demo;

import java.util.List;

/**
 * How long requests took.
 *
 * @param sortedNanos in ascending order
 */
record Latencies(List<Long> sortedNanos) {

  static Latencies of(List<Long> nanos) {
    return new Latencies(nanos.stream().sorted().toList());
  }

  /** The time that this part of the requests, from 0 to 1, stayed within. */
  long quantile(double part) {
    return sortedNanos.get((int) Math.ceil(part * sortedNanos.size()) - 1);
  }
}
