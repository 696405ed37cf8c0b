package dev.embedding.codec;

/** The k best scores. */
final class BestScores {

  private final float[] heap;
  private int size;

  BestScores(int k) {
    this.heap = new float[k];
  }

  /** The k-th best score, or negative infinity while there are fewer. */
  float worst() {
    return size < heap.length ? Float.NEGATIVE_INFINITY : heap[0];
  }

  void offer(float score) {
    if (size < heap.length) {
      up(size++, score);
    } else if (score > heap[0]) {
      down(score);
    }
  }

  private void up(int from, float score) {
    int i = from;
    while (i > 0 && heap[(i - 1) / 2] > score) {
      heap[i] = heap[(i - 1) / 2];
      i = (i - 1) / 2;
    }
    heap[i] = score;
  }

  private void down(float score) {
    int i = 0;
    for (int child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= score) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = score;
  }
}
