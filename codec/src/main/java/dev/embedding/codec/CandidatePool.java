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

  /** Moves the largest {@code count} entries of a range to its front: Hoare's quickselect with the middle entry of three as pivot. */
  private void select(int from, int to, int count) {
    int low = from;
    int high = to - 1;
    int wanted = from + count - 1;
    while (low < high) {
      long pivot = median(entries[low], entries[(low + high) >>> 1], entries[high]);
      int i = low;
      int j = high;
      while (i <= j) {
        while (entries[i] > pivot) {
          i++;
        }
        while (entries[j] < pivot) {
          j--;
        }
        if (i <= j) {
          long swap = entries[i];
          entries[i++] = entries[j];
          entries[j--] = swap;
        }
      }
      if (wanted <= j) {
        high = j;
      } else if (wanted >= i) {
        low = i;
      } else {
        return;
      }
    }
  }

  private static long median(long a, long b, long c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }
}
