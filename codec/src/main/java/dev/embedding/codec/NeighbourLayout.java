package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.lucene.util.BitUtil;

/**
 * A row of neighbours: ordinals one after another, each in as many bits as the largest of the segment needs.
 *
 * @param neighbours in a row; 0 if there are no rows
 */
record NeighbourLayout(int neighbours, int bits) {

  /** More are not believed. */
  static final int MAX_NEIGHBOURS = 255;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static NeighbourLayout of(int neighbours, int vectors) {
    return new NeighbourLayout(neighbours, Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, vectors - 1)));
  }

  /** Bytes of a row: at least a long, so that each ordinal can be read with one. */
  int bytes() {
    return neighbours == 0 ? 0 : Math.max(Long.BYTES, (neighbours * bits + Byte.SIZE - 1) / Byte.SIZE);
  }

  /** Where the long begins that has the whole of an ordinal. */
  private int at(int i) {
    return Math.min(i * bits / Byte.SIZE, bytes() - Long.BYTES);
  }

  int get(MemorySegment segment, long row, int i) {
    int at = at(i);
    return (int) (segment.get(LONG, row + at) >>> (i * bits - at * Byte.SIZE) & (1L << bits) - 1);
  }

  /** Sets an ordinal of a row that has 0 there. */
  void set(byte[] row, int i, int ordinal) {
    int at = at(i);
    long others = (long) BitUtil.VH_LE_LONG.get(row, at);
    BitUtil.VH_LE_LONG.set(row, at, others | (long) ordinal << (i * bits - at * Byte.SIZE));
  }
}
