package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.store.DataOutput;
import org.apache.lucene.util.BitUtil;

/** A block being filled. */
final class BlockBuffer {

  private final BlockLayout layout;
  private final int planeBytes;
  private final byte[] bytes;
  private int filled;

  /** @param planeBytes of a {@link CodeRow} */
  BlockBuffer(BlockLayout layout, int planeBytes) {
    this.layout = layout;
    this.planeBytes = planeBytes;
    this.bytes = new byte[layout.bytes()];
    clear();
  }

  /** Lanes without a vector have the smallest base of all and no factor, so that no search ever takes them. */
  private void clear() {
    Arrays.fill(bytes, (byte) 0);
    for (int lane = 0; lane < Kernel.LANES; lane++) {
      putFloat(BlockLayout.BASES, lane, Float.NEGATIVE_INFINITY);
    }
    filled = 0;
  }

  /** Adds a vector and writes the block when it is full. */
  void add(int ordinal, CodeRow row, DataOutput out) throws IOException {
    int lane = filled++;
    BitUtil.VH_LE_INT.set(bytes, BlockLayout.ORDINALS + lane * Integer.BYTES, ordinal);
    putFloat(BlockLayout.BASES, lane, row.base);
    putFloat(BlockLayout.FACTORS, lane, row.factor);
    putFloat(layout.topFactors(), lane, row.topFactor);
    int byteOfLane = Kernel.byteOfLane(lane);
    for (int plane = 0; plane < layout.planes(); plane++) {
      int at = layout.plane(plane) + byteOfLane;
      int from = plane * planeBytes;
      for (int i = 0; i < planeBytes; i++) {
        bytes[at + i * Kernel.LANES] = row.code[from + i];
      }
    }
    if (filled == Kernel.LANES) {
      flush(out);
    }
  }

  private void putFloat(int column, int lane, float value) {
    BitUtil.VH_LE_FLOAT.set(bytes, column + lane * Float.BYTES, value);
  }

  /** Writes the block if it has a vector, padded. */
  void flush(DataOutput out) throws IOException {
    if (filled > 0) {
      out.writeBytes(bytes, bytes.length);
      clear();
    }
  }
}
