package dev.embedding.codec;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.store.DataInput;
import org.apache.lucene.store.DataOutput;

/**
 * Makes rows of neighbours, by ordinal, of lists of the nearest, which are in the order of the cells. Into a row come the nearest of its vector and those
 * that have it among their own nearest, by their rank there: whoever is nobody's nearest is found all the same. A row that is not full is filled up with its
 * own vector.
 */
final class NeighbourLinker {

  /** What a row takes while it is made: its ordinals, their ranks and their number. */
  static final int ROW_BYTES = NeighbourFinder.ROW * (Integer.BYTES + Byte.BYTES) + Byte.BYTES;

  private final CellMembers members;
  private final EliasFanoNeighbours layout;
  private final int first;
  private final int count;
  private final int[] rows;
  private final byte[] ranks;
  private final byte[] sizes;

  private NeighbourLinker(CellMembers members, EliasFanoNeighbours layout, int first, int count) {
    this.members = members;
    this.layout = layout;
    this.first = first;
    this.count = count;
    this.rows = new int[count * layout.neighbours()];
    this.ranks = new byte[rows.length];
    this.sizes = new byte[count];
  }

  /**
   * Writes the rows of all vectors.
   *
   * @param positions of the vectors, if only neighbours of other cells are wanted; else null
   * @param atOnce how many rows are made at once; each time all lists are read
   */
  static void write(TemporaryRows lists, CellMembers members, CellBlocks blocks, EliasFanoNeighbours layout,
      int[] positions, int atOnce, DataOutput out) throws IOException {
    for (int from = 0; from < members.vectors(); from += atOnce) {
      NeighbourLinker rows = new NeighbourLinker(members, layout, from, Math.min(atOnce, members.vectors() - from));
      rows.link(lists.in(), blocks, positions);
      rows.write(out);
    }
  }

  private void link(DataInput lists, CellBlocks blocks, int[] positions) throws IOException {
    NearestList nearest = new NearestList(NeighbourFinder.NEAREST);
    for (int cell = 0; cell < members.cells(); cell++) {
      int begin = blocks.start(cell);
      int end = begin + members.size(cell);
      for (int i = 0; i < members.size(cell); i++) {
        nearest.read(lists);
        link(members.ordinal(cell, i), nearest, positions, begin, end);
      }
    }
  }

  /** Takes a list in both directions, but for what lies in a range of positions. */
  private void link(int ordinal, NearestList nearest, int[] positions, int begin, int end) {
    int rank = 0;
    for (int i = 0; i < nearest.size(); i++) {
      int other = nearest.ordinal(i);
      if (positions == null || positions[other] < begin || positions[other] >= end) {
        add(ordinal, other, rank);
        add(other, ordinal, rank);
        rank++;
      }
    }
  }

  /** Where a row is full, a vector takes the place of the one with the highest rank. */
  private void add(int to, int ordinal, int rank) {
    int row = to - first;
    if (row < 0 || row >= count) {
      return;
    }
    int start = row * layout.neighbours();
    int end = start + sizes[row];
    int last = start;
    for (int i = start; i < end; i++) {
      if (rows[i] == ordinal) {
        ranks[i] = (byte) Math.min(ranks[i], rank);
        return;
      }
      last = ranks[i] > ranks[last] ? i : last;
    }
    if (sizes[row] < layout.neighbours()) {
      last = end;
      sizes[row]++;
    } else if (rank >= ranks[last]) {
      return;
    }
    rows[last] = ordinal;
    ranks[last] = (byte) rank;
  }

  private void write(DataOutput out) throws IOException {
    byte[] bytes = new byte[layout.bytes()];
    int[] ordinals = new int[layout.neighbours()];
    for (int row = 0; row < count; row++) {
      System.arraycopy(rows, row * ordinals.length, ordinals, 0, sizes[row]);
      Arrays.fill(ordinals, sizes[row], ordinals.length, first + row);
      layout.write(ordinals, bytes);
      out.writeBytes(bytes, bytes.length);
    }
  }
}
