package dev.embedding.codec.quantization;

/**
 * Numbers as signed bytes times a scale. The scale is the smallest of nine significant bits that leaves the largest number at 127, so that the products are
 * exact as floats, and rounding them once more changes nothing. Of a scale below the smallest normal float, which has fewer bits, the latter is not true.
 */
public final class ByteScale {

  /** Lower bits of a scale as a float, which are all zero; but for them and the sign a scale is a short. */
  public static final int ZERO_BITS = 15;

  private static final int LARGEST = 127;

  private ByteScale() {}

  /** The scale for some numbers from {@code from} on; 0 if all are 0 or too small for one. */
  public static float of(float[] values, int from, int count) {
    float largest = 0;
    for (int i = from; i < from + count; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    int bits = (Float.floatToRawIntBits(largest / LARGEST) + (1 << ZERO_BITS) - 1) >>> ZERO_BITS;
    return Float.intBitsToFloat(bits << ZERO_BITS);
  }

  /** Whether numbers are neither so small that to round them once more would change them, nor so large that a product with a byte is no float. */
  public static boolean isUsable(float scale) {
    return scale >= Float.MIN_NORMAL && scale * LARGEST <= Float.MAX_VALUE;
  }

  /** A number as a multiple of a scale, which is more than 0. */
  public static byte round(float value, float scale) {
    return (byte) Math.round(value / scale);
  }
}
