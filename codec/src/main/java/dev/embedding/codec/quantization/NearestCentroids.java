package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.util.Arrays;

/**
 * The centroids of all sub-vectors in the order in which {@link Kernel#nearest} compares them with a vector: groups of {@value Kernel#GROUP} sub-vectors, within
 * a group centroid by centroid, of each first half its squared lengths and then its coordinates, those of the sub-vectors side by side. Shorter sub-vectors are
 * filled with zeros. Immutable.
 */
final class NearestCentroids {

  /** A quarter of a small first cache, which the vectors share. */
  private static final int CACHED_FLOATS = 2_048;

  private final Split split;
  private final int centroidCount;
  private final int length;
  private final int groups;
  private final float[] packed;
  private final Kernel kernel = Kernels.best();

  NearestCentroids(Split split, Centroids centroids) {
    this.split = split;
    this.centroidCount = centroids.count();
    int longest = 0;
    for (int part = 0; part < split.parts(); part++) {
      longest = Math.max(longest, split.length(part));
    }
    this.length = longest;
    this.groups = (split.parts() + Kernel.GROUP - 1) / Kernel.GROUP;
    this.packed = new float[groups * centroidCount * (length + 1) * Kernel.GROUP];
    for (int part = 0; part < split.parts(); part++) {
      for (int centroid = 0; centroid < centroidCount; centroid++) {
        int at = ((part / Kernel.GROUP * centroidCount + centroid) * (length + 1)) * Kernel.GROUP + part % Kernel.GROUP;
        packed[at] = centroids.halfSquares(part, centroid);
        for (int d = 0; d < split.length(part); d++) {
          packed[at + (d + 1) * Kernel.GROUP] = centroids.coordinate(part, centroid, d);
        }
      }
    }
  }

  /** Finds the nearest centroid of each sub-vector, the first of equals, for the first {@code count} vectors; behind them may be other numbers. */
  int[][] find(float[][] vectors, int count) {
    int[][] numbers = new int[count][groups * Kernel.GROUP];
    float[][] arranged = new float[count][length * Kernel.GROUP];
    float[][] best = new float[count][Kernel.GROUP];
    float[][] nearest = new float[count][Kernel.GROUP];
    for (int group = 0; group < groups; group++) {
      for (int v = 0; v < count; v++) {
        arrange(vectors[v], group * Kernel.GROUP, arranged[v]);
        Arrays.fill(best[v], Float.NEGATIVE_INFINITY);
        Arrays.fill(nearest[v], 0);
      }
      find(arranged, count, group, best, nearest);
      for (int v = 0; v < count; v++) {
        for (int lane = 0; lane < Kernel.GROUP; lane++) {
          numbers[v][group * Kernel.GROUP + lane] = (int) nearest[v][lane];
        }
      }
    }
    return numbers;
  }

  /** All vectors with some centroids, which stay in the first cache, and then with the next ones. */
  private void find(float[][] arranged, int count, int group, float[][] best, float[][] nearest) {
    int floats = (length + 1) * Kernel.GROUP;
    int together = Math.max(1, CACHED_FLOATS / floats);
    for (int first = 0; first < centroidCount; first += together) {
      int some = Math.min(together, centroidCount - first);
      int offset = (group * centroidCount + first) * floats;
      for (int v = 0; v < count; v++) {
        kernel.nearest(arranged[v], length, packed, offset, first, some, best[v], nearest[v]);
      }
    }
  }

  /** Puts the coordinates of sub-vectors side by side. */
  private void arrange(float[] vector, int firstPart, float[] arranged) {
    Arrays.fill(arranged, 0);
    int endPart = Math.min(split.parts(), firstPart + Kernel.GROUP);
    for (int part = firstPart; part < endPart; part++) {
      int at = part - firstPart;
      int end = split.start(part + 1);
      for (int i = split.start(part); i < end; i++, at += Kernel.GROUP) {
        arranged[at] = vector[i];
      }
    }
  }
}
