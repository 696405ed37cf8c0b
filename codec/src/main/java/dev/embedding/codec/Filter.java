package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;

/** Which vectors of a block may be found. */
interface Filter {

  /** A filter that passes a smaller part than one of so many is looked up from its side, a wider one from the blocks' side. */
  int SELECTIVE = 16;

  /**
   * The lanes of a block that pass.
   *
   * @param ordinals where in the segment the block's ordinals begin
   * @param lanes that have a vector
   */
  int lanes(int block, MemorySegment segment, long ordinals, int lanes) throws IOException;

  /**
   * Null if everything passes.
   *
   * @param accepted by ordinal; null if everything passes
   */
  static Filter of(AcceptDocs acceptDocs, Bits accepted, KnnVectorValues values, Cells cells, int passing)
      throws IOException {
    if (accepted == null) {
      return null;
    }
    return passing < cells.vectors() / SELECTIVE ? selective(acceptDocs, values, cells)
        : wide(accepted, cells);
  }

  /** Marks the positions of the vectors that pass, so that a block without any costs nothing. */
  private static Filter selective(AcceptDocs acceptDocs, KnnVectorValues values, Cells cells) throws IOException {
    FixedBitSet passing = new FixedBitSet(cells.blocks().blocks() * Kernel.LANES);
    Cells.Positions positions = cells.openPositions();
    AcceptedVectors accepted = new AcceptedVectors(acceptDocs, values);
    for (int next = accepted.next(); next != AcceptedVectors.NO_MORE; next = accepted.next()) {
      passing.set(positions.of(next));
    }
    long[] words = passing.getBits();
    return (block, segment, ordinals, lanes) -> lanes & (int) (words[block >> 1] >>> ((block & 1) * Kernel.LANES));
  }

  private static Filter wide(Bits accepted, Cells cells) {
    int[] ofBlock = new int[Kernel.LANES];
    return (block, segment, ordinals, lanes) -> {
      MemorySegment.copy(segment, BlockInput.INT, ordinals, ofBlock, 0, Kernel.LANES);
      int passing = 0;
      for (int lane = 0; lane < Kernel.LANES; lane++) {
        int ordinal = ofBlock[lane];
        if (ordinal < 0 || ordinal >= cells.vectors()) {
          throw new CorruptIndexException("no such ordinal: " + ordinal, cells.resource());
        }
        // No branch, as none could be predicted.
        passing |= (accepted.get(ordinal) ? 1 : 0) << lane;
      }
      return passing & lanes;
    };
  }
}
