package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How a row of neighbours, as many ordinals for each vector, is kept. */
interface NeighbourLayout {

  ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** How many are in a row; 0 if there are no rows. */
  int neighbours();

  /** Bits of a row. */
  int rowBits();

  /** Bytes of a row: at least a long, so that each number can be read with one. */
  default int bytes() {
    return neighbours() == 0 ? 0 : Math.max(Long.BYTES, (rowBits() + Byte.SIZE - 1) / Byte.SIZE);
  }

  /** Reads all ordinals of a row. A damaged one may have numbers that no vector has. */
  void read(MemorySegment segment, long row, int[] ordinals);

  /** Where in a row the long begins that has the whole of a number from a bit on. */
  default int longAt(int bit) {
    return Math.min(bit / Byte.SIZE, bytes() - Long.BYTES);
  }

  /** The number of some bits of a row, from one of them on. */
  default int number(MemorySegment segment, long row, int bit, int bits) {
    int at = longAt(bit);
    return (int) (segment.get(LONG, row + at) >>> (bit - at * Byte.SIZE) & (1L << bits) - 1);
  }
}
