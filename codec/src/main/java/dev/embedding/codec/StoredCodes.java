package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The codes of a field of a segment, by ordinal, for a merge that copies them. */
final class StoredCodes {

  private final Cells cells;
  private final BlockInput blocks;
  private final Cells.Positions positions;
  /** Null if signs are not kept. */
  private final BlockInput signs;
  private final int planeBytes;

  StoredCodes(Cells cells) throws IOException {
    this.cells = cells;
    this.blocks = cells.openBlocks();
    this.positions = cells.openPositions();
    this.signs = cells.keepsSigns() ? cells.openSigns() : null;
    this.planeBytes = cells.quantizer().planeBytes(cells.dimension());
  }

  int planeBytes() {
    return planeBytes;
  }

  void read(int ordinal, CodeRow row) throws IOException {
    int position = positions.of(ordinal);
    int lane = position % Kernel.LANES;
    BlockLayout layout = cells.layout();
    blocks.seek(position / Kernel.LANES, 1);
    MemorySegment segment = blocks.segment();
    long start = blocks.offset();
    long number = start + (long) lane * Float.BYTES;
    row.cell = cells.blocks().cellAt(position);
    row.base = segment.get(BlockInput.FLOAT, number + BlockLayout.BASES);
    row.factor = segment.get(BlockInput.FLOAT, number + BlockLayout.FACTORS);
    row.topFactor = segment.get(BlockInput.FLOAT, number + layout.topFactors());
    for (int plane = 0; plane < layout.planes(); plane++) {
      long at = start + layout.plane(plane) + Kernel.byteOfLane(lane);
      for (int i = 0; i < planeBytes; i++) {
        row.code[plane * planeBytes + i] = segment.get(ValueLayout.JAVA_BYTE, at + (long) i * Kernel.LANES);
      }
    }
    if (signs != null) {
      readSigns(ordinal, row);
    }
  }

  private void readSigns(int ordinal, CodeRow row) throws IOException {
    signs.seek(ordinal, 1);
    MemorySegment segment = signs.segment();
    SignLayout layout = cells.signLayout();
    row.signFactor = layout.factor(segment, signs.offset());
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, signs.offset() + layout.signs(), row.signs, 0, row.signs.length);
  }
}
