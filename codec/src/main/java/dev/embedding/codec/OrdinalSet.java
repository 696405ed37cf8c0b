package dev.embedding.codec;

import java.util.Arrays;

/** A set of some of many ordinals: a hash table with open addressing. */
final class OrdinalSet {

  private static final int FREE = -1;

  private int[] table = table(1 << 10);
  private int size;

  private static int[] table(int length) {
    int[] table = new int[length];
    Arrays.fill(table, FREE);
    return table;
  }

  /** Makes it empty. */
  void clear() {
    Arrays.fill(table, FREE);
    size = 0;
  }

  /** Returns whether it was not there. */
  boolean add(int ordinal) {
    if (2 * size >= table.length) {
      grow();
    }
    int at = find(ordinal);
    if (table[at] == ordinal) {
      return false;
    }
    table[at] = ordinal;
    size++;
    return true;
  }

  private int find(int ordinal) {
    int at = (ordinal * 0x9E3779B1) >>> (32 - Integer.numberOfTrailingZeros(table.length));
    while (table[at] != FREE && table[at] != ordinal) {
      at = (at + 1) & (table.length - 1);
    }
    return at;
  }

  private void grow() {
    int[] old = table;
    table = table(2 * old.length);
    for (int ordinal : old) {
      if (ordinal != FREE) {
        table[find(ordinal)] = ordinal;
      }
    }
  }
}
