package dev.embedding.codec;

import java.util.ArrayList;
import java.util.List;

/** Grants so many bytes, and remembers what was asked of it and what has not come back. */
final class CountingMemory implements TrainingMemory {

  private final long limit;
  private final List<Long> held = new ArrayList<>();
  private int reservations;
  private long largest;

  CountingMemory(long limit) {
    this.limit = limit;
  }

  @Override
  public synchronized long reserve(long wanted, long least) {
    if (!(least > 0 && least <= wanted)) {
      throw new AssertionError("at least " + least + " of " + wanted);
    }
    long granted = Math.clamp(limit, least, wanted);
    held.add(granted);
    reservations++;
    largest = Math.max(largest, wanted);
    return granted;
  }

  @Override
  public synchronized void release(long bytes) {
    if (!held.remove(Long.valueOf(bytes))) {
      throw new AssertionError(bytes + " bytes were not set aside");
    }
  }

  /** Whether all has come back. */
  synchronized boolean isFree() {
    return held.isEmpty();
  }

  synchronized int reservations() {
    return reservations;
  }

  /** The largest number of bytes that was wanted at once. */
  synchronized long largest() {
    return largest;
  }
}
