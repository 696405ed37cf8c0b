package dev.embedding.multivector;

import dev.embedding.codec.quantization.ByteScale;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
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
 * A number of a vector is its byte times the scale, a {@link ByteScale}. A block of the vectors that were read from a block has the same bytes, but for numbers below 1e-35.
 */
final class TokenBlock {

  static final int HEADER = 12;
  /** Besides its numbers. */
  private static final int PER_ROW = Float.BYTES + Short.BYTES;
  private static final int VERSION = 0;

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment bytes;
  private final int dimension;
  private final int count;

  private TokenBlock(MemorySegment bytes, int dimension, int count) {
    this.bytes = bytes;
    this.dimension = dimension;
    this.count = count;
  }

  /**
   * @param bytes are kept, not copied
   * @throws CorruptIndexException if these are not the bytes of a block
   * @throws IllegalArgumentException if the block has another dimension
   */
  static TokenBlock of(MemorySegment bytes, int dimension, String field) throws IOException {
    long size = bytes.byteSize();
    if (size < HEADER || bytes.get(SHORT, 0) != VERSION) {
      throw new CorruptIndexException("no block of vectors: " + size + " bytes", field);
    }
    int stored = bytes.get(SHORT, 2) & 0xffff;
    int count = bytes.get(INT, 4);
    if (count < 0 || size != HEADER + (long) count * (stored + PER_ROW)) {
      throw new CorruptIndexException(
          "a block of " + count + " vectors of dimension " + stored + " has " + size + " bytes", field);
    }
    if (stored != dimension) {
      throw new IllegalArgumentException(
          "the vectors of field [" + field + "] have the dimension " + stored + ", not " + dimension);
    }
    return new TokenBlock(bytes, dimension, count);
  }

  static BytesRef encode(TokenVectors vectors) {
    int count = vectors.count();
    int dimension = vectors.dimension();
    byte[] bytes = new byte[HEADER + Math.multiplyExact(count, dimension + PER_ROW)];
    BitUtil.VH_LE_SHORT.set(bytes, 0, (short) VERSION);
    BitUtil.VH_LE_SHORT.set(bytes, 2, (short) dimension);
    BitUtil.VH_LE_INT.set(bytes, 4, count);
    double error = 0;
    for (int i = 0; i < count; i++) {
      float inverseLength = encode(vectors, i, bytes);
      error = Math.max(error, error(vectors, i, bytes, inverseLength));
    }
    BitUtil.VH_LE_FLOAT.set(bytes, 8, Math.nextUp((float) error));
    return new BytesRef(bytes);
  }

  /** Gives what makes the row a vector of length one. */
  private static float encode(TokenVectors vectors, int index, byte[] bytes) {
    int count = vectors.count();
    int dimension = vectors.dimension();
    float[] values = vectors.values();
    int from = index * dimension;
    float scale = ByteScale.of(values, from, dimension);
    long squares = 0;
    int row = row(index, dimension, count);
    for (int i = 0; i < dimension; i++) {
      byte level = scale > 0 ? ByteScale.round(values[from + i], scale) : 0;
      bytes[row + i] = level;
      squares += level * level;
    }
    float inverseLength = squares > 0 ? (float) (1 / Math.sqrt((double) squares)) : 0;
    BitUtil.VH_LE_FLOAT.set(bytes, inverseLength(index), inverseLength);
    BitUtil.VH_LE_SHORT.set(bytes, scale(index, count),
        (short) (Float.floatToRawIntBits(scale) >>> ByteScale.ZERO_BITS));
    return inverseLength;
  }

  private static double error(TokenVectors vectors, int index, byte[] bytes, double rowInverse) {
    int dimension = vectors.dimension();
    float[] values = vectors.values();
    int from = index * dimension;
    double lengths = 0;
    for (int i = from; i < from + dimension; i++) {
      lengths += (double) values[i] * values[i];
    }
    double inverse = lengths > 0 ? 1 / Math.sqrt(lengths) : 0;
    int row = row(index, dimension, vectors.count());
    double squares = 0;
    for (int i = 0; i < dimension; i++) {
      double difference = values[from + i] * inverse - bytes[row + i] * rowInverse;
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  }

  /** Where the number that makes a row a vector of length one is. */
  private static int inverseLength(int index) {
    return HEADER + index * Float.BYTES;
  }

  private static int scale(int index, int count) {
    return inverseLength(count) + index * Short.BYTES;
  }

  private static int row(int index, int dimension, int count) {
    return scale(count, count) + index * dimension;
  }

  /** The largest distance of a row at length one from its vector at length one. */
  float error() {
    return bytes.get(FLOAT, 8);
  }

  int count() {
    return count;
  }

  int dimension() {
    return dimension;
  }

  MemorySegment bytes() {
    return bytes;
  }

  /** Where a row begins in {@link #bytes}. */
  int row(int index) {
    return row(index, dimension, count);
  }

  /** Puts what makes each of some rows a vector of length one to the front of {@code inverseLengths}. */
  void inverseLengths(int from, int rows, float[] inverseLengths) {
    MemorySegment.copy(bytes, FLOAT, inverseLength(from), inverseLengths, 0, rows);
  }

  TokenVectors decode() {
    float[] values = new float[count * dimension];
    byte[] row = new byte[dimension];
    for (int i = 0; i < count; i++) {
      float scale = Float.intBitsToFloat((bytes.get(SHORT, scale(i, count)) & 0xffff) << ByteScale.ZERO_BITS);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, row(i), row, 0, dimension);
      for (int j = 0; j < dimension; j++) {
        values[i * dimension + j] = Math.clamp(row[j] * scale, -Float.MAX_VALUE, Float.MAX_VALUE);
      }
    }
    return new TokenVectors(dimension, values);
  }
}
