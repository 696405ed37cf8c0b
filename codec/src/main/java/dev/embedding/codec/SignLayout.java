package dev.embedding.codec;

import dev.embedding.codec.quantization.SignTable;
import java.lang.foreign.MemorySegment;

/** Where things are in a row of signs: first two numbers of the vector, then the signs. */
enum SignLayout {

  /** Of files up to version 1: a float is the base, the next one the factor. */
  FLOATS(2 * Float.BYTES) {
    @Override
    float base(MemorySegment segment, long row) {
      return segment.get(BlockInput.FLOAT, row);
    }

    @Override
    float factor(MemorySegment segment, long row) {
      return segment.get(BlockInput.FLOAT, row + Float.BYTES);
    }
  },

  /**
   * An int: its upper 18 bits are those of the base as a float, its lower 14 bits the upper ones of the factor without its sign. Both are rounded up, so that
   * next to nothing is missed by it. What the base is off by then, up to a 512th of it, is not in the expected error of an estimate: it is small beside that, but
   * where the mean is hundreds of times as long as vectors are far from it.
   */
  ROUNDED(Integer.BYTES) {
    @Override
    float base(MemorySegment segment, long row) {
      return Float.intBitsToFloat(segment.get(BlockInput.INT, row) & -1 << FACTOR_BITS);
    }

    @Override
    float factor(MemorySegment segment, long row) {
      return Float.intBitsToFloat((segment.get(BlockInput.INT, row) & (1 << FACTOR_BITS) - 1) << FACTOR_SHIFT);
    }
  };

  private static final int FACTOR_BITS = 14;
  private static final int FACTOR_SHIFT = Integer.SIZE - 1 - FACTOR_BITS;

  private final int signs;

  SignLayout(int signs) {
    this.signs = signs;
  }

  /** Where the signs begin. */
  int signs() {
    return signs;
  }

  int bytes(int dimension) {
    return signs + SignTable.rowBytes(dimension);
  }

  abstract float base(MemorySegment segment, long row);

  abstract float factor(MemorySegment segment, long row);

  /** The int with two finite numbers, of which the factor is not negative. */
  static int rounded(float base, float factor) {
    return roundUp(base, FACTOR_BITS) | roundUp(factor, FACTOR_SHIFT) >>> FACTOR_SHIFT;
  }

  /** The bits of the least float that is no less and has so many zeros at the end, or of the largest one with these. */
  private static int roundUp(float x, int zeros) {
    int bits = Float.floatToRawIntBits(x);
    int kept = -1 << zeros;
    return bits < 0 ? bits & kept : Math.min(Float.floatToRawIntBits(Float.MAX_VALUE) & kept, bits + ~kept & kept);
  }
}
