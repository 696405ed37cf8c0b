package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.lucene.index.CorruptIndexException;

/** The codes of a field of a segment, by ordinal, for a merge that copies them. */
final class StoredCodes {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Cells cells;
  private final BlockInput blocks;
  private final int planeBytes;
  private final int[] positions;
  private final int[] cellOfOrdinal;

  StoredCodes(Cells cells) throws IOException {
    this.cells = cells;
    this.blocks = cells.openBlocks();
    this.planeBytes = (cells.dimension() + 7) / 8;
    this.positions = new int[cells.vectors()];
    this.cellOfOrdinal = new int[cells.vectors()];
    for (int cell = 0; cell < cells.cells(); cell++) {
      index(cell);
    }
  }

  private void index(int cell) throws IOException {
    int first = cells.firstBlock(cell);
    for (int i = 0; i < cells.vectors(cell); i++) {
      int block = first + i / Kernel.LANES;
      if (i % Kernel.LANES == 0) {
        blocks.seek(block, 1);
      }
      int ordinal = blocks.segment()
          .get(INT, blocks.offset() + BlockLayout.ORDINALS + (long) (i % Kernel.LANES) * Integer.BYTES);
      if (ordinal < 0 || ordinal >= positions.length) {
        throw new CorruptIndexException("no such ordinal: " + ordinal, cells.resource());
      }
      positions[ordinal] = block * Kernel.LANES + i % Kernel.LANES;
      cellOfOrdinal[ordinal] = cell;
    }
  }

  void read(int ordinal, CodeRow row) throws IOException {
    int lane = positions[ordinal] % Kernel.LANES;
    BlockLayout layout = cells.layout();
    blocks.seek(positions[ordinal] / Kernel.LANES, 1);
    MemorySegment segment = blocks.segment();
    long start = blocks.offset();
    long number = start + (long) lane * Float.BYTES;
    row.cell = cellOfOrdinal[ordinal];
    row.base = segment.get(FLOAT, number + BlockLayout.BASES);
    row.factor = segment.get(FLOAT, number + BlockLayout.FACTORS);
    row.topFactor = segment.get(FLOAT, number + layout.topFactors());
    for (int plane = 0; plane < layout.planes(); plane++) {
      long at = start + layout.plane(plane) + Kernel.byteOfLane(lane);
      for (int i = 0; i < planeBytes; i++) {
        row.code[plane * planeBytes + i] = segment.get(ValueLayout.JAVA_BYTE, at + (long) i * Kernel.LANES);
      }
    }
  }
}
