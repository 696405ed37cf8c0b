package dev.embedding.codec;

import java.util.Arrays;

/** Which vectors are in which cell of a segment that is being written. */
final class CellMembers {

  private final int[] sizes;
  private final int[] starts;
  private final int[] ordinals;

  /**
   * @param cellOf the cell of each vector
   * @param sizes of the cells
   */
  CellMembers(int[] cellOf, int[] sizes) {
    this.sizes = sizes;
    this.starts = new int[sizes.length + 1];
    for (int cell = 0; cell < sizes.length; cell++) {
      starts[cell + 1] = starts[cell] + sizes[cell];
    }
    int[] next = starts.clone();
    this.ordinals = new int[cellOf.length];
    for (int ordinal = 0; ordinal < cellOf.length; ordinal++) {
      ordinals[next[cellOf[ordinal]]++] = ordinal;
    }
  }

  int vectors() {
    return ordinals.length;
  }

  int cells() {
    return sizes.length;
  }

  int size(int cell) {
    return sizes[cell];
  }

  /** The ordinal of a vector of a cell; they ascend within it. */
  int ordinal(int cell, int i) {
    return ordinals[starts[cell] + i];
  }

  /** The ordinal of a vector when all are counted through, cell by cell. */
  int ordinal(int place) {
    return ordinals[place];
  }

  /** The cell of the vector in a place, counted likewise; an empty cell begins where the next one does. */
  int cellAt(int place) {
    int found = Arrays.binarySearch(starts, place);
    int cell = found < 0 ? -found - 2 : found;
    while (starts[cell + 1] <= place) {
      cell++; // is empty
    }
    return cell;
  }
}
