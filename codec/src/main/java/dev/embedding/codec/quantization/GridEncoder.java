package dev.embedding.codec.quantization;

import java.util.Arrays;

/**
 * Rounds each coordinate to one of 2<sup>bits</sup> evenly spaced levels, symmetric about zero. The levels' distance is fitted to each vector: for the
 * given levels the best distance is a least-squares fit, for the given distance the best levels are the nearest ones, and a few turns of both settle. This is
 * optimised scalar quantization as Lucene's, but for the interval's middle, which is zero after a rotation at random, and for the weight of the error along
 * the vector, which the factor below takes away altogether.
 *
 * <p>The bits of equal weight form a plane, eight dimensions a byte. The estimate is RaBitQ's: the code stands for û, its levels less their mean, and {@code
 * factor = ‖x‖² / ⟨x, û⟩} makes it unbiased over rotations (Gao and Long, "RaBitQ", SIGMOD 2024, theorem 3.2; for several bits, Gao and others, "Practical
 * and asymptotically optimal quantization", SIGMOD 2025).
 */
final class GridEncoder implements TrainedQuantizer.Encoder {

  private static final int TURNS = 4;

  /** The distance of levels that is best for normally distributed coordinates, by bits, as a multiple of the standard deviation (Max, 1960). */
  private static final float[] NORMAL_STEP = {0, 1.596f, 0.996f, 0.586f, 0.335f, 0.188f, 0.104f, 0.057f, 0.031f};

  private final int dimension;
  private final int bits;
  private final Rotation rotation;
  private final int planeBytes;
  private final byte[] code;
  private final int[] levels;
  private float[][] prepared;
  private float factor;
  private float topFactor;

  GridEncoder(int dimension, int bits, Rotation rotation) {
    this.dimension = dimension;
    this.bits = bits;
    this.rotation = rotation;
    this.planeBytes = GridQuantizer.planeBytes(dimension);
    this.code = new byte[bits * planeBytes];
    this.levels = new int[dimension];
  }

  @Override
  public void prepare(float[][] residuals, int count) {
    for (int i = 0; i < count; i++) {
      rotation.apply(residuals[i]);
    }
    prepared = residuals;
  }

  @Override
  public void encode(int number) {
    float[] rotated = prepared[number];
    double squares = 0;
    double sum = 0;
    for (float x : rotated) {
      squares += (double) x * x;
      sum += Math.abs(x);
    }
    if (bits > 1) {
      fit(rotated, (float) (Math.sqrt(squares / dimension) * NORMAL_STEP[bits]));
    } else {
      signs(rotated);
    }
    pack();
    // ⟨x, û⟩ for signs alone: û is one half with the sign of x.
    topFactor = factor(squares, sum / 2);
    factor = bits == 1 ? topFactor : factor(squares, product(rotated));
  }

  private void signs(float[] x) {
    for (int i = 0; i < dimension; i++) {
      levels[i] = x[i] < 0 ? 0 : 1;
    }
  }

  private void fit(float[] x, float firstStep) {
    float step = firstStep;
    for (int turn = 0; turn < TURNS; turn++) {
      round(x, step);
      double product = 0;
      double squares = 0;
      for (int i = 0; i < dimension; i++) {
        float centred = centred(i);
        product += x[i] * centred;
        squares += centred * centred;
      }
      step = (float) (product / squares);
    }
  }

  private void round(float[] x, float step) {
    int half = 1 << (bits - 1);
    // A step of nothing, or of more than a float holds, leaves each coordinate on one of the two middle levels.
    float inverse = step > 0 && Float.isFinite(1 / step) ? 1 / step : 0;
    for (int i = 0; i < dimension; i++) {
      int level = Math.min(half - 1, (int) (Math.abs(x[i]) * inverse));
      levels[i] = x[i] < 0 ? half - 1 - level : half + level;
    }
  }

  private float centred(int i) {
    return levels[i] - ((1 << bits) - 1) / 2f;
  }

  private double product(float[] x) {
    double product = 0;
    for (int i = 0; i < dimension; i++) {
      product += (double) x[i] * centred(i);
    }
    return product;
  }

  private static float factor(double squares, double product) {
    return product > 0 ? (float) (squares / product) : 0;
  }

  private void pack() {
    Arrays.fill(code, (byte) 0);
    for (int plane = 0; plane < bits; plane++) {
      int start = plane * planeBytes;
      for (int i = 0; i < dimension; i++) {
        code[start + (i >> 3)] |= (byte) (((levels[i] >>> plane) & 1) << (i & 7));
      }
    }
  }

  @Override
  public byte[] code() {
    return code;
  }

  @Override
  public float factor() {
    return factor;
  }

  @Override
  public float topFactor() {
    return topFactor;
  }
}
