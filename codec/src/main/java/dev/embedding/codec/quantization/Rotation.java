package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.util.SplittableRandom;

/**
 * A random orthonormal rotation in n log n steps: rounds of random signs and a fast Hadamard transform (the "FHT-Kac" rotation of the RaBitQ
 * library). It spreads a vector evenly over its coordinates, which the error bound of RaBitQ assumes. Where the dimension is no power of two, the
 * transform covers the first and the last coordinates in turn, and a butterfly of both halves mixes them.
 *
 * <p>The signs come from {@link SplittableRandom}, whose algorithm its documentation fixes, and every step is a plain float operation in a fixed
 * order: the same vector gives the same bits on all hardware.
 */
final class Rotation {

  /** Frozen in the format. */
  static final long SEED = 0x5eed0fa11b175L;

  private static final int ROUNDS = 4;
  private static final float HALF_ROOT = (float) Math.sqrt(0.5);

  private final int dimension;
  private final int power;
  private final float norm;
  private final float[] signs;
  private final Kernel kernel = Kernels.best();

  Rotation(int dimension, long seed) {
    this.dimension = dimension;
    this.power = Integer.highestOneBit(dimension);
    this.norm = (float) (1 / Math.sqrt(power));
    this.signs = new float[ROUNDS * dimension];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < signs.length; i++) {
      // The transform's normalization rides on the signs; the coordinates that a round does not transform keep their size.
      signs[i] = (random.nextInt() < 0 ? -1 : 1) * (isTransformed(i / dimension, i % dimension) ? norm : 1);
    }
  }

  private boolean isTransformed(int round, int i) {
    int start = start(round);
    return i >= start && i < start + power;
  }

  private int start(int round) {
    return (round & 1) == 0 ? 0 : dimension - power;
  }

  void apply(float[] vector) {
    for (int round = 0; round < ROUNDS; round++) {
      int first = round * dimension;
      for (int i = 0; i < dimension; i++) {
        vector[i] *= signs[first + i];
      }
      hadamard(vector, start(round), power);
      if (power != dimension && (round & 1) == 1) {
        mixHalves(vector);
      }
    }
  }

  /** Moves back what {@link #apply} moved, up to rounding. */
  public void invert(float[] moved) {
    for (int round = ROUNDS - 1; round >= 0; round--) {
      int first = round * dimension;
      if (power != dimension && (round & 1) == 1) {
        mixHalves(moved);
      }
      hadamard(moved, start(round), power);
      for (int i = 0; i < dimension; i++) {
        moved[i] *= signs[first + i];
      }
    }
  }

  /** The unnormalized transform; steps below eight are done in one pass. */
  private void hadamard(float[] v, int start, int length) {
    int end = start + length;
    int step = 1;
    if (length >= 8) {
      for (int i = start; i < end; i += 8) {
        eight(v, i);
      }
      step = 8;
    }
    for (; step < length; step *= 2) {
      kernel.butterflies(v, start, end, step);
    }
  }

  private static void eight(float[] v, int i) {
    float a0 = v[i] + v[i + 1];
    float a1 = v[i] - v[i + 1];
    float a2 = v[i + 2] + v[i + 3];
    float a3 = v[i + 2] - v[i + 3];
    float a4 = v[i + 4] + v[i + 5];
    float a5 = v[i + 4] - v[i + 5];
    float a6 = v[i + 6] + v[i + 7];
    float a7 = v[i + 6] - v[i + 7];
    float b0 = a0 + a2;
    float b1 = a1 + a3;
    float b2 = a0 - a2;
    float b3 = a1 - a3;
    float b4 = a4 + a6;
    float b5 = a5 + a7;
    float b6 = a4 - a6;
    float b7 = a5 - a7;
    v[i] = b0 + b4;
    v[i + 1] = b1 + b5;
    v[i + 2] = b2 + b6;
    v[i + 3] = b3 + b7;
    v[i + 4] = b0 - b4;
    v[i + 5] = b1 - b5;
    v[i + 6] = b2 - b6;
    v[i + 7] = b3 - b7;
  }

  private void mixHalves(float[] v) {
    int half = dimension / 2;
    for (int i = 0; i < half; i++) {
      float a = v[i];
      float b = v[i + half];
      v[i] = (a + b) * HALF_ROOT;
      v[i + half] = (a - b) * HALF_ROOT;
    }
  }
}
