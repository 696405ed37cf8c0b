package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.util.Arrays;

/**
 * Where in the blocks the vectors of each cell are: in a row, one behind the other. A position is the number of a block times {@link Kernel#LANES} plus the lane.
 */
final class CellBlocks {

  private final int[] sizes;
  private final int[] starts;
  private final int blocks;
  /** The cells that have vectors, in the order of their positions, and where they start. */
  private final int[] order;
  private final int[] startsInOrder;

  /**
   * @param starts the first position of each cell
   * @throws IllegalArgumentException if a cell starts before 0 or within another one, or there are too many positions for an int
   */
  CellBlocks(int[] sizes, int[] starts) {
    this.sizes = sizes;
    this.starts = starts;
    this.order = order(sizes, starts);
    this.startsInOrder = new int[order.length];
    long end = 0;
    for (int i = 0; i < order.length; i++) {
      startsInOrder[i] = starts[order[i]];
      if (startsInOrder[i] < end) {
        throw new IllegalArgumentException("cell " + order[i] + " starts at " + startsInOrder[i] + ", before " + end);
      }
      end = (long) startsInOrder[i] + sizes[order[i]];
    }
    if (end > Integer.MAX_VALUE / Kernel.LANES * Kernel.LANES) {
      throw new IllegalArgumentException("too many positions: " + end);
    }
    this.blocks = BlockLayout.blocks((int) end);
  }

  private static int[] order(int[] sizes, int[] starts) {
    long[] keys = new long[sizes.length];
    int count = 0;
    for (int cell = 0; cell < sizes.length; cell++) {
      if (sizes[cell] > 0) {
        keys[count++] = (long) starts[cell] << Integer.SIZE | cell;
      }
    }
    Arrays.sort(keys, 0, count);
    int[] order = new int[count];
    Arrays.setAll(order, i -> (int) keys[i]);
    return order;
  }

  /**
   * Each cell begins a block, as in files of versions 0 and 1.
   *
   * @throws ArithmeticException if there are too many positions for an int
   */
  static CellBlocks apart(int[] sizes) {
    int[] starts = new int[sizes.length];
    int blocks = 0;
    for (int cell = 0; cell < sizes.length; cell++) {
      starts[cell] = Math.multiplyExact(blocks, Kernel.LANES);
      blocks = Math.addExact(blocks, BlockLayout.blocks(sizes[cell]));
    }
    return new CellBlocks(sizes, starts);
  }

  /**
   * Cells share blocks, but none is in more of them than it would be apart: what is left of a cell when its full blocks are taken off is put together with what
   * is left of others, the largest first, so that it fills a block. Of many cells next to nothing of the blocks is padding.
   */
  static CellBlocks shared(int[] sizes) {
    Leftovers leftovers = new Leftovers(sizes);
    int[] starts = new int[sizes.length];
    int at = 0;
    for (int first = leftovers.take(Kernel.LANES); first >= 0; first = leftovers.take(Kernel.LANES)) {
      at = Math.multiplyExact(BlockLayout.blocks(at), Kernel.LANES);
      int room = Kernel.LANES;
      for (int cell = first; cell >= 0; cell = leftovers.take(room)) {
        starts[cell] = at;
        at = Math.addExact(at, sizes[cell]);
        room -= Leftovers.of(sizes[cell]);
      }
    }
    return new CellBlocks(sizes, starts);
  }

  int blocks() {
    return blocks;
  }

  int size(int cell) {
    return sizes[cell];
  }

  /** The first position of a cell. */
  int start(int cell) {
    return starts[cell];
  }

  /** The cells that have vectors, in the order of their positions; not to be changed. */
  int[] order() {
    return order;
  }

  int firstBlock(int cell) {
    return starts[cell] / Kernel.LANES;
  }

  /** In how many blocks a cell that has vectors is. */
  int count(int cell) {
    return (starts[cell] + sizes[cell] - 1) / Kernel.LANES - firstBlock(cell) + 1;
  }

  /** The lanes of one of its blocks that belong to a cell. */
  int lanes(int cell, int block) {
    int start = starts[cell] - block * Kernel.LANES;
    int from = Math.max(0, start);
    int to = Math.min(Kernel.LANES, start + sizes[cell]);
    return -1 >>> (Kernel.LANES - (to - from)) << from;
  }

  /** The cell of the vector at a position; if there is none, any. */
  int cellAt(int position) {
    int found = Arrays.binarySearch(startsInOrder, position);
    return order[found < 0 ? Math.max(0, -found - 2) : found];
  }

  /** Cells by how many vectors are left of them when all full blocks are taken off; a block if it is none. */
  private static final class Leftovers {

    private final int[] next;
    private final int[] first = new int[Kernel.LANES + 1];

    Leftovers(int[] sizes) {
      this.next = new int[sizes.length];
      Arrays.fill(first, -1);
      for (int cell = sizes.length - 1; cell >= 0; cell--) {
        if (sizes[cell] > 0) {
          int left = of(sizes[cell]);
          next[cell] = first[left];
          first[left] = cell;
        }
      }
    }

    static int of(int size) {
      return (size - 1) % Kernel.LANES + 1;
    }

    /** Takes a cell of which as many as possible are left, but not more than there is room for; −1 if there is none. */
    int take(int room) {
      for (int left = room; left > 0; left--) {
        int cell = first[left];
        if (cell >= 0) {
          first[left] = next[cell];
          return cell;
        }
      }
      return -1;
    }
  }
}
