package dev.embedding.codec;

import java.io.IOException;
import org.apache.lucene.store.DataInput;
import org.apache.lucene.store.DataOutput;

/** The vectors that are closest to one of them, the closest first; of equally close ones those that came first. */
final class NearestList {

  /** Bytes of each that {@link #write} writes. */
  static final int BYTES = Integer.BYTES + Float.BYTES;

  private static final int NONE = -1;

  private final int[] ordinals;
  private final float[] closeness;
  private int size;

  NearestList(int capacity) {
    this.ordinals = new int[capacity];
    this.closeness = new float[capacity];
  }

  int size() {
    return size;
  }

  int ordinal(int i) {
    return ordinals[i];
  }

  void clear() {
    size = 0;
  }

  void offer(int ordinal, float close) {
    if (size == ordinals.length && !(close > closeness[size - 1])) {
      return;
    }
    int at = size < ordinals.length ? size++ : size - 1;
    for (; at > 0 && closeness[at - 1] < close; at--) {
      closeness[at] = closeness[at - 1];
      ordinals[at] = ordinals[at - 1];
    }
    closeness[at] = close;
    ordinals[at] = ordinal;
  }

  void write(DataOutput out) throws IOException {
    for (int i = 0; i < ordinals.length; i++) {
      out.writeInt(i < size ? ordinals[i] : NONE);
      out.writeInt(i < size ? Float.floatToRawIntBits(closeness[i]) : 0);
    }
  }

  void read(DataInput in) throws IOException {
    size = 0;
    for (int i = 0; i < ordinals.length; i++) {
      int ordinal = in.readInt();
      float close = Float.intBitsToFloat(in.readInt());
      if (ordinal != NONE) {
        ordinals[size] = ordinal;
        closeness[size++] = close;
      }
    }
  }
}
