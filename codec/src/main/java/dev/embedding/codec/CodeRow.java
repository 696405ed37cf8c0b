package dev.embedding.codec;

import dev.embedding.codec.quantization.TrainedQuantizer;
import java.io.IOException;
import org.apache.lucene.store.DataInput;
import org.apache.lucene.store.DataOutput;

/** The code of one vector with its numbers and its cell, and its signs if they are kept. */
final class CodeRow {

  final byte[] code;
  float base;
  float factor;
  float topFactor;
  int cell;
  final byte[] signs;
  float signFactor;

  /** @param signBytes 0 if signs are not kept */
  CodeRow(int codeBytes, int signBytes) {
    this.code = new byte[codeBytes];
    this.signs = new byte[signBytes];
  }

  CodeRow(int codeBytes) {
    this(codeBytes, 0);
  }

  /** Bytes that {@link #write} writes. */
  int bytes() {
    return signsAt() + (signs.length == 0 ? 0 : SignLayout.ROUNDED.signs() + signs.length);
  }

  /** Where in these the row of signs begins as it is in a file, {@link SignLayout#ROUNDED}, if signs are kept. */
  int signsAt() {
    return code.length + 3 * Float.BYTES;
  }

  void set(VectorEncoder encoder, int cell) {
    System.arraycopy(encoder.code(), 0, code, 0, code.length);
    base = encoder.base();
    factor = encoder.factor();
    topFactor = encoder.topFactor();
    this.cell = cell;
    System.arraycopy(encoder.signs(), 0, signs, 0, encoder.signs().length);
    signFactor = encoder.signFactor();
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
    System.arraycopy(other.signs, 0, signs, 0, signs.length);
    signFactor = other.signFactor;
  }

  /** Writes everything but the cell. */
  void write(DataOutput out) throws IOException {
    out.writeBytes(code, code.length);
    out.writeInt(Float.floatToRawIntBits(base));
    out.writeInt(Float.floatToRawIntBits(factor));
    out.writeInt(Float.floatToRawIntBits(topFactor));
    if (signs.length > 0) {
      out.writeInt(SignLayout.rounded(base, signFactor));
      out.writeBytes(signs, signs.length);
    }
  }

  /** Reads what {@link #write} has written, but for the signs. */
  void read(DataInput in) throws IOException {
    in.readBytes(code, 0, code.length);
    base = Float.intBitsToFloat(in.readInt());
    factor = Float.intBitsToFloat(in.readInt());
    topFactor = Float.intBitsToFloat(in.readInt());
  }
}
