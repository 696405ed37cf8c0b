package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import org.apache.lucene.util.packed.PackedInts;

/**
 * Rows of neighbours in files of version 1: ordinals in no order, one after another, each in as many bits as the largest of the segment needs.
 *
 * @param bits of an ordinal
 */
record FixedWidthNeighbours(int neighbours, int bits) implements NeighbourLayout {

  /** More are not believed. */
  static final int MAX_NEIGHBOURS = 255;

  static FixedWidthNeighbours of(int neighbours, int vectors) {
    return new FixedWidthNeighbours(neighbours, PackedInts.bitsRequired(Math.max(0, vectors - 1)));
  }

  @Override
  public int rowBits() {
    return neighbours * bits;
  }

  @Override
  public void read(MemorySegment segment, long row, int[] ordinals) {
    for (int i = 0; i < neighbours; i++) {
      ordinals[i] = number(segment, row, i * bits, bits);
    }
  }
}
