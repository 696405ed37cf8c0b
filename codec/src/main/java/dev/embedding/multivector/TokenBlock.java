package dev.embedding.multivector;

import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.util.BitUtil;
import org.apache.lucene.util.BytesRef;

/**
 * The vectors of a document in one piece, eight bits a number. All numbers are little-endian:
 *
 * <ul>
 * <li>short: the version, 0; unsigned short: the dimension D; int: the number of vectors N
 * <li>float: the error, the largest distance of a row at length one from its vector at length one
 * <li>N floats: one over the length of each row below, or 0 if the row is all zeros
 * <li>N unsigned shorts: the scales; the upper bits of a positive float without its sign, {@code Float.intBitsToFloat(scale << 15)}
 * <li>N rows of D signed bytes, none of them −128
 * </ul>
 *
 * A number of a vector is its byte times the scale, which is the smallest of nine significant bits that leaves the largest
 * number of the vector at 127. So the product is exact as a float, and a block of the vectors that were read from a block has
 * the same bytes.
 */
final class TokenBlock {

  static final int HEADER = 12;
  /** Besides its numbers. */
  private static final int PER_ROW = Float.BYTES + Short.BYTES;
  private static final int VERSION = 0;
  private static final int LARGEST = 127;
  private static final int SCALE_SHIFT = 15;

  private final byte[] bytes;
  private final int offset;
  private final int dimension;
  private final int count;

  private TokenBlock(byte[] bytes, int offset, int dimension, int count) {
    this.bytes = bytes;
    this.offset = offset;
    this.dimension = dimension;
    this.count = count;
  }

  /**
   * @throws CorruptIndexException if these are not the bytes of a block
   * @throws IllegalArgumentException if the block has another dimension
   */
  static TokenBlock of(BytesRef ref, int dimension, String field) throws IOException {
    if (ref.length < HEADER || (short) BitUtil.VH_LE_SHORT.get(ref.bytes, ref.offset) != VERSION) {
      throw new CorruptIndexException("no block of vectors: " + ref.length + " bytes", field);
    }
    int stored = (short) BitUtil.VH_LE_SHORT.get(ref.bytes, ref.offset + 2) & 0xffff;
    int count = (int) BitUtil.VH_LE_INT.get(ref.bytes, ref.offset + 4);
    if (count < 0 || ref.length != HEADER + (long) count * (stored + PER_ROW)) {
      throw new CorruptIndexException(
          "a block of " + count + " vectors of dimension " + stored + " has " + ref.length + " bytes", field);
    }
    if (stored != dimension) {
      throw new IllegalArgumentException(
          "the vectors of field [" + field + "] have the dimension " + stored + ", not " + dimension);
    }
    return new TokenBlock(ref.bytes, ref.offset, dimension, count);
  }

  static BytesRef encode(TokenVectors vectors) {
    int count = vectors.count();
    int dimension = vectors.dimension();
    byte[] bytes = new byte[HEADER + Math.multiplyExact(count, dimension + PER_ROW)];
    TokenBlock block = new TokenBlock(bytes, 0, dimension, count);
    BitUtil.VH_LE_SHORT.set(bytes, 0, (short) VERSION);
    BitUtil.VH_LE_SHORT.set(bytes, 2, (short) dimension);
    BitUtil.VH_LE_INT.set(bytes, 4, count);
    double error = 0;
    for (int i = 0; i < count; i++) {
      block.encode(i, vectors.values(), i * dimension);
      error = Math.max(error, block.error(i, vectors.values(), i * dimension));
    }
    BitUtil.VH_LE_FLOAT.set(bytes, 8, Math.nextUp((float) error));
    return new BytesRef(bytes);
  }

  private void encode(int index, float[] values, int from) {
    float largest = 0;
    for (int i = from; i < from + dimension; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    int scaleBits = (Float.floatToRawIntBits(largest / LARGEST) + (1 << SCALE_SHIFT) - 1) >>> SCALE_SHIFT;
    float scale = Float.intBitsToFloat(scaleBits << SCALE_SHIFT);
    long squares = 0;
    int row = row(index);
    for (int i = 0; i < dimension; i++) {
      int level = scale > 0 ? Math.round(values[from + i] / scale) : 0;
      bytes[row + i] = (byte) level;
      squares += (long) level * level;
    }
    BitUtil.VH_LE_FLOAT.set(bytes, offset + HEADER + index * Float.BYTES,
        squares > 0 ? (float) (1 / Math.sqrt((double) squares)) : 0);
    BitUtil.VH_LE_SHORT.set(bytes, offset + HEADER + count * Float.BYTES + index * Short.BYTES, (short) scaleBits);
  }

  private double error(int index, float[] values, int from) {
    double lengths = 0;
    for (int i = from; i < from + dimension; i++) {
      lengths += (double) values[i] * values[i];
    }
    double inverse = lengths > 0 ? 1 / Math.sqrt(lengths) : 0;
    double rowInverse = inverseLength(index);
    int row = row(index);
    double squares = 0;
    for (int i = 0; i < dimension; i++) {
      double difference = values[from + i] * inverse - bytes[row + i] * rowInverse;
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  }

  /** The largest distance of a row at length one from its vector at length one. */
  float error() {
    return (float) BitUtil.VH_LE_FLOAT.get(bytes, offset + 8);
  }

  int count() {
    return count;
  }

  int dimension() {
    return dimension;
  }

  byte[] bytes() {
    return bytes;
  }

  /** Where a row begins in {@link #bytes}. */
  int row(int index) {
    return offset + HEADER + count * PER_ROW + index * dimension;
  }

  /** What makes the row a vector of length one. */
  float inverseLength(int index) {
    return (float) BitUtil.VH_LE_FLOAT.get(bytes, offset + HEADER + index * Float.BYTES);
  }

  private float scale(int index) {
    int bits = (short) BitUtil.VH_LE_SHORT.get(bytes, offset + HEADER + count * Float.BYTES + index * Short.BYTES)
        & 0xffff;
    return Float.intBitsToFloat(bits << SCALE_SHIFT);
  }

  TokenVectors decode() {
    float[] values = new float[count * dimension];
    for (int i = 0; i < count; i++) {
      float scale = scale(i);
      for (int j = 0; j < dimension; j++) {
        values[i * dimension + j] = Math.clamp(bytes[row(i) + j] * scale, -Float.MAX_VALUE, Float.MAX_VALUE);
      }
    }
    return new TokenVectors(dimension, values);
  }
}
