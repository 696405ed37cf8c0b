package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.ByteScale;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.store.DataInput;
import org.apache.lucene.store.DataOutput;

/**
 * A centre less the mean as it is in files: a float, the scale, then a signed byte for each dimension. A {@link ByteScale} loses nothing of centres that are rounded
 * once they are learned.
 */
final class CentreRow {

  private CentreRow() {}

  static int bytes(int dimension) {
    return Float.BYTES + dimension;
  }

  /** Rounds a centre to what a row can hold; one with numbers that are too large or too small for it becomes zero. */
  static void round(float[] centre) {
    float scale = ByteScale.of(centre, 0, centre.length);
    if (!ByteScale.isUsable(scale)) {
      Arrays.fill(centre, 0);
      return;
    }
    for (int i = 0; i < centre.length; i++) {
      centre[i] = ByteScale.round(centre[i], scale) * scale;
    }
  }

  /** Writes a centre that was {@linkplain #round rounded}. */
  static void write(float[] centre, DataOutput out) throws IOException {
    float scale = ByteScale.of(centre, 0, centre.length);
    out.writeInt(Float.floatToRawIntBits(scale));
    for (float x : centre) {
      out.writeByte(scale > 0 ? ByteScale.round(x, scale) : 0);
    }
  }

  static void read(DataInput in, float[] centre) throws IOException {
    float scale = Float.intBitsToFloat(in.readInt());
    for (int i = 0; i < centre.length; i++) {
      centre[i] = in.readByte() * scale;
    }
  }

  /** The product of a vector with the centre of a row. */
  static float product(float[] vector, MemorySegment segment, long row, Kernel kernel) {
    return segment.get(BlockInput.FLOAT, row) * kernel.dotBytes(vector, segment, row + Float.BYTES);
  }
}
