package dev.embedding.relevance;

import java.util.Arrays;

/** The nearest of some rows with their cosines, nearest first. */
final class Neighbours {
  private final int[] rows;
  private final float[] cosines;

  private Neighbours(int[] rows, float[] cosines) {
    this.rows = rows;
    this.cosines = cosines;
  }

  /**
   * Selects the nearest.
   *
   * @param count how many
   * @param hidden how many still nearer ones are passed over; one row is left, if there is any
   */
  static Neighbours of(int[] rows, float[] cosines, int count, int hidden) {
    int size = Math.min(count + hidden, rows.length);
    int[] bestRows = new int[size];
    float[] best = new float[size];
    int filled = 0;
    for (int i = 0; i < rows.length; i++) {
      if (filled == size && cosines[i] <= best[size - 1]) {
        continue;
      }
      int at = filled == size ? size - 1 : filled++;
      for (; at > 0 && best[at - 1] < cosines[i]; at--) {
        best[at] = best[at - 1];
        bestRows[at] = bestRows[at - 1];
      }
      best[at] = cosines[i];
      bestRows[at] = rows[i];
    }
    int from = Math.min(hidden, Math.max(size - 1, 0));
    return new Neighbours(Arrays.copyOfRange(bestRows, from, size), Arrays.copyOfRange(best, from, size));
  }

  int[] rows() {
    return rows;
  }

  float[] cosines() {
    return cosines;
  }
}
