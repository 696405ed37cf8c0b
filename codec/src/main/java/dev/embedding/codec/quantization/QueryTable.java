package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;

/**
 * What a query's residual q gives for each group of four dimensions of one plane: for each of the sixteen signs that four bits can stand for, the sum
 * of ±q/2, rounded to whole steps above the smallest sum of the group. The estimate for a code of B planes with the looked-up sums S<sub>b</sub> is
 *
 * <pre>  ⟨û, q⟩ ≈ step · Σ 2<sup>b</sup> · S<sub>b</sub> + (2<sup>B</sup> − 1) · floor</pre>
 *
 * Rounding sums of four coordinates is much finer than rounding the coordinates to four bits, as integer products do: with the {@value
 * Kernel#MAX_COARSE_ENTRY} steps of a coarse table it adds a tenth to the error of one bit.
 */
public final class QueryTable {

  private final byte[] entries;
  private final float step;
  private final float floor;
  private final float length;

  private QueryTable(byte[] entries, float step, float floor, float length) {
    this.entries = entries;
    this.step = step;
    this.floor = floor;
    this.length = length;
  }

  /** Rows of a block for one plane, of eight dimensions each. */
  public static int rows(int dimension) {
    return (dimension + 8 * Kernel.ROWS - 1) / (8 * Kernel.ROWS) * Kernel.ROWS;
  }

  /** The table for {@link Kernel#lookUp} of a residual that was {@linkplain VectorQuantizer.Transform transformed}. */
  public static QueryTable coarse(float[] residual) {
    return of(residual, Kernel.MAX_COARSE_ENTRY);
  }

  /** The table for {@link Kernel#lookUpFine} of a residual that was {@linkplain VectorQuantizer.Transform transformed}. */
  public static QueryTable fine(float[] residual) {
    return of(residual, Kernel.MAX_FINE_ENTRY);
  }

  private static QueryTable of(float[] q, int maxEntry) {
    float[] groups = new float[2 * rows(q.length)];
    float largest = 0;
    double floor = 0;
    double squares = 0;
    for (int i = 0; i < q.length; i++) {
      groups[i / 4] += Math.abs(q[i]);
      squares += (double) q[i] * q[i];
    }
    for (float group : groups) {
      floor -= group / 2;
      largest = Math.max(largest, group);
    }
    float inverse = maxEntry / largest;
    boolean usable = largest > 0 && largest <= Float.MAX_VALUE && inverse <= Float.MAX_VALUE;
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
    return new QueryTable(entries, usable ? largest / maxEntry : 0, (float) floor, (float) Math.sqrt(squares));
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

  /** The length of the residual. */
  public float length() {
    return length;
  }
}
