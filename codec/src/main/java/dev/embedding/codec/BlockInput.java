package dev.embedding.codec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;

/**
 * Blocks in memory, where the kernels can read them: mapped ones in place, those of other directories copied to the heap. Not thread-safe.
 */
final class BlockInput {

  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final IndexInput in;
  private final int blockBytes;
  private final MemorySegment mapped;
  private byte[] heap = new byte[0];
  private MemorySegment segment;
  private long offset;
  /** Keeps the compiler from leaving out reads. */
  private int unused;

  /** @param in blocks and nothing else */
  BlockInput(IndexInput in, int blockBytes) throws IOException {
    this.in = in;
    this.blockBytes = blockBytes;
    this.mapped = in instanceof MemorySegmentAccessInput access ? access.segmentSliceOrNull(0, in.length()) : null;
    this.segment = mapped;
  }

  /** Makes a run of blocks available. */
  void seek(int firstBlock, int blocks) throws IOException {
    long start = (long) firstBlock * blockBytes;
    if (mapped != null) {
      offset = start;
      return;
    }
    int bytes = Math.multiplyExact(blocks, blockBytes);
    if (heap.length < bytes) {
      heap = new byte[bytes];
      segment = MemorySegment.ofArray(heap);
    }
    in.seek(start);
    in.readBytes(heap, 0, bytes);
    offset = 0;
  }

  /** Reads a mapped block into the processor's caches, without waiting for it. */
  void touch(int block) {
    if (mapped != null) {
      long start = (long) block * blockBytes;
      unused += mapped.get(ValueLayout.JAVA_BYTE, start) + mapped.get(ValueLayout.JAVA_BYTE, start + blockBytes - 1);
    }
  }

  MemorySegment segment() {
    return segment;
  }

  /** Where the run starts in {@link #segment}. */
  long offset() {
    return offset;
  }

  void prefetch(int firstBlock, int blocks) throws IOException {
    in.prefetch((long) firstBlock * blockBytes, (long) blocks * blockBytes);
  }
}
