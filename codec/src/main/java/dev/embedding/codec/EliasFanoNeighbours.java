package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.util.BitUtil;

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
    int lowBits = neighbours == 0 ? 0 : Math.max(0, NeighbourLayout.bits(largest / neighbours) - 1);
    return new EliasFanoNeighbours(neighbours, lowBits, neighbours + (largest >>> lowBits));
  }

  /** At least a long, as the high bits are read with one. */
  @Override
  public int bytes() {
    return neighbours == 0 ? 0
        : Math.max(Long.BYTES, (highBits + neighbours * lowBits + Byte.SIZE - 1) / Byte.SIZE);
  }

  @Override
  public void read(MemorySegment segment, long row, int[] ordinals) {
    long high = segment.get(LONG, row);
    long lowMask = (1L << lowBits) - 1;
    int last = bytes() - Long.BYTES;
    for (int i = 0, bit = highBits; i < neighbours; i++, bit += lowBits) {
      int at = Math.min(bit / Byte.SIZE, last);
      long low = segment.get(LONG, row + at) >>> (bit - at * Byte.SIZE) & lowMask;
      ordinals[i] = (Long.numberOfTrailingZeros(high) - i) << lowBits | (int) low;
      high &= high - 1;
    }
  }

  /** Writes a row, and sorts its ordinals. */
  void write(int[] ordinals, byte[] row) {
    Arrays.sort(ordinals, 0, neighbours);
    Arrays.fill(row, (byte) 0);
    for (int i = 0, bit = highBits; i < neighbours; i++, bit += lowBits) {
      put(row, (ordinals[i] >>> lowBits) + i, 1);
      put(row, bit, ordinals[i] & (1 << lowBits) - 1);
    }
  }

  /** Adds a number from a bit on. */
  private void put(byte[] row, int bit, long number) {
    int at = Math.min(bit / Byte.SIZE, bytes() - Long.BYTES);
    long others = (long) BitUtil.VH_LE_LONG.get(row, at);
    BitUtil.VH_LE_LONG.set(row, at, others | number << (bit - at * Byte.SIZE));
  }
}
