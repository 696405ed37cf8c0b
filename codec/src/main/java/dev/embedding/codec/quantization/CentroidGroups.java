package dev.embedding.codec.quantization;

import java.util.Arrays;

/** Numbers the centroids of a sub-vector so that runs of equal length are near each other. */
final class CentroidGroups {

  private static final long SEED = 0x9c09105L;

  private CentroidGroups() {}

  /**
   * Finds group centres by k-means, gives each group its share of the centroids, the nearest pairs of group and centroid first, and sorts the centroids by group.
   *
   * @param columns of the centroids
   */
  static void order(Centroids centroids, float[] columns, int part, int length, int groups) {
    int count = centroids.count();
    float[][] vectors = new float[count][length];
    for (int i = 0; i < count; i++) {
      for (int d = 0; d < length; d++) {
        vectors[i][d] = centroids.coordinate(part, i, d);
      }
    }
    int[] group = assign(vectors, KMeans.centres(vectors, groups, SEED), groups);
    int[] next = new int[groups];
    Arrays.setAll(next, i -> i * count / groups);
    for (int i = 0; i < count; i++) {
      int number = next[group[i]]++;
      for (int d = 0; d < length; d++) {
        columns[centroids.at(part, d) + number] = vectors[i][d];
      }
    }
    centroids.measure(part);
  }

  private static int[] assign(float[][] vectors, float[][] centres, int groups) {
    int count = vectors.length;
    int used = Math.min(groups, centres.length);
    // Pairs sort by their distance: the bits of floats that are not negative are in the order of the floats.
    long[] pairs = new long[count * used];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < used; j++) {
        pairs[i * used + j] = (long) Float.floatToIntBits(distance(vectors[i], centres[j])) << 32 | (i * groups + j);
      }
    }
    Arrays.sort(pairs);
    int[] group = new int[count];
    Arrays.fill(group, -1);
    int[] room = new int[groups];
    Arrays.fill(room, count / groups);
    for (long pair : pairs) {
      int vector = (int) pair / groups;
      int wanted = (int) pair % groups;
      if (group[vector] < 0 && room[wanted] > 0) {
        group[vector] = wanted;
        room[wanted]--;
      }
    }
    fill(group, room);
    return group;
  }

  /** There may be fewer centres than groups; the rest goes where there is room. */
  private static void fill(int[] group, int[] room) {
    int free = 0;
    for (int i = 0; i < group.length; i++) {
      if (group[i] < 0) {
        while (room[free] == 0) {
          free++;
        }
        group[i] = free;
        room[free]--;
      }
    }
  }

  private static float distance(float[] a, float[] b) {
    float squares = 0;
    for (int i = 0; i < a.length; i++) {
      float difference = a[i] - b[i];
      squares += difference * difference;
    }
    return squares;
  }
}
