package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;

/**
 * What a query's residual q gives for each value of a nibble, or of two, as whole steps above the smallest. For codes of levels a nibble is a group of four
 * dimensions of one plane: for each of the sixteen signs that four bits can stand for, the sum
 * of ±q/2, rounded to whole steps above the smallest sum of the group. The estimate for a code of B planes with the looked-up sums S<sub>b</sub> is
 *
 * <pre>  ⟨û, q⟩ ≈ step · Σ 2<sup>b</sup> · S<sub>b</sub> + (2<sup>B</sup> − 1) · floor</pre>
 *
 * Rounding sums of four coordinates is much finer than rounding the coordinates to four bits, as integer products do: with the {@value
 * Kernel#MAX_COARSE_ENTRY} steps of a coarse table it adds a tenth to the error of one bit.
 *
 * <p>For product codes it is a sub-vector, and the entries are its products with the centroids.
 */
public final class QueryTable {

  private final byte[] entries;
  private final float step;
  private final float floor;

  private QueryTable(byte[] entries, float step, float floor) {
    this.entries = entries;
    this.step = step;
    this.floor = floor;
  }

  /** Rows of a block for a plane of so many bytes. */
  public static int rows(int planeBytes) {
    return (planeBytes + Kernel.ROWS - 1) / Kernel.ROWS * Kernel.ROWS;
  }

  /** The table for {@link Kernel#lookUp} of a residual that was {@linkplain Rotation rotated}. */
  public static QueryTable coarse(float[] residual) {
    return of(residual, Kernel.MAX_COARSE_ENTRY);
  }

  /** The table for {@link Kernel#lookUpFine} of a residual that was {@linkplain Rotation rotated}. */
  public static QueryTable fine(float[] residual) {
    return of(residual, Kernel.MAX_FINE_ENTRY);
  }

  /** Whether there is anything to round to steps, and these are floats. */
  static boolean canBeRounded(float largest, float inverseStep) {
    return largest > 0 && largest <= Float.MAX_VALUE && inverseStep <= Float.MAX_VALUE;
  }

  private static QueryTable of(float[] q, int maxEntry) {
    float[] groups = new float[2 * rows(GridQuantizer.planeBytes(q.length))];
    float largest = 0;
    double floor = 0;
    for (int i = 0; i < q.length; i++) {
      groups[i / 4] += Math.abs(q[i]);
    }
    for (float group : groups) {
      floor -= group / 2;
      largest = Math.max(largest, group);
    }
    float inverse = maxEntry / largest;
    boolean usable = canBeRounded(largest, inverse);
    byte[] entries = new byte[groups.length * 16];
    if (usable) {
      float[] padded = new float[4 * groups.length];
      for (int i = 0; i < q.length; i++) {
        padded[i] = q[i] * inverse;
      }
      for (int group = 0; group < groups.length; group++) {
        fill(entries, padded, group);
      }
    }
    return new QueryTable(entries, usable ? largest / maxEntry : 0, (float) floor);
  }

  /**
   * The table of products with centroids.
   *
   * @param products so many for each of the {@code subvectors}, one after another; what is behind them is for padding
   * @param each how many
   */
  static QueryTable ofProducts(float[] products, int subvectors, int each, int maxEntry) {
    float[] least = new float[subvectors];
    float largest = 0;
    double floor = 0;
    for (int i = 0; i < subvectors; i++) {
      float min = Float.POSITIVE_INFINITY;
      float max = Float.NEGATIVE_INFINITY;
      for (int at = i * each; at < (i + 1) * each; at++) {
        min = Math.min(min, products[at]);
        max = Math.max(max, products[at]);
      }
      least[i] = min;
      floor += min;
      largest = Math.max(largest, max - min);
    }
    float inverse = maxEntry / largest;
    float step = largest / maxEntry;
    boolean usable = canBeRounded(largest, inverse);
    byte[] entries = new byte[products.length];
    if (!usable) {
      return new QueryTable(entries, 0, (float) floor);
    }
    for (int i = 0; i < subvectors; i++) {
      float min = least[i];
      double roundedOff = 0;
      for (int at = i * each; at < (i + 1) * each; at++) {
        float steps = (products[at] - min) * inverse;
        int entry = (int) (steps + 0.5f);
        entries[at] = (byte) entry;
        roundedOff += steps - entry;
      }
      // Where all products are within a step, rounding has a direction.
      floor += roundedOff / each * step;
    }
    return new QueryTable(entries, step, (float) floor);
  }

  /** A set bit of a positive coordinate and a clear bit of a negative one add the coordinate; else nothing is added to the smallest sum. */
  private static void fill(byte[] entries, float[] q, int group) {
    float a = q[4 * group];
    float b = q[4 * group + 1];
    float c = q[4 * group + 2];
    float d = q[4 * group + 3];
    // Half a step, so that cutting off the fraction rounds.
    float none = 0.5f + Math.max(0, -a) + Math.max(0, -b);
    float first = none + a;
    float second = none + b;
    float both = first + b;
    for (int high = 0; high < 4; high++) {
      float upper = ((high & 1) == 0 ? Math.max(0, -c) : Math.max(0, c))
          + ((high & 2) == 0 ? Math.max(0, -d) : Math.max(0, d));
      int at = 16 * group + 4 * high;
      entries[at] = (byte) (int) (none + upper);
      entries[at + 1] = (byte) (int) (first + upper);
      entries[at + 2] = (byte) (int) (second + upper);
      entries[at + 3] = (byte) (int) (both + upper);
    }
  }

  /** The entries for the kernel. */
  public byte[] entries() {
    return entries;
  }

  /** The value of one step. */
  public float step() {
    return step;
  }

  /** The value of no steps in any group. */
  public float floor() {
    return floor;
  }
}
