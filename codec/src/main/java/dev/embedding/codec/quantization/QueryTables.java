package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import java.lang.foreign.MemorySegment;

/** The look-up tables of a query. Not thread-safe. */
public interface QueryTables {

  /** For the heaviest plane alone, and {@link Kernel#lookUp}: what most vectors are told apart by. */
  QueryTable top();

  /** For all planes, more exactly; null if the other table already says all. */
  Whole whole();

  /** The estimate for a code, before its factor, is {@code step · sum + floor}. */
  interface Whole {

    /**
     * Looks up the codes of a block.
     *
     * @param planes where in the segment the planes begin, the lightest first
     * @param rows of a plane
     * @param lanes whose sums are wanted; the others may be anything
     */
    void lookUp(Kernel kernel, MemorySegment segment, long planes, int rows, int lanes, int[] sums);

    /** The value of one step. */
    float step();

    /** The value of no steps. */
    float floor();
  }
}
