package dev.embedding.codec;

import dev.embedding.codec.quantization.SignTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Estimates single vectors by their rows of signs. Not thread-safe. */
final class SignRows {

  private final BlockInput rows;
  private final int start;
  private final SignLayout layout;
  private final SignTable table;

  SignRows(Cells cells, Query query) throws IOException {
    this(cells.openSigns(), 0, cells.signLayout(), cells.signTable(query));
  }

  /**
   * @param rows that have the rows of signs within them, by ordinal
   * @param start where in each row
   */
  SignRows(BlockInput rows, int start, SignLayout layout, SignTable table) {
    this.rows = rows;
    this.start = start;
    this.layout = layout;
    this.table = table;
  }

  /** Reads a row into the processor's caches, without waiting for it. */
  void touch(int ordinal) {
    rows.touch(ordinal);
  }

  /**
   * The estimated closeness of a vector.
   *
   * @param slack is added to it, as a multiple of the vector's factor
   */
  float estimate(int ordinal, float slack) throws IOException {
    rows.seek(ordinal, 1);
    MemorySegment segment = rows.segment();
    long at = rows.offset() + start;
    float product = table.product(segment, at + layout.signs());
    return layout.base(segment, at) + layout.factor(segment, at) * (product + slack);
  }

  /** What the error of an estimate is a multiple of. */
  float factor(int ordinal) throws IOException {
    rows.seek(ordinal, 1);
    return layout.factor(rows.segment(), rows.offset() + start);
  }
}
