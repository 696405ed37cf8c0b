package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;

/**
 * What a query's residual q gives for each group of four dimensions of one plane: for each of the sixteen signs that four bits can stand for, the sum
 * of ±q/2, rounded to whole steps above the smallest sum of the group. The estimate for a code of B planes with the looked-up sums S<sub>b</sub> is
 *
 * <pre>  ⟨û, q⟩ ≈ step · Σ 2<sup>b</sup> · S<sub>b</sub> + (2<sup>B</sup> − 1) · floor</pre>
 *
 * Rounding sums of four coordinates to {@value Kernel#MAX_ENTRY} steps is much finer than rounding the coordinates to four bits, as integer products do.
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

  /** The entries for {@link Kernel#lookUp}, for an even number of rows. */
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

  /** Rows of a block for one plane: eight dimensions each, and two at a time. */
  public static int rows(int dimension) {
    return (dimension + 15) / 16 * 2;
  }

  /** Makes the table of a residual that was {@linkplain VectorQuantizer.Encoder#transform transformed}. */
  public static QueryTable of(float[] q) {
    int groups = 2 * rows(q.length);
    float largest = 0;
    double floor = 0;
    double squares = 0;
    for (int group = 0; group < groups; group++) {
      float sum = 0;
      for (int i = 4 * group; i < Math.min(q.length, 4 * group + 4); i++) {
        sum += Math.abs(q[i]);
        squares += (double) q[i] * q[i];
      }
      floor -= sum / 2;
      largest = Math.max(largest, sum);
    }
    float inverse = Kernel.MAX_ENTRY / largest;
    boolean usable = largest > 0 && Float.isFinite(inverse) && Float.isFinite(largest);
    byte[] table = new byte[groups * 16];
    if (usable) {
      float[] padded = new float[4];
      for (int group = 0; group < groups; group++) {
        for (int i = 0; i < 4; i++) {
          padded[i] = 4 * group + i < q.length ? q[4 * group + i] * inverse : 0;
        }
        fill(table, group * 16, padded[0], padded[1], padded[2], padded[3]);
      }
    }
    return new QueryTable(table, usable ? largest / Kernel.MAX_ENTRY : 0, (float) floor, (float) Math.sqrt(squares));
  }

  /** A set bit of a positive coordinate and a clear bit of a negative one add the coordinate; else nothing is added to the smallest sum. */
  private static void fill(byte[] table, int start, float a, float b, float c, float d) {
    float a0 = Math.max(0, -a);
    float a1 = Math.max(0, a);
    float b0 = Math.max(0, -b);
    float b1 = Math.max(0, b);
    float c0 = Math.max(0, -c);
    float c1 = Math.max(0, c);
    float d0 = Math.max(0, -d);
    float d1 = Math.max(0, d);
    for (int high = 0; high < 4; high++) {
      float upper = ((high & 1) == 0 ? c0 : c1) + ((high & 2) == 0 ? d0 : d1) + 0.5f;
      int at = start + 4 * high;
      table[at] = (byte) (upper + a0 + b0);
      table[at + 1] = (byte) (upper + a1 + b0);
      table[at + 2] = (byte) (upper + a0 + b1);
      table[at + 3] = (byte) (upper + a1 + b1);
    }
  }
}
