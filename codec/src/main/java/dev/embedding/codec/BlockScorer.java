package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.QueryTable;
import java.lang.foreign.MemorySegment;

/** Estimates the closeness of the vectors of a block. Not thread-safe. */
final class BlockScorer {

  private final Kernel kernel;
  private final BlockLayout layout;
  private final Query query;
  private final QueryTable coarse;
  private final int top;
  private final int[] sums = new int[Kernel.LANES];
  private final int[] planeSums = new int[Kernel.LANES];
  private final float[] estimates = new float[Kernel.LANES];

  BlockScorer(Kernel kernel, BlockLayout layout, Query query) {
    this.kernel = kernel;
    this.layout = layout;
    this.query = query;
    this.coarse = query.coarse();
    this.top = layout.planes() - 1;
  }

  /** The estimates of the last block. */
  float[] estimates() {
    return estimates;
  }

  /**
   * Estimates a block. Where there are several planes, the heaviest one alone tells most blocks that none of their vectors is good enough.
   *
   * @param topSlack how much, as a multiple of the factor, an estimate from the heaviest plane may be too small
   * @param lanes which vectors count
   * @return which vectors have estimates above the bound
   */
  int score(MemorySegment segment, long at, float bound, float topSlack, int lanes) {
    if (top > 0 && bound == Float.NEGATIVE_INFINITY) {
      return allPlanes(segment, at, bound);
    }
    kernel.lookUp(segment, at + layout.plane(top), layout.rows(), coarse.entries(), sums);
    long bases = at + BlockLayout.BASES;
    int above = kernel.estimate(segment, bases, at + layout.topFactors(), sums, coarse.step(),
        coarse.floor() + topSlack, bound, estimates);
    return top == 0 || (above & lanes) == 0 ? above : allPlanes(segment, at, bound);
  }

  private int allPlanes(MemorySegment segment, long at, float bound) {
    QueryTable fine = query.fine();
    kernel.lookUpFine(segment, at + layout.plane(top), layout.rows(), fine.entries(), sums);
    for (int plane = top - 1; plane >= 0; plane--) {
      kernel.lookUpFine(segment, at + layout.plane(plane), layout.rows(), fine.entries(), planeSums);
      addPlane();
    }
    // The sums are in units of the lightest plane.
    float floor = fine.floor() * ((1 << layout.planes()) - 1);
    return kernel.estimate(segment, at + BlockLayout.BASES, at + BlockLayout.FACTORS, sums, fine.step(), floor, bound,
        estimates);
  }

  /** Doubles the sums of the heavier planes, and adds the next. */
  private void addPlane() {
    for (int lane = 0; lane < Kernel.LANES; lane++) {
      sums[lane] = 2 * sums[lane] + planeSums[lane];
    }
  }
}
