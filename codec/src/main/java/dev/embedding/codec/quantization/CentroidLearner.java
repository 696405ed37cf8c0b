package dev.embedding.codec.quantization;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Lloyd's k-means for the centroids of one sub-vector, seeded by k-means++ (Arthur and Vassilvitskii, SODA 2007). A centroid that is nearest to nothing moves
 * to the vector that is worst off, so that all are in use where there are as many different sub-vectors.
 */
final class CentroidLearner {

  private static final int TURNS = 10;
  private static final long SEED = 0x9c0deb00cL;

  private final Centroids centroids;
  private final int part;
  private final int from;
  private final int length;
  private final float[] columns;
  private final float[][] sample;
  private final float[] distances;
  private final float[] scratch;
  private final int[] counts;
  private final SplittableRandom random;

  /**
   * @param columns of the centroids
   * @param sample whole vectors, at least one
   */
  CentroidLearner(Centroids centroids, float[] columns, Split split, int part, float[][] sample) {
    this.centroids = centroids;
    this.columns = columns;
    this.part = part;
    this.from = split.start(part);
    this.length = split.length(part);
    this.sample = sample;
    this.distances = new float[sample.length];
    this.scratch = new float[centroids.count()];
    this.counts = new int[centroids.count()];
    this.random = new SplittableRandom(SEED + part);
  }

  /** Learns the centroids and returns how many are in use. */
  int learn() {
    choose();
    int used = 0;
    for (int turn = 0; turn < TURNS; turn++) {
      used = turn();
    }
    return used;
  }

  /** The first centroid is any vector, each other one is likelier the further it is from those that there are. */
  private void choose() {
    Arrays.fill(distances, Float.POSITIVE_INFINITY);
    int chosen = random.nextInt(sample.length);
    for (int i = 0; i < centroids.count(); i++) {
      put(i, sample[chosen]);
      double sum = 0;
      for (int v = 0; v < sample.length; v++) {
        distances[v] = Math.min(distances[v], distance(sample[v], sample[chosen]));
        sum += distances[v];
      }
      chosen = pick(random.nextDouble() * sum);
    }
    centroids.measure(part);
  }

  private int pick(double share) {
    double sum = 0;
    for (int v = 0; v < sample.length; v++) {
      sum += distances[v];
      if (sum > share) {
        return v;
      }
    }
    return random.nextInt(sample.length);
  }

  private float distance(float[] a, float[] b) {
    float squares = 0;
    for (int i = from; i < from + length; i++) {
      float difference = a[i] - b[i];
      squares += difference * difference;
    }
    return squares;
  }

  private void put(int centroid, float[] vector) {
    for (int d = 0; d < length; d++) {
      columns[centroids.at(part, d) + centroid] = vector[from + d];
    }
  }

  private int turn() {
    int count = centroids.count();
    double[] sums = new double[length * count];
    Arrays.fill(counts, 0);
    for (int v = 0; v < sample.length; v++) {
      float[] vector = sample[v];
      int nearest = centroids.nearest(part, vector, from, scratch);
      counts[nearest]++;
      float squares = 0;
      for (int d = 0; d < length; d++) {
        float x = vector[from + d];
        float difference = x - centroids.coordinate(part, nearest, d);
        squares += difference * difference;
        sums[d * count + nearest] += x;
      }
      distances[v] = squares;
    }
    int used = 0;
    for (int i = 0; i < count; i++) {
      if (counts[i] > 0) {
        used++;
        for (int d = 0; d < length; d++) {
          columns[centroids.at(part, d) + i] = (float) (sums[d * count + i] / counts[i]);
        }
      } else {
        put(i, sample[worst()]);
      }
    }
    centroids.measure(part);
    return used;
  }

  /** The vector that is furthest from its centroid, which then counts as its own. */
  private int worst() {
    int worst = 0;
    for (int v = 1; v < sample.length; v++) {
      if (distances[v] > distances[worst]) {
        worst = v;
      }
    }
    distances[worst] = 0;
    return worst;
  }
}
