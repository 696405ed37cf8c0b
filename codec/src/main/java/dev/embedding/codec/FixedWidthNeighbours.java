package dev.embedding.codec;

import java.lang.foreign.MemorySegment;

/**
 * Rows of neighbours in files of version 1: ordinals in no order, one after another, each in as many bits as the largest of the segment needs.
 *
 * @param bits of an ordinal
 */
record FixedWidthNeighbours(int neighbours, int bits) implements NeighbourLayout {

  /** More are not believed. */
  static final int MAX_NEIGHBOURS = 255;

  static FixedWidthNeighbours of(int neighbours, int vectors) {
    return new FixedWidthNeighbours(neighbours, NeighbourLayout.bits(Math.max(1, vectors - 1)));
  }

  /** At least a long, so that each ordinal can be read with one. */
  @Override
  public int bytes() {
    return neighbours == 0 ? 0 : Math.max(Long.BYTES, (neighbours * bits + Byte.SIZE - 1) / Byte.SIZE);
  }

  @Override
  public void read(MemorySegment segment, long row, int[] ordinals) {
    for (int i = 0; i < neighbours; i++) {
      int at = Math.min(i * bits / Byte.SIZE, bytes() - Long.BYTES);
      ordinals[i] = (int) (segment.get(LONG, row + at) >>> (i * bits - at * Byte.SIZE) & (1L << bits) - 1);
    }
  }
}
