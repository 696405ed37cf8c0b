package dev.embedding.codec;

import dev.embedding.codec.quantization.TrainedQuantizer;
import java.io.IOException;
import org.apache.lucene.store.DataInput;
import org.apache.lucene.store.DataOutput;

/** The code of one vector with its numbers and its cell. */
final class CodeRow {

  final byte[] code;
  float base;
  float factor;
  float topFactor;
  int cell;

  CodeRow(int codeBytes) {
    this.code = new byte[codeBytes];
  }

  /** Bytes that {@link #write} writes. */
  int bytes() {
    return code.length + 3 * Float.BYTES;
  }

  void set(VectorEncoder encoder, int cell) {
    System.arraycopy(encoder.code(), 0, code, 0, code.length);
    base = encoder.base();
    factor = encoder.factor();
    topFactor = encoder.topFactor();
    this.cell = cell;
  }

  /** Takes what there is without a vector: the code of a residual. */
  void set(TrainedQuantizer.Encoder encoder) {
    System.arraycopy(encoder.code(), 0, code, 0, code.length);
    factor = encoder.factor();
    topFactor = encoder.topFactor();
  }

  void set(CodeRow other) {
    System.arraycopy(other.code, 0, code, 0, code.length);
    base = other.base;
    factor = other.factor;
    topFactor = other.topFactor;
    cell = other.cell;
  }

  /** Writes everything but the cell. */
  void write(DataOutput out) throws IOException {
    out.writeBytes(code, code.length);
    out.writeInt(Float.floatToRawIntBits(base));
    out.writeInt(Float.floatToRawIntBits(factor));
    out.writeInt(Float.floatToRawIntBits(topFactor));
  }

  void read(DataInput in) throws IOException {
    in.readBytes(code, 0, code.length);
    base = Float.intBitsToFloat(in.readInt());
    factor = Float.intBitsToFloat(in.readInt());
    topFactor = Float.intBitsToFloat(in.readInt());
  }
}
