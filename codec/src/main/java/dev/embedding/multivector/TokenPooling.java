package dev.embedding.multivector;

import java.util.Arrays;

/**
 * Makes fewer vectors of many: the two nearest clusters, by the dot product of their mean directions, become one until few
 * enough are left, and each cluster's mean direction stands for it (Clavié and others, "Reducing the footprint of
 * multi-vector retrieval with minimal performance impact via token pooling", 2024). Long texts are pooled in windows of
 * {@value #WINDOW} vectors, each to its share, so that the time grows with their length and not with its square.
 */
public final class TokenPooling {

  static final int WINDOW = 512;

  private TokenPooling() {}

  /**
   * Pools vectors; those left have length one and the order of their clusters' first vectors.
   *
   * @param count how many to leave, at least 1; if there are no more, they come back as they are
   */
  public static TokenVectors pool(TokenVectors vectors, int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least 1 vector must be left, got " + count);
    }
    if (vectors.count() <= count) {
      return vectors;
    }
    TokenVectors units = vectors.normalized();
    int dimension = vectors.dimension();
    int windows = Math.min(count, (vectors.count() + WINDOW - 1) / WINDOW);
    float[] pooled = new float[count * dimension];
    for (int window = 0; window < windows; window++) {
      int from = share(vectors.count(), window, windows);
      int to = share(vectors.count(), window + 1, windows);
      int first = share(count, window, windows);
      Clusters clusters = new Clusters(Arrays.copyOfRange(units.values(), from * dimension, to * dimension), dimension);
      clusters.mergeTo(share(count, window + 1, windows) - first);
      clusters.copyTo(pooled, first * dimension);
    }
    return new TokenVectors(dimension, pooled);
  }

  private static int share(int total, int part, int parts) {
    return (int) ((long) total * part / parts);
  }

  /** Clusters in the places of their first vectors; each knows its nearest among those behind it. */
  private static final class Clusters {

    private final int dimension;
    private final int count;
    private final float[] sums;
    private final float[] directions;
    private final boolean[] gone;
    private final int[] nearest;
    private final float[] similarity;

    Clusters(float[] units, int dimension) {
      this.dimension = dimension;
      this.count = units.length / dimension;
      this.sums = units;
      this.directions = units.clone();
      this.gone = new boolean[count];
      this.nearest = new int[count];
      this.similarity = new float[count];
      for (int i = 0; i < count; i++) {
        findNearest(i);
      }
    }

    private void findNearest(int cluster) {
      nearest[cluster] = -1;
      similarity[cluster] = Float.NEGATIVE_INFINITY;
      for (int other = cluster + 1; other < count; other++) {
        if (!gone[other]) {
          compare(cluster, other);
        }
      }
    }

    private void compare(int cluster, int other) {
      float product = 0;
      for (int i = 0; i < dimension; i++) {
        product += directions[cluster * dimension + i] * directions[other * dimension + i];
      }
      if (product > similarity[cluster]) {
        similarity[cluster] = product;
        nearest[cluster] = other;
      }
    }

    void mergeTo(int left) {
      for (int clusters = count; clusters > left; clusters--) {
        int best = 0;
        for (int i = 1; i < count; i++) {
          if (!gone[i] && nearest[i] >= 0 && (gone[best] || similarity[i] > similarity[best])) {
            best = i;
          }
        }
        merge(best, nearest[best]);
      }
    }

    private void merge(int first, int second) {
      double squares = 0;
      for (int i = 0; i < dimension; i++) {
        float sum = sums[first * dimension + i] + sums[second * dimension + i];
        sums[first * dimension + i] = sum;
        squares += (double) sum * sum;
      }
      if (squares > 0) { // else they are opposites: the first one's direction stays, as none is no vector
        double scale = 1 / Math.sqrt(squares);
        for (int i = 0; i < dimension; i++) {
          directions[first * dimension + i] = (float) (sums[first * dimension + i] * scale);
        }
      }
      gone[second] = true;
      findNearest(first);
      for (int i = 0; i < second; i++) {
        if (!gone[i] && i != first) {
          update(i, first, second);
        }
      }
    }

    /** After a merge: what was nearest may have moved or gone, and what moved may have come nearest. */
    private void update(int cluster, int first, int second) {
      if (nearest[cluster] == first || nearest[cluster] == second) {
        findNearest(cluster);
      } else if (cluster < first) {
        compare(cluster, first);
      }
    }

    void copyTo(float[] out, int at) {
      int next = at;
      for (int i = 0; i < count; i++) {
        if (!gone[i]) {
          System.arraycopy(directions, i * dimension, out, next, dimension);
          next += dimension;
        }
      }
    }
  }
}
