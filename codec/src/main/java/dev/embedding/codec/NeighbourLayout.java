package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How a row of neighbours, as many ordinals for each vector, is kept. */
interface NeighbourLayout {

  ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** How many are in a row; 0 if there are no rows. */
  int neighbours();

  /** Bytes of a row. */
  int bytes();

  /** Reads all ordinals of a row. A damaged one may have numbers that no vector has. */
  void read(MemorySegment segment, long row, int[] ordinals);

  /** How many bits a number of at most this size takes. */
  static int bits(int largest) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(largest);
  }
}
