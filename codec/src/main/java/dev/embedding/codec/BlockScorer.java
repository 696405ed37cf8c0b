package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.QueryTable;
import dev.embedding.codec.quantization.QueryTables;
import java.lang.foreign.MemorySegment;

/** Estimates the closeness of the vectors of a block. Not thread-safe. */
final class BlockScorer {

  private final Kernel kernel;
  private final BlockLayout layout;
  private final QueryTables tables;
  private QueryTable table;
  private final boolean coarseIsAll;
  private final int[] sums = new int[Kernel.LANES];
  private final float[] estimates = new float[Kernel.LANES];

  BlockScorer(Kernel kernel, BlockLayout layout, QueryTables tables) {
    this.kernel = kernel;
    this.layout = layout;
    this.tables = tables;
    this.coarseIsAll = tables.whole() == null;
  }

  /** The estimates of the last block. */
  float[] estimates() {
    return estimates;
  }

  /**
   * Estimates a block. The heaviest plane, coarsely, tells most blocks that none of their vectors is good enough.
   *
   * @param slack how much, as a multiple of the factor, a coarse estimate may be too small
   * @param lanes which vectors count
   * @return which vectors have estimates above the bound; what does not count may be among them
   */
  int score(MemorySegment segment, long at, float bound, float slack, int lanes) {
    if (coarseIsAll) {
      return coarse(segment, at, bound, 0);
    }
    int left = bound == Float.NEGATIVE_INFINITY ? lanes : lanes & coarse(segment, at, bound, slack);
    return left == 0 ? 0 : left & whole(segment, at, bound, left);
  }

  /** Estimates a block by the heaviest plane alone, which is at most {@code slack} times the factor too small. */
  int coarse(MemorySegment segment, long at, float bound, float slack) {
    if (table == null) {
      table = tables.top();
    }
    kernel.lookUp(segment, at + layout.plane(layout.planes() - 1), layout.rows(), table.entries(), sums);
    return kernel.estimate(segment, at + BlockLayout.BASES, at + layout.topFactors(), sums, table.step(),
        table.floor() + slack, bound, estimates);
  }

  private int whole(MemorySegment segment, long at, float bound, int lanes) {
    QueryTables.Whole whole = tables.whole();
    whole.lookUp(kernel, segment, at + layout.plane(0), layout.rows(), lanes, sums);
    return kernel.estimate(segment, at + BlockLayout.BASES, at + BlockLayout.FACTORS, sums, whole.step(),
        whole.floor(), bound, estimates);
  }
}
