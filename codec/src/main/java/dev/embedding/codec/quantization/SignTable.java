package dev.embedding.codec.quantization;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A query's rotated residual q for products with single rows of signs: each coordinate rounded to a signed integer of {@value #BITS} bits, and these cut into
 * planes, so that a product is the weighted number of bits that a row and each plane have in common (Gao and Long, "RaBitQ", SIGMOD 2024, section 3.3.2). With
 * the sum S of the integers where a row has a bit,
 *
 * <pre>  ⟨û, q⟩ ≈ step · S + floor</pre>
 *
 * where û is one half with the signs of the row.
 */
public final class SignTable {

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BITS = 4;
  private static final int LARGEST = (1 << (BITS - 1)) - 1;

  private final long[] planes;
  private final float step;
  private final float floor;

  private SignTable(long[] planes, float step, float floor) {
    this.planes = planes;
    this.step = step;
    this.floor = floor;
  }

  /** Bytes of a row of signs: a bit for each dimension, the first in bit 0, in whole longs. */
  public static int rowBytes(int dimension) {
    return (dimension + Long.SIZE - 1) / Long.SIZE * Long.BYTES;
  }

  /** @param rotated residual of a query */
  static SignTable of(float[] rotated) {
    float largest = 0;
    double sum = 0;
    for (float x : rotated) {
      largest = Math.max(largest, Math.abs(x));
      sum += x;
    }
    float inverse = LARGEST / largest;
    boolean usable = QueryTable.canBeRounded(largest, inverse);
    long[] planes = new long[rowBytes(rotated.length) / Long.BYTES * BITS];
    for (int i = 0; i < rotated.length && usable; i++) {
      int level = Math.round(rotated[i] * inverse);
      for (int bit = 0; bit < BITS; bit++) {
        planes[i / Long.SIZE * BITS + bit] |= (long) (level >>> bit & 1) << i;
      }
    }
    return new SignTable(planes, usable ? largest / LARGEST : 0, (float) (-sum / 2));
  }

  /** The estimate of ⟨û, q⟩ for a row of signs. */
  public float product(MemorySegment rows, long at) {
    int sum = 0;
    for (int i = 0; i < planes.length; i += BITS) {
      long row = rows.get(LONG, at + (long) i / BITS * Long.BYTES);
      // The highest bit of a signed integer counts negative.
      sum += Long.bitCount(row & planes[i]) + 2 * Long.bitCount(row & planes[i + 1])
          + 4 * Long.bitCount(row & planes[i + 2]) - 8 * Long.bitCount(row & planes[i + 3]);
    }
    return step * sum + floor;
  }
}
