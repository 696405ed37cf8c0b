package dev.embedding.codec;

import org.apache.lucene.util.NumericUtils;

/**
 * The positions with the best estimates so far. New ones are only appended; when the array is full, the worse half is dropped. That is cheaper for each
 * candidate than a heap, at the price of a bound that rises in steps.
 */
final class CandidatePool {

  private final int capacity;
  private final long[] entries;
  private int size;
  private float bound = Float.NEGATIVE_INFINITY;

  CandidatePool(int capacity) {
    this.capacity = capacity;
    this.entries = new long[2 * capacity];
  }

  /** Estimates up to this need not be added. */
  float bound() {
    return bound;
  }

  void add(float estimate, int position) {
    entries[size++] = (long) NumericUtils.floatToSortableInt(estimate) << 32 | (position & 0xffffffffL);
    if (size == entries.length) {
      shrink();
    }
  }

  /** Drops all but the best. */
  private void shrink() {
    select(0, size, capacity);
    size = capacity;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < capacity; i++) {
      least = Math.min(least, entries[i]);
    }
    bound = estimate(least);
  }

  /** Ends the adding: leaves the best candidates, the best {@code first} of them in front. Returns how many there are. */
  int finish(int first) {
    if (size > capacity) {
      shrink();
    }
    if (first < size) {
      select(0, size, first);
    }
    return size;
  }

  float estimateAt(int i) {
    return estimate(entries[i]);
  }

  int positionAt(int i) {
    return (int) entries[i];
  }

  private static float estimate(long entry) {
    return NumericUtils.sortableIntToFloat((int) (entry >> 32));
  }

  /**
   * Moves the largest {@code count} entries of a range to its front: quickselect with the middle entry of three as pivot. No two entries are equal, and where
   * one goes is not branched on, since no branch predictor can know it.
   */
  private void select(int from, int to, int count) {
    int low = from;
    int high = to - 1;
    int end = from + count;
    while (low < high) {
      swap(median(low, (low + high) >>> 1, high), high);
      int middle = partition(low, high);
      swap(middle, high);
      if (end < middle) {
        high = middle - 1;
      } else if (end > middle + 1) {
        low = middle + 1;
      } else {
        return;
      }
    }
  }

  /** Moves the entries of a range that are above the one behind it to the front; returns where the others begin. */
  private int partition(int from, int pivot) {
    long bound = entries[pivot];
    int others = from;
    for (int i = from; i < pivot; i++) {
      long entry = entries[i];
      entries[i] = entries[others];
      entries[others] = entry;
      others += entry > bound ? 1 : 0;
    }
    return others;
  }

  private void swap(int i, int j) {
    long entry = entries[i];
    entries[i] = entries[j];
    entries[j] = entry;
  }

  private int median(int i, int j, int k) {
    boolean rising = entries[i] < entries[j];
    int less = rising ? i : j;
    int more = rising ? j : i;
    if (entries[k] > entries[more]) {
      return more;
    }
    return entries[k] < entries[less] ? less : k;
  }
}
