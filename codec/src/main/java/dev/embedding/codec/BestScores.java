package dev.embedding.codec;

import java.util.Arrays;
import org.apache.lucene.util.NumericUtils;

/** The k best scores, and whose they are: a heap with the worst in front. */
final class BestScores {

  /** A score, so that it sorts as an integer, above its ordinal. */
  private final long[] heap;
  private int size;

  BestScores(int k) {
    this.heap = new long[k];
  }

  /** The k-th best score, or negative infinity while there are fewer. */
  float worst() {
    return size < heap.length ? Float.NEGATIVE_INFINITY : NumericUtils.sortableIntToFloat((int) (heap[0] >> 32));
  }

  /** The ordinals of the best, at most so many, in their order. */
  int[] ordinals(int most) {
    long[] sorted = Arrays.copyOf(heap, size);
    Arrays.sort(sorted);
    int[] ordinals = new int[Math.min(most, size)];
    for (int i = 0; i < ordinals.length; i++) {
      ordinals[i] = (int) sorted[size - 1 - i];
    }
    return ordinals;
  }

  /** Returns whether the score is among the best so far. */
  boolean offer(float score, int ordinal) {
    long entry = (long) NumericUtils.floatToSortableInt(score) << 32 | ordinal;
    if (size < heap.length) {
      up(size++, entry);
      return true;
    }
    if (score > worst()) {
      down(entry);
      return true;
    }
    return false;
  }

  private void up(int from, long entry) {
    int i = from;
    while (i > 0 && heap[(i - 1) / 2] > entry) {
      heap[i] = heap[(i - 1) / 2];
      i = (i - 1) / 2;
    }
    heap[i] = entry;
  }

  private void down(long entry) {
    int i = 0;
    for (int child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= entry) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = entry;
  }
}
