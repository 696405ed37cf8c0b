package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.util.BitUtil;
import org.apache.lucene.util.packed.PackedInts;

/**
 * Rows of neighbours in ascending order (Elias, "Efficient storage and retrieval by content and address of static files", JACM 1974; Fano, 1971). An ordinal is
 * cut into its low bits, which are kept as they are, and the number that is above them, which is kept as a bit among zeros: for the i-th, from 0, of a row, the one
 * with this number plus i. That is about two bits an ordinal where it would be the logarithm of the number of neighbours, and half a bit from the least there is.
 *
 * @param lowBits of an ordinal
 * @param highBits of all together, at most those of a long
 */
record EliasFanoNeighbours(int neighbours, int lowBits, int highBits) implements NeighbourLayout {

  /** So many have their high bits in a long: each has one, and there are less than two zeros for each. */
  static final int MAX_NEIGHBOURS = 21;

  EliasFanoNeighbours {
    if (neighbours > MAX_NEIGHBOURS) {
      throw new IllegalArgumentException("a row has at most " + MAX_NEIGHBOURS + " neighbours, not " + neighbours);
    }
  }

  static EliasFanoNeighbours of(int neighbours, int vectors) {
    int largest = Math.max(0, vectors - 1);
    int lowBits = neighbours == 0 ? 0 : PackedInts.bitsRequired(largest / neighbours) - 1;
    return new EliasFanoNeighbours(neighbours, lowBits, neighbours + (largest >>> lowBits));
  }

  @Override
  public int rowBits() {
    return highBits + neighbours * lowBits;
  }

  @Override
  public void read(MemorySegment segment, long row, int[] ordinals) {
    long high = segment.get(LONG, row);
    for (int i = 0; i < neighbours; i++) {
      int low = number(segment, row, highBits + i * lowBits, lowBits);
      ordinals[i] = (Long.numberOfTrailingZeros(high) - i) << lowBits | low;
      high &= high - 1;
    }
  }

  /** Writes a row, and sorts its ordinals. */
  void write(int[] ordinals, byte[] row) {
    Arrays.sort(ordinals, 0, neighbours);
    Arrays.fill(row, (byte) 0);
    for (int i = 0; i < neighbours; i++) {
      put(row, (ordinals[i] >>> lowBits) + i, 1);
      put(row, highBits + i * lowBits, ordinals[i] & (1 << lowBits) - 1);
    }
  }

  /** Adds a number from a bit on. */
  private void put(byte[] row, int bit, long number) {
    int at = longAt(bit);
    long others = (long) BitUtil.VH_LE_LONG.get(row, at);
    BitUtil.VH_LE_LONG.set(row, at, others | number << (bit - at * Byte.SIZE));
  }
}
