package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Lloyd's k-means in two levels: the sample is parted into about √k groups, and each group into its share of the k clusters. That costs √k distances a
 * vector and turn instead of k, and the clusters are as good for finding neighbours: measured, see the benchmark module.
 *
 * <p>The result depends on the sample, k and the seed alone: distances come from {@link Kernel#dot}, which rounds alike everywhere.
 */
public final class KMeans {

  private static final int TURNS = 8;

  private final Kernel kernel = Kernels.best();
  private final SplittableRandom random;

  private KMeans(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /**
   * Finds cluster centres.
   *
   * @param sample vectors of one length, at least one
   * @param k the wanted number; there may be a few more or less, and never more than vectors
   */
  public static float[][] centres(float[][] sample, int k, long seed) {
    return new KMeans(seed).twoLevels(sample, k);
  }

  private float[][] twoLevels(float[][] sample, int k) {
    if (k <= 8) {
      return lloyd(sample, k);
    }
    float[][] groups = lloyd(sample, (int) Math.sqrt(k));
    List<List<float[]>> parts = part(sample, groups);
    List<float[]> centres = new ArrayList<>();
    for (List<float[]> part : parts) {
      if (!part.isEmpty()) {
        int share = Math.max(1, Math.round((float) k * part.size() / sample.length));
        centres.addAll(List.of(lloyd(part.toArray(float[][]::new), share)));
      }
    }
    return centres.toArray(float[][]::new);
  }

  private List<List<float[]>> part(float[][] sample, float[][] groups) {
    List<List<float[]>> parts = new ArrayList<>();
    for (int i = 0; i < groups.length; i++) {
      parts.add(new ArrayList<>());
    }
    float[] halfSquares = halfSquares(groups, kernel);
    for (float[] vector : sample) {
      parts.get(nearest(vector, groups, halfSquares, kernel)).add(vector);
    }
    return parts;
  }

  private float[][] lloyd(float[][] sample, int k) {
    float[][] centres = choose(sample, Math.min(k, sample.length));
    int dimension = sample[0].length;
    for (int turn = 0; turn < TURNS && centres.length > 1; turn++) {
      float[] halfSquares = halfSquares(centres, kernel);
      float[][] sums = new float[centres.length][dimension];
      int[] counts = new int[centres.length];
      for (float[] vector : sample) {
        int cluster = nearest(vector, centres, halfSquares, kernel);
        counts[cluster]++;
        add(sums[cluster], vector);
      }
      for (int i = 0; i < centres.length; i++) {
        centres[i] = counts[i] == 0 ? sample[random.nextInt(sample.length)].clone() : scaled(sums[i], 1f / counts[i]);
      }
    }
    return centres;
  }

  /** Different vectors of the sample, each as likely as any other. */
  private float[][] choose(float[][] sample, int k) {
    float[][] chosen = new float[k][];
    int taken = 0;
    for (int i = 0; taken < k; i++) {
      if (random.nextInt(sample.length - i) < k - taken) {
        chosen[taken++] = sample[i].clone();
      }
    }
    return chosen;
  }

  private static void add(float[] sum, float[] vector) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += vector[i];
    }
  }

  private static float[] scaled(float[] vector, float scale) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= scale;
    }
    return vector;
  }

  /** Half the squared lengths of centres: ⟨x, c⟩ − ‖c‖²/2 is largest where the distance is smallest. */
  public static float[] halfSquares(float[][] centres, Kernel kernel) {
    float[] halves = new float[centres.length];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = kernel.dot(centres[i], centres[i], 0) / 2;
    }
    return halves;
  }

  /**
   * The number of the nearest centre.
   *
   * @param biases half the squares of the centres; where these are less a mean and the vector is not, their products with the mean are added
   */
  public static int nearest(float[] vector, float[][] centres, float[] biases, Kernel kernel) {
    int nearest = 0;
    float best = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < centres.length; i++) {
      float closeness = kernel.dot(vector, centres[i], 0) - biases[i];
      if (closeness > best) {
        best = closeness;
        nearest = i;
      }
    }
    return nearest;
  }
}
