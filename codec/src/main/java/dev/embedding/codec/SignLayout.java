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

  /** An int: its upper half is that of the base as a float, its lower half the upper one of the factor, both rounded up. */
  HALVES(Integer.BYTES) {
    @Override
    float base(MemorySegment segment, long row) {
      return Float.intBitsToFloat(segment.get(BlockInput.INT, row) & UPPER);
    }

    @Override
    float factor(MemorySegment segment, long row) {
      return Float.intBitsToFloat(segment.get(BlockInput.INT, row) << Short.SIZE);
    }
  };

  private static final int UPPER = 0xffff0000;
  private static final int LARGEST = Float.floatToRawIntBits(Float.MAX_VALUE) & UPPER;

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

  /** The int with the halves of two finite numbers. */
  static int halves(float base, float factor) {
    return roundUp(base) | roundUp(factor) >>> Short.SIZE;
  }

  /** The bits of a float with an empty lower half that is no less, or of the largest of these. */
  private static int roundUp(float x) {
    int bits = Float.floatToRawIntBits(x);
    return bits < 0 ? bits & UPPER : Math.min(LARGEST, bits + ~UPPER & UPPER);
  }
}
