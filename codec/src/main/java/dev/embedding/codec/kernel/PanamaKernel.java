package dev.embedding.codec.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels in the vector module of the JDK. A table look-up is a byte shuffle as wide as registers are: of 128 bits (SSSE3, NEON), 256 (AVX2) or 512
 * (AVX-512 VBMI).
 *
 * <p>No method here takes or gives a vector: wherever the compiler does not inline such a method, as it does not deep inside of
 * a node's calls, vectors become objects, and their species are unknown, so that operations are no instructions any more.
 */
final class PanamaKernel implements Kernel {

  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private static final VectorSpecies<Byte> BYTES_64 = ByteVector.SPECIES_64;
  private static final VectorSpecies<Byte> BYTES_128 = ByteVector.SPECIES_128;
  private static final VectorSpecies<Short> SHORTS_128 = ShortVector.SPECIES_128;
  private static final VectorSpecies<Byte> BYTES_256 = ByteVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES_512 = ByteVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS_512 = ShortVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS_256 = ShortVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS_128 = IntVector.SPECIES_128;
  private static final VectorSpecies<Integer> INTS_256 = IntVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS_512 = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS_128 = FloatVector.SPECIES_128;
  private static final VectorSpecies<Float> FLOATS_256 = FloatVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS_512 = FloatVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = widest();
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

  /** Wider ones would leave most lanes of a query of few vectors empty. */
  private static final VectorSpecies<Float> PANEL_FLOATS = FLOATS.length() >= 8 ? FLOATS_256
      : FLOATS_128;
  private static final int PANEL_LANES = PANEL_FLOATS.length();

  /** Rows whose sums fit a signed short: two entries each. */
  private static final int COARSE_CHUNK = Short.MAX_VALUE / (2 * MAX_COARSE_ENTRY) / ROWS * ROWS;
  private static final int FINE_CHUNK = Short.MAX_VALUE / (2 * MAX_FINE_ENTRY) / ROWS * ROWS;

  /** Coordinates of a sub-vector by default. */
  private static final int USUAL_LENGTH = 4;

  private final int bits;

  /** @param bits how many to look up at a time: 128, 256 or 512 */
  PanamaKernel(int bits) {
    this.bits = bits;
  }

  /** How wide the machine's registers are; 64 where vectors are not compiled to instructions, so that there are none worth using. */
  static int registerBits() {
    return ByteVector.SPECIES_PREFERRED.vectorBitSize();
  }

  private static VectorSpecies<Float> widest() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    return preferred.length() > ScalarKernel.DOT_LANES / 2 ? FLOATS_512 : preferred;
  }

  @Override
  public void lookUp(MemorySegment codes, long offset, int rows, byte[] table, int[] sums) {
    for (int from = 0; from < rows; from += COARSE_CHUNK) {
      int to = Math.min(rows, from + COARSE_CHUNK);
      switch (bits) {
        case 512 -> coarse512(codes, offset, from, to, table, sums);
        case 256 -> coarse256(codes, offset, from, to, table, sums);
        default -> coarse128(codes, offset, from, to, table, sums);
      }
    }
  }

  @Override
  public void lookUpFine(MemorySegment codes, long offset, int rows, byte[] table, int[] sums) {
    for (int from = 0; from < rows; from += FINE_CHUNK) {
      int to = Math.min(rows, from + FINE_CHUNK);
      switch (bits) {
        case 512 -> fine512(codes, offset, from, to, table, sums);
        case 256 -> fine256(codes, offset, from, to, table, sums);
        default -> fine128(codes, offset, from, to, table, sums);
      }
    }
  }

  /** A shuffle of sixteen bytes looks at the low nibble of each index only, so that nothing need be masked. */
  private static void coarse128(MemorySegment codes, long offset, int from, int to, byte[] table, int[] sums) {
    ShortVector evenBytes = ShortVector.broadcast(SHORTS_128, (short) 255);
    ShortVector sum0 = ShortVector.zero(SHORTS_128);
    ShortVector sum8 = sum0;
    ShortVector sum16 = sum0;
    ShortVector sum24 = sum0;
    for (int row = from; row < to; row += ROWS) {
      ByteVector first = ByteVector.zero(BYTES_128);
      ByteVector second = first;
      for (int i = 0; i < ROWS; i++) {
        ByteVector low = ByteVector.fromArray(BYTES_128, table, (row + i) * TABLE_BYTES);
        ByteVector high = ByteVector.fromArray(BYTES_128, table, (row + i) * TABLE_BYTES + 16);
        long start = offset + (long) (row + i) * LANES;
        ByteVector codes0 = ByteVector.fromMemorySegment(BYTES_128, codes, start, ORDER);
        ByteVector codes1 = ByteVector.fromMemorySegment(BYTES_128, codes, start + 16, ORDER);
        first = first.add(codes0.selectFrom(low))
            .add(
                codes0.reinterpretAsShorts().lanewise(VectorOperators.LSHR, 4).reinterpretAsBytes().selectFrom(high));
        second = second.add(codes1.selectFrom(low))
            .add(
                codes1.reinterpretAsShorts().lanewise(VectorOperators.LSHR, 4).reinterpretAsBytes().selectFrom(high));
      }
      ShortVector firstPairs = first.reinterpretAsShorts();
      ShortVector secondPairs = second.reinterpretAsShorts();
      sum0 = sum0.add(firstPairs.and(evenBytes));
      sum16 = sum16.add(firstPairs.lanewise(VectorOperators.LSHR, 8));
      sum8 = sum8.add(secondPairs.and(evenBytes));
      sum24 = sum24.add(secondPairs.lanewise(VectorOperators.LSHR, 8));
    }
    IntVector total0 = (IntVector) sum0.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total4 = (IntVector) sum0.convertShape(VectorOperators.S2I, INTS_128, 1);
    IntVector total8 = (IntVector) sum8.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total12 = (IntVector) sum8.convertShape(VectorOperators.S2I, INTS_128, 1);
    IntVector total16 = (IntVector) sum16.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total20 = (IntVector) sum16.convertShape(VectorOperators.S2I, INTS_128, 1);
    IntVector total24 = (IntVector) sum24.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total28 = (IntVector) sum24.convertShape(VectorOperators.S2I, INTS_128, 1);
    if (from > 0) {
      total0 = total0.add(IntVector.fromArray(INTS_128, sums, 0));
      total4 = total4.add(IntVector.fromArray(INTS_128, sums, 4));
      total8 = total8.add(IntVector.fromArray(INTS_128, sums, 8));
      total12 = total12.add(IntVector.fromArray(INTS_128, sums, 12));
      total16 = total16.add(IntVector.fromArray(INTS_128, sums, 16));
      total20 = total20.add(IntVector.fromArray(INTS_128, sums, 20));
      total24 = total24.add(IntVector.fromArray(INTS_128, sums, 24));
      total28 = total28.add(IntVector.fromArray(INTS_128, sums, 28));
    }
    total0.intoArray(sums, 0);
    total4.intoArray(sums, 4);
    total8.intoArray(sums, 8);
    total12.intoArray(sums, 12);
    total16.intoArray(sums, 16);
    total20.intoArray(sums, 20);
    total24.intoArray(sums, 24);
    total28.intoArray(sums, 28);
  }

  private static void fine128(MemorySegment codes, long offset, int from, int to, byte[] table, int[] sums) {
    ShortVector evenBytes = ShortVector.broadcast(SHORTS_128, (short) 255);
    ShortVector sum0 = ShortVector.zero(SHORTS_128);
    ShortVector sum8 = sum0;
    ShortVector sum16 = sum0;
    ShortVector sum24 = sum0;
    for (int row = from; row < to; row++) {
      ByteVector low = ByteVector.fromArray(BYTES_128, table, row * TABLE_BYTES);
      ByteVector high = ByteVector.fromArray(BYTES_128, table, row * TABLE_BYTES + 16);
      long start = offset + (long) row * LANES;
      ByteVector codes0 = ByteVector.fromMemorySegment(BYTES_128, codes, start, ORDER);
      ByteVector codes1 = ByteVector.fromMemorySegment(BYTES_128, codes, start + 16, ORDER);
      ShortVector low0 = codes0.selectFrom(low).reinterpretAsShorts();
      ShortVector high0 = codes0.reinterpretAsShorts()
          .lanewise(VectorOperators.LSHR, 4)
          .reinterpretAsBytes()
          .selectFrom(high)
          .reinterpretAsShorts();
      ShortVector low1 = codes1.selectFrom(low).reinterpretAsShorts();
      ShortVector high1 = codes1.reinterpretAsShorts()
          .lanewise(VectorOperators.LSHR, 4)
          .reinterpretAsBytes()
          .selectFrom(high)
          .reinterpretAsShorts();
      sum0 = sum0.add(low0.and(evenBytes)).add(high0.and(evenBytes));
      sum16 = sum16.add(low0.lanewise(VectorOperators.LSHR, 8)).add(high0.lanewise(VectorOperators.LSHR, 8));
      sum8 = sum8.add(low1.and(evenBytes)).add(high1.and(evenBytes));
      sum24 = sum24.add(low1.lanewise(VectorOperators.LSHR, 8)).add(high1.lanewise(VectorOperators.LSHR, 8));
    }
    IntVector total0 = (IntVector) sum0.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total4 = (IntVector) sum0.convertShape(VectorOperators.S2I, INTS_128, 1);
    IntVector total8 = (IntVector) sum8.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total12 = (IntVector) sum8.convertShape(VectorOperators.S2I, INTS_128, 1);
    IntVector total16 = (IntVector) sum16.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total20 = (IntVector) sum16.convertShape(VectorOperators.S2I, INTS_128, 1);
    IntVector total24 = (IntVector) sum24.convertShape(VectorOperators.S2I, INTS_128, 0);
    IntVector total28 = (IntVector) sum24.convertShape(VectorOperators.S2I, INTS_128, 1);
    if (from > 0) {
      total0 = total0.add(IntVector.fromArray(INTS_128, sums, 0));
      total4 = total4.add(IntVector.fromArray(INTS_128, sums, 4));
      total8 = total8.add(IntVector.fromArray(INTS_128, sums, 8));
      total12 = total12.add(IntVector.fromArray(INTS_128, sums, 12));
      total16 = total16.add(IntVector.fromArray(INTS_128, sums, 16));
      total20 = total20.add(IntVector.fromArray(INTS_128, sums, 20));
      total24 = total24.add(IntVector.fromArray(INTS_128, sums, 24));
      total28 = total28.add(IntVector.fromArray(INTS_128, sums, 28));
    }
    total0.intoArray(sums, 0);
    total4.intoArray(sums, 4);
    total8.intoArray(sums, 8);
    total12.intoArray(sums, 12);
    total16.intoArray(sums, 16);
    total20.intoArray(sums, 20);
    total24.intoArray(sums, 24);
    total28.intoArray(sums, 28);
  }

  /** A row and both its tables at a time: high nibbles look into the second half. */
  private static void coarse256(MemorySegment codes, long offset, int from, int to, byte[] table, int[] sums) {
    ByteVector nibble = ByteVector.broadcast(BYTES_256, (byte) 15);
    ByteVector second = ByteVector.broadcast(BYTES_256, (byte) 16);
    ShortVector evenBytes = ShortVector.broadcast(SHORTS_256, (short) 255);
    ShortVector even = ShortVector.zero(SHORTS_256);
    ShortVector odd = even;
    for (int row = from; row < to; row += ROWS) {
      ByteVector pairs = ByteVector.zero(BYTES_256);
      for (int i = 0; i < ROWS; i++) {
        ByteVector entries = ByteVector.fromArray(BYTES_256, table, (row + i) * TABLE_BYTES);
        ByteVector code = ByteVector.fromMemorySegment(BYTES_256, codes, offset + (long) (row + i) * LANES, ORDER);
        ByteVector high = code.reinterpretAsShorts().lanewise(VectorOperators.LSHR, 4).reinterpretAsBytes();
        pairs = pairs.add(code.and(nibble).selectFrom(entries)).add(high.and(nibble).or(second).selectFrom(entries));
      }
      even = even.add(pairs.reinterpretAsShorts().and(evenBytes));
      odd = odd.add(pairs.reinterpretAsShorts().lanewise(VectorOperators.LSHR, 8));
    }
    IntVector total0 = (IntVector) even.convertShape(VectorOperators.S2I, INTS_256, 0);
    IntVector total8 = (IntVector) even.convertShape(VectorOperators.S2I, INTS_256, 1);
    IntVector total16 = (IntVector) odd.convertShape(VectorOperators.S2I, INTS_256, 0);
    IntVector total24 = (IntVector) odd.convertShape(VectorOperators.S2I, INTS_256, 1);
    if (from > 0) {
      total0 = total0.add(IntVector.fromArray(INTS_256, sums, 0));
      total8 = total8.add(IntVector.fromArray(INTS_256, sums, 8));
      total16 = total16.add(IntVector.fromArray(INTS_256, sums, 16));
      total24 = total24.add(IntVector.fromArray(INTS_256, sums, 24));
    }
    total0.intoArray(sums, 0);
    total8.intoArray(sums, 8);
    total16.intoArray(sums, 16);
    total24.intoArray(sums, 24);
  }

  private static void fine256(MemorySegment codes, long offset, int from, int to, byte[] table, int[] sums) {
    ByteVector nibble = ByteVector.broadcast(BYTES_256, (byte) 15);
    ByteVector second = ByteVector.broadcast(BYTES_256, (byte) 16);
    ShortVector evenBytes = ShortVector.broadcast(SHORTS_256, (short) 255);
    ShortVector even = ShortVector.zero(SHORTS_256);
    ShortVector odd = even;
    for (int row = from; row < to; row++) {
      ByteVector entries = ByteVector.fromArray(BYTES_256, table, row * TABLE_BYTES);
      ByteVector code = ByteVector.fromMemorySegment(BYTES_256, codes, offset + (long) row * LANES, ORDER);
      ByteVector high = code.reinterpretAsShorts().lanewise(VectorOperators.LSHR, 4).reinterpretAsBytes();
      ShortVector lows = code.and(nibble).selectFrom(entries).reinterpretAsShorts();
      ShortVector highs = high.and(nibble).or(second).selectFrom(entries).reinterpretAsShorts();
      even = even.add(lows.and(evenBytes)).add(highs.and(evenBytes));
      odd = odd.add(lows.lanewise(VectorOperators.LSHR, 8)).add(highs.lanewise(VectorOperators.LSHR, 8));
    }
    IntVector total0 = (IntVector) even.convertShape(VectorOperators.S2I, INTS_256, 0);
    IntVector total8 = (IntVector) even.convertShape(VectorOperators.S2I, INTS_256, 1);
    IntVector total16 = (IntVector) odd.convertShape(VectorOperators.S2I, INTS_256, 0);
    IntVector total24 = (IntVector) odd.convertShape(VectorOperators.S2I, INTS_256, 1);
    if (from > 0) {
      total0 = total0.add(IntVector.fromArray(INTS_256, sums, 0));
      total8 = total8.add(IntVector.fromArray(INTS_256, sums, 8));
      total16 = total16.add(IntVector.fromArray(INTS_256, sums, 16));
      total24 = total24.add(IntVector.fromArray(INTS_256, sums, 24));
    }
    total0.intoArray(sums, 0);
    total8.intoArray(sums, 8);
    total16.intoArray(sums, 16);
    total24.intoArray(sums, 24);
  }

  /** Two rows and their four tables at a time: the lanes of the second row look into the second half of the tables. */
  private static void coarse512(MemorySegment codes, long offset, int from, int to, byte[] table, int[] sums) {
    ByteVector nibble = ByteVector.broadcast(BYTES_512, (byte) 15);
    ByteVector low = ByteVector.fromArray(BYTES_512, TABLE_OF_LANE, 0);
    ByteVector high = low.or((byte) 16);
    ShortVector evenBytes = ShortVector.broadcast(SHORTS_512, (short) 255);
    ShortVector even = ShortVector.zero(SHORTS_512);
    ShortVector odd = even;
    for (int row = from; row < to; row += ROWS) {
      ByteVector entries0 = ByteVector.fromArray(BYTES_512, table, row * TABLE_BYTES);
      ByteVector entries1 = ByteVector.fromArray(BYTES_512, table, row * TABLE_BYTES + 64);
      ByteVector codes0 = ByteVector.fromMemorySegment(BYTES_512, codes, offset + (long) row * LANES, ORDER);
      ByteVector codes1 = ByteVector.fromMemorySegment(BYTES_512, codes, offset + (long) row * LANES + 64, ORDER);
      ShortVector pairs = codes0.and(nibble)
          .or(low)
          .selectFrom(entries0) //
          .add(codes0.reinterpretAsShorts()
              .lanewise(VectorOperators.LSHR, 4)
              .reinterpretAsBytes()
              .and(nibble)
              .or(high)
              .selectFrom(entries0)) //
          .add(codes1.and(nibble).or(low).selectFrom(entries1)) //
          .add(codes1.reinterpretAsShorts()
              .lanewise(VectorOperators.LSHR, 4)
              .reinterpretAsBytes()
              .and(nibble)
              .or(high)
              .selectFrom(entries1))
          .reinterpretAsShorts();
      even = even.add(pairs.and(evenBytes));
      odd = odd.add(pairs.lanewise(VectorOperators.LSHR, 8));
    }
    ShortVector evens = ((ShortVector) even.reinterpretShape(SHORTS_256, 0))
        .add(even.reinterpretShape(SHORTS_256, 1));
    IntVector total0 = (IntVector) evens.convertShape(VectorOperators.S2I, INTS_512, 0);
    ShortVector odds = ((ShortVector) odd.reinterpretShape(SHORTS_256, 0)).add(odd.reinterpretShape(SHORTS_256, 1));
    IntVector total16 = (IntVector) odds.convertShape(VectorOperators.S2I, INTS_512, 0);
    if (from > 0) {
      total0 = total0.add(IntVector.fromArray(INTS_512, sums, 0));
      total16 = total16.add(IntVector.fromArray(INTS_512, sums, 16));
    }
    total0.intoArray(sums, 0);
    total16.intoArray(sums, 16);
  }

  private static void fine512(MemorySegment codes, long offset, int from, int to, byte[] table, int[] sums) {
    ByteVector nibble = ByteVector.broadcast(BYTES_512, (byte) 15);
    ByteVector low = ByteVector.fromArray(BYTES_512, TABLE_OF_LANE, 0);
    ByteVector high = low.or((byte) 16);
    ShortVector evenBytes = ShortVector.broadcast(SHORTS_512, (short) 255);
    ShortVector even = ShortVector.zero(SHORTS_512);
    ShortVector odd = even;
    for (int row = from; row < to; row += 2) {
      ByteVector entries = ByteVector.fromArray(BYTES_512, table, row * TABLE_BYTES);
      ByteVector code = ByteVector.fromMemorySegment(BYTES_512, codes, offset + (long) row * LANES, ORDER);
      ShortVector lows = code.and(nibble).or(low).selectFrom(entries).reinterpretAsShorts();
      ShortVector highs = code.reinterpretAsShorts()
          .lanewise(VectorOperators.LSHR, 4)
          .reinterpretAsBytes()
          .and(nibble)
          .or(high)
          .selectFrom(entries)
          .reinterpretAsShorts();
      even = even.add(lows.and(evenBytes)).add(highs.and(evenBytes));
      odd = odd.add(lows.lanewise(VectorOperators.LSHR, 8)).add(highs.lanewise(VectorOperators.LSHR, 8));
    }
    ShortVector evens = ((ShortVector) even.reinterpretShape(SHORTS_256, 0))
        .add(even.reinterpretShape(SHORTS_256, 1));
    IntVector total0 = (IntVector) evens.convertShape(VectorOperators.S2I, INTS_512, 0);
    ShortVector odds = ((ShortVector) odd.reinterpretShape(SHORTS_256, 0)).add(odd.reinterpretShape(SHORTS_256, 1));
    IntVector total16 = (IntVector) odds.convertShape(VectorOperators.S2I, INTS_512, 0);
    if (from > 0) {
      total0 = total0.add(IntVector.fromArray(INTS_512, sums, 0));
      total16 = total16.add(IntVector.fromArray(INTS_512, sums, 16));
    }
    total0.intoArray(sums, 0);
    total16.intoArray(sums, 16);
  }

  private static final byte[] TABLE_OF_LANE = tableOfLane();

  private static byte[] tableOfLane() {
    byte[] tables = new byte[2 * LANES];
    for (int i = LANES; i < 2 * LANES; i++) {
      tables[i] = TABLE_BYTES;
    }
    return tables;
  }

  @Override
  public int estimate(MemorySegment factors, long bases, long multipliers, int[] sums, float scale, float shift,
      float bound, float[] estimates) {
    int above = 0;
    for (int lane = 0; lane < LANES; lane += FLOATS.length()) {
      long at = (long) lane * Float.BYTES;
      FloatVector base = FloatVector.fromMemorySegment(FLOATS, factors, bases + at, ORDER);
      FloatVector factor = FloatVector.fromMemorySegment(FLOATS, factors, multipliers + at, ORDER);
      FloatVector sum = (FloatVector) IntVector.fromArray(INTS, sums, lane)
          .convertShape(VectorOperators.I2F, FLOATS, 0);
      FloatVector estimate = sum.mul(scale).add(shift).mul(factor).add(base);
      estimate.intoArray(estimates, lane);
      above |= (int) estimate.compare(VectorOperators.GT, bound).toLong() << lane;
    }
    return above;
  }

  @Override
  public float dot(float[] a, float[] b, int offset) {
    return switch (FLOATS.length()) {
      case 16 -> dot16(a, b, offset);
      case 8 -> dot8(a, b, offset);
      default -> dot4(a, b, offset);
    };
  }

  @Override
  public float dot(float[] a, MemorySegment b, long offset) {
    return FLOATS.length() >= FLOATS_256.length() ? dot8(a, b, offset) : dot4(a, b, offset);
  }

  @Override
  public void butterflies(float[] v, int from, int to, int step) {
    if (step % FLOATS.length() != 0) {
      Kernel.super.butterflies(v, from, to, step);
      return;
    }
    for (int start = from; start < to; start += 2 * step) {
      for (int i = start; i < start + step; i += FLOATS.length()) {
        FloatVector a = FloatVector.fromArray(FLOATS, v, i);
        FloatVector b = FloatVector.fromArray(FLOATS, v, i + step);
        a.add(b).intoArray(v, i);
        a.sub(b).intoArray(v, i + step);
      }
    }
  }

  @Override
  public float dotBytes(float[] a, MemorySegment b, long offset) {
    return FLOATS.length() >= 8 ? dotBytes8(a, b, offset) : dotBytes4(a, b, offset);
  }

  private static float dotBytes8(float[] a, MemorySegment b, long offset) {
    FloatVector sum0 = FloatVector.zero(FLOATS_256);
    FloatVector sum8 = sum0;
    FloatVector sum16 = sum0;
    FloatVector sum24 = sum0;
    int i = 0;
    for (; i + 32 <= a.length; i += 32) {
      sum0 = sum0.add(FloatVector.fromArray(FLOATS_256, a, i)
          .mul(bytes(b, offset + i).convertShape(VectorOperators.B2F, FLOATS_256, 0)));
      sum8 = sum8.add(FloatVector.fromArray(FLOATS_256, a, i + 8)
          .mul(bytes(b, offset + i + 8).convertShape(VectorOperators.B2F, FLOATS_256, 0)));
      sum16 = sum16.add(FloatVector.fromArray(FLOATS_256, a, i + 16)
          .mul(bytes(b, offset + i + 16).convertShape(VectorOperators.B2F, FLOATS_256, 0)));
      sum24 = sum24.add(FloatVector.fromArray(FLOATS_256, a, i + 24)
          .mul(bytes(b, offset + i + 24).convertShape(VectorOperators.B2F, FLOATS_256, 0)));
    }
    FloatVector sum = sum0.add(sum16).add(sum8.add(sum24));
    FloatVector four = ((FloatVector) sum.reinterpretShape(FLOATS_128, 0))
        .add((FloatVector) sum.reinterpretShape(FLOATS_128, 1));
    return ScalarKernel.bytesTail(a, b, offset, i, (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3)));
  }

  private static float dotBytes4(float[] a, MemorySegment b, long offset) {
    FloatVector sum0 = FloatVector.zero(FLOATS_128);
    FloatVector sum4 = sum0;
    FloatVector sum8 = sum0;
    FloatVector sum12 = sum0;
    FloatVector sum16 = sum0;
    FloatVector sum20 = sum0;
    FloatVector sum24 = sum0;
    FloatVector sum28 = sum0;
    int i = 0;
    for (; i + 32 <= a.length; i += 32) {
      ByteVector b0 = bytes(b, offset + i);
      sum0 = sum0.add(FloatVector.fromArray(FLOATS_128, a, i).mul(b0.convertShape(VectorOperators.B2F, FLOATS_128, 0)));
      sum4 = sum4
          .add(FloatVector.fromArray(FLOATS_128, a, i + 4).mul(b0.convertShape(VectorOperators.B2F, FLOATS_128, 1)));
      ByteVector b8 = bytes(b, offset + i + 8);
      sum8 = sum8
          .add(FloatVector.fromArray(FLOATS_128, a, i + 8).mul(b8.convertShape(VectorOperators.B2F, FLOATS_128, 0)));
      sum12 = sum12
          .add(FloatVector.fromArray(FLOATS_128, a, i + 12).mul(b8.convertShape(VectorOperators.B2F, FLOATS_128, 1)));
      ByteVector b16 = bytes(b, offset + i + 16);
      sum16 = sum16
          .add(FloatVector.fromArray(FLOATS_128, a, i + 16).mul(b16.convertShape(VectorOperators.B2F, FLOATS_128, 0)));
      sum20 = sum20
          .add(FloatVector.fromArray(FLOATS_128, a, i + 20).mul(b16.convertShape(VectorOperators.B2F, FLOATS_128, 1)));
      ByteVector b24 = bytes(b, offset + i + 24);
      sum24 = sum24
          .add(FloatVector.fromArray(FLOATS_128, a, i + 24).mul(b24.convertShape(VectorOperators.B2F, FLOATS_128, 0)));
      sum28 = sum28
          .add(FloatVector.fromArray(FLOATS_128, a, i + 28).mul(b24.convertShape(VectorOperators.B2F, FLOATS_128, 1)));
    }
    FloatVector first = sum0.add(sum16).add(sum8.add(sum24));
    FloatVector four = first.add(sum4.add(sum20).add(sum12.add(sum28)));
    return ScalarKernel.bytesTail(a, b, offset, i, (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3)));
  }

  private static ByteVector bytes(MemorySegment memory, long at) {
    return ByteVector.fromMemorySegment(BYTES_64, memory, at, ORDER);
  }

  private static float dot16(float[] a, float[] b, int offset) {
    FloatVector sum0 = FloatVector.zero(FLOATS_512);
    FloatVector sum16 = sum0;
    int i = 0;
    for (; i + 32 <= a.length; i += 32) {
      sum0 = sum0.add(FloatVector.fromArray(FLOATS_512, a, i).mul(FloatVector.fromArray(FLOATS_512, b, offset + i)));
      sum16 = sum16
          .add(FloatVector.fromArray(FLOATS_512, a, i + 16).mul(FloatVector.fromArray(FLOATS_512, b, offset + i + 16)));
    }
    FloatVector both = sum0.add(sum16);
    FloatVector sum = ((FloatVector) both.reinterpretShape(FLOATS_256, 0))
        .add((FloatVector) both.reinterpretShape(FLOATS_256, 1));
    FloatVector four = ((FloatVector) sum.reinterpretShape(FLOATS_128, 0))
        .add((FloatVector) sum.reinterpretShape(FLOATS_128, 1));
    return ScalarKernel.tail(a, b, offset, i, (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3)));
  }

  private static float dot8(float[] a, float[] b, int offset) {
    FloatVector sum0 = FloatVector.zero(FLOATS_256);
    FloatVector sum8 = sum0;
    FloatVector sum16 = sum0;
    FloatVector sum24 = sum0;
    int i = 0;
    for (; i + 32 <= a.length; i += 32) {
      sum0 = sum0.add(FloatVector.fromArray(FLOATS_256, a, i).mul(FloatVector.fromArray(FLOATS_256, b, offset + i)));
      sum8 = sum8
          .add(FloatVector.fromArray(FLOATS_256, a, i + 8).mul(FloatVector.fromArray(FLOATS_256, b, offset + i + 8)));
      sum16 = sum16
          .add(FloatVector.fromArray(FLOATS_256, a, i + 16).mul(FloatVector.fromArray(FLOATS_256, b, offset + i + 16)));
      sum24 = sum24
          .add(FloatVector.fromArray(FLOATS_256, a, i + 24).mul(FloatVector.fromArray(FLOATS_256, b, offset + i + 24)));
    }
    FloatVector sum = sum0.add(sum16).add(sum8.add(sum24));
    FloatVector four = ((FloatVector) sum.reinterpretShape(FLOATS_128, 0))
        .add((FloatVector) sum.reinterpretShape(FLOATS_128, 1));
    return ScalarKernel.tail(a, b, offset, i, (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3)));
  }

  private static float dot8(float[] a, MemorySegment b, long offset) {
    FloatVector sum0 = FloatVector.zero(FLOATS_256);
    FloatVector sum8 = sum0;
    FloatVector sum16 = sum0;
    FloatVector sum24 = sum0;
    int i = 0;
    long at = offset;
    for (; i + 32 <= a.length; i += 32) {
      sum0 = sum0.add(
          FloatVector.fromArray(FLOATS_256, a, i).mul(FloatVector.fromMemorySegment(FLOATS_256, b, at, ORDER)));
      sum8 = sum8.add(FloatVector.fromArray(FLOATS_256, a, i + 8)
          .mul(FloatVector.fromMemorySegment(FLOATS_256, b, at + 32, ORDER)));
      sum16 = sum16.add(FloatVector.fromArray(FLOATS_256, a, i + 16)
          .mul(FloatVector.fromMemorySegment(FLOATS_256, b, at + 64, ORDER)));
      sum24 = sum24.add(FloatVector.fromArray(FLOATS_256, a, i + 24)
          .mul(FloatVector.fromMemorySegment(FLOATS_256, b, at + 96, ORDER)));
      at += 128;
    }
    FloatVector sum = sum0.add(sum16).add(sum8.add(sum24));
    FloatVector four = ((FloatVector) sum.reinterpretShape(FLOATS_128, 0))
        .add((FloatVector) sum.reinterpretShape(FLOATS_128, 1));
    return ScalarKernel.tail(a, b, at, i, (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3)));
  }

  private static float dot4(float[] a, MemorySegment b, long offset) {
    FloatVector sum0 = FloatVector.zero(FLOATS_128);
    FloatVector sum4 = sum0;
    FloatVector sum8 = sum0;
    FloatVector sum12 = sum0;
    FloatVector sum16 = sum0;
    FloatVector sum20 = sum0;
    FloatVector sum24 = sum0;
    FloatVector sum28 = sum0;
    int i = 0;
    long at = offset;
    for (; i + 32 <= a.length; i += 32) {
      sum0 = sum0.add(FloatVector.fromArray(FLOATS_128, a, i)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at, ORDER)));
      sum4 = sum4.add(FloatVector.fromArray(FLOATS_128, a, i + 4)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at + 16, ORDER)));
      sum8 = sum8.add(FloatVector.fromArray(FLOATS_128, a, i + 8)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at + 32, ORDER)));
      sum12 = sum12.add(FloatVector.fromArray(FLOATS_128, a, i + 12)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at + 48, ORDER)));
      sum16 = sum16.add(FloatVector.fromArray(FLOATS_128, a, i + 16)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at + 64, ORDER)));
      sum20 = sum20.add(FloatVector.fromArray(FLOATS_128, a, i + 20)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at + 80, ORDER)));
      sum24 = sum24.add(FloatVector.fromArray(FLOATS_128, a, i + 24)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at + 96, ORDER)));
      sum28 = sum28.add(FloatVector.fromArray(FLOATS_128, a, i + 28)
          .mul(FloatVector.fromMemorySegment(FLOATS_128, b, at + 112, ORDER)));
      at += 128;
    }
    FloatVector first = sum0.add(sum16).add(sum8.add(sum24));
    FloatVector second = sum4.add(sum20).add(sum12.add(sum28));
    FloatVector four = first.add(second);
    return ScalarKernel.tail(a, b, at, i, (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3)));
  }

  private static float dot4(float[] a, float[] b, int offset) {
    FloatVector sum0 = FloatVector.zero(FLOATS_128);
    FloatVector sum4 = sum0;
    FloatVector sum8 = sum0;
    FloatVector sum12 = sum0;
    FloatVector sum16 = sum0;
    FloatVector sum20 = sum0;
    FloatVector sum24 = sum0;
    FloatVector sum28 = sum0;
    int i = 0;
    for (; i + 32 <= a.length; i += 32) {
      sum0 = sum0.add(FloatVector.fromArray(FLOATS_128, a, i).mul(FloatVector.fromArray(FLOATS_128, b, offset + i)));
      sum4 = sum4
          .add(FloatVector.fromArray(FLOATS_128, a, i + 4).mul(FloatVector.fromArray(FLOATS_128, b, offset + i + 4)));
      sum8 = sum8
          .add(FloatVector.fromArray(FLOATS_128, a, i + 8).mul(FloatVector.fromArray(FLOATS_128, b, offset + i + 8)));
      sum12 = sum12
          .add(FloatVector.fromArray(FLOATS_128, a, i + 12).mul(FloatVector.fromArray(FLOATS_128, b, offset + i + 12)));
      sum16 = sum16
          .add(FloatVector.fromArray(FLOATS_128, a, i + 16).mul(FloatVector.fromArray(FLOATS_128, b, offset + i + 16)));
      sum20 = sum20
          .add(FloatVector.fromArray(FLOATS_128, a, i + 20).mul(FloatVector.fromArray(FLOATS_128, b, offset + i + 20)));
      sum24 = sum24
          .add(FloatVector.fromArray(FLOATS_128, a, i + 24).mul(FloatVector.fromArray(FLOATS_128, b, offset + i + 24)));
      sum28 = sum28
          .add(FloatVector.fromArray(FLOATS_128, a, i + 28).mul(FloatVector.fromArray(FLOATS_128, b, offset + i + 28)));
    }
    FloatVector first = sum0.add(sum16).add(sum8.add(sum24));
    FloatVector second = sum4.add(sum20).add(sum12.add(sum28));
    FloatVector four = first.add(second);
    return ScalarKernel.tail(a, b, offset, i, (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3)));
  }

  @Override
  public void addProducts(float[] x, int from, int rows, float[] matrix, int offset, int columns, float[] out,
      int outOffset) {
    int lanes = FLOATS.length();
    int j = 0;
    for (; j + 8 * lanes <= columns; j += 8 * lanes) {
      addEight(x, from, rows, matrix, offset + j, columns, out, outOffset + j);
    }
    for (; j + lanes <= columns; j += lanes) {
      FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset + j);
      int at = offset + j;
      for (int i = 0; i < rows; i++) {
        sum = sum.add(FloatVector.fromArray(FLOATS, matrix, at).mul(x[from + i]));
        at += columns;
      }
      sum.intoArray(out, outOffset + j);
    }
    ScalarKernel.addProducts(x, from, rows, matrix, offset, columns, out, outOffset, j);
  }

  /** Strips of two registers of columns, which stay in the first cache, times four vectors at a time. */
  @Override
  public void addProducts(float[][] xs, int count, int from, int rows, float[] matrix, int offset, int columns,
      float[][] outs, int outOffset) {
    int fours = count & -4;
    if (fours > 0) {
      addFours(xs, fours, from, rows, matrix, offset, columns, outs, outOffset);
    }
    for (int v = fours; v < count; v++) {
      addProducts(xs[v], from, rows, matrix, offset, columns, outs[v], outOffset);
    }
  }

  private static void addFours(float[][] xs, int count, int from, int rows, float[] matrix, int offset, int columns,
      float[][] outs, int outOffset) {
    int lanes = FLOATS.length();
    int width = 2 * lanes;
    float[] strip = new float[rows * width];
    int j = 0;
    for (; j + width <= columns; j += width) {
      // Copied, as rows of a power of two would drive each other out of the cache; by register, as a call for each row takes longer.
      for (int i = 0; i < rows; i++) {
        int at = offset + i * columns + j;
        FloatVector.fromArray(FLOATS, matrix, at).intoArray(strip, i * width);
        FloatVector.fromArray(FLOATS, matrix, at + lanes).intoArray(strip, i * width + lanes);
      }
      for (int v = 0; v < count; v += 4) {
        addFour(xs, v, from, rows, strip, outs, outOffset + j);
      }
    }
    for (int v = 0; v < count; v++) {
      ScalarKernel.addProducts(xs[v], from, rows, matrix, offset, columns, outs[v], outOffset, j);
    }
  }

  private static void addFour(float[][] xs, int v, int from, int rows, float[] strip, float[][] outs, int outOffset) {
    int lanes = FLOATS.length();
    int next = outOffset + lanes;
    float[] x0 = xs[v];
    float[] x1 = xs[v + 1];
    float[] x2 = xs[v + 2];
    float[] x3 = xs[v + 3];
    FloatVector sum00 = FloatVector.fromArray(FLOATS, outs[v], outOffset);
    FloatVector sum01 = FloatVector.fromArray(FLOATS, outs[v], next);
    FloatVector sum10 = FloatVector.fromArray(FLOATS, outs[v + 1], outOffset);
    FloatVector sum11 = FloatVector.fromArray(FLOATS, outs[v + 1], next);
    FloatVector sum20 = FloatVector.fromArray(FLOATS, outs[v + 2], outOffset);
    FloatVector sum21 = FloatVector.fromArray(FLOATS, outs[v + 2], next);
    FloatVector sum30 = FloatVector.fromArray(FLOATS, outs[v + 3], outOffset);
    FloatVector sum31 = FloatVector.fromArray(FLOATS, outs[v + 3], next);
    int at = 0;
    for (int i = from; i < from + rows; i++) {
      FloatVector first = FloatVector.fromArray(FLOATS, strip, at);
      FloatVector second = FloatVector.fromArray(FLOATS, strip, at + lanes);
      sum00 = sum00.add(first.mul(x0[i]));
      sum01 = sum01.add(second.mul(x0[i]));
      sum10 = sum10.add(first.mul(x1[i]));
      sum11 = sum11.add(second.mul(x1[i]));
      sum20 = sum20.add(first.mul(x2[i]));
      sum21 = sum21.add(second.mul(x2[i]));
      sum30 = sum30.add(first.mul(x3[i]));
      sum31 = sum31.add(second.mul(x3[i]));
      at += 2 * lanes;
    }
    sum00.intoArray(outs[v], outOffset);
    sum01.intoArray(outs[v], next);
    sum10.intoArray(outs[v + 1], outOffset);
    sum11.intoArray(outs[v + 1], next);
    sum20.intoArray(outs[v + 2], outOffset);
    sum21.intoArray(outs[v + 2], next);
    sum30.intoArray(outs[v + 3], outOffset);
    sum31.intoArray(outs[v + 3], next);
  }

  /** Eight registers of columns: as many sums on their way as an addition takes cycles. */
  private static void addEight(float[] x, int from, int rows, float[] matrix, int offset, int columns, float[] out,
      int outOffset) {
    int lanes = FLOATS.length();
    FloatVector sum0 = FloatVector.fromArray(FLOATS, out, outOffset);
    FloatVector sum1 = FloatVector.fromArray(FLOATS, out, outOffset + lanes);
    FloatVector sum2 = FloatVector.fromArray(FLOATS, out, outOffset + 2 * lanes);
    FloatVector sum3 = FloatVector.fromArray(FLOATS, out, outOffset + 3 * lanes);
    FloatVector sum4 = FloatVector.fromArray(FLOATS, out, outOffset + 4 * lanes);
    FloatVector sum5 = FloatVector.fromArray(FLOATS, out, outOffset + 5 * lanes);
    FloatVector sum6 = FloatVector.fromArray(FLOATS, out, outOffset + 6 * lanes);
    FloatVector sum7 = FloatVector.fromArray(FLOATS, out, outOffset + 7 * lanes);
    int at = offset;
    for (int i = 0; i < rows; i++) {
      FloatVector factor = FloatVector.broadcast(FLOATS, x[from + i]);
      sum0 = sum0.add(FloatVector.fromArray(FLOATS, matrix, at).mul(factor));
      sum1 = sum1.add(FloatVector.fromArray(FLOATS, matrix, at + lanes).mul(factor));
      sum2 = sum2.add(FloatVector.fromArray(FLOATS, matrix, at + 2 * lanes).mul(factor));
      sum3 = sum3.add(FloatVector.fromArray(FLOATS, matrix, at + 3 * lanes).mul(factor));
      sum4 = sum4.add(FloatVector.fromArray(FLOATS, matrix, at + 4 * lanes).mul(factor));
      sum5 = sum5.add(FloatVector.fromArray(FLOATS, matrix, at + 5 * lanes).mul(factor));
      sum6 = sum6.add(FloatVector.fromArray(FLOATS, matrix, at + 6 * lanes).mul(factor));
      sum7 = sum7.add(FloatVector.fromArray(FLOATS, matrix, at + 7 * lanes).mul(factor));
      at += columns;
    }
    sum0.intoArray(out, outOffset);
    sum1.intoArray(out, outOffset + lanes);
    sum2.intoArray(out, outOffset + 2 * lanes);
    sum3.intoArray(out, outOffset + 3 * lanes);
    sum4.intoArray(out, outOffset + 4 * lanes);
    sum5.intoArray(out, outOffset + 5 * lanes);
    sum6.intoArray(out, outOffset + 6 * lanes);
    sum7.intoArray(out, outOffset + 7 * lanes);
  }

  @Override
  public void nearest(float[] x, int length, float[] centroids, int offset, int first, int count, float[] best,
      float[] nearest) {
    for (int lane = 0; lane < GROUP; lane += FLOATS.length()) {
      if (length == USUAL_LENGTH) {
        nearestOfFour(x, centroids, offset, first, count, best, nearest, lane);
      } else {
        nearest(x, length, centroids, offset, first, count, best, nearest, lane);
      }
    }
  }

  /** The sub-vectors of a register; numbers are kept as floats, so that one mask serves both. */
  private static void nearest(float[] x, int length, float[] centroids, int offset, int first, int count,
      float[] bests, float[] numbers, int lane) {
    FloatVector best = FloatVector.fromArray(FLOATS, bests, lane);
    FloatVector nearest = FloatVector.fromArray(FLOATS, numbers, lane);
    FloatVector number = FloatVector.broadcast(FLOATS, first);
    int centroid = offset + lane;
    for (int c = 0; c < count; c++) {
      FloatVector sum = FloatVector.fromArray(FLOATS, centroids, centroid).neg();
      centroid += GROUP;
      for (int i = 0; i < length; i++) {
        FloatVector coordinate = FloatVector.fromArray(FLOATS, x, lane + i * GROUP);
        sum = sum.add(coordinate.mul(FloatVector.fromArray(FLOATS, centroids, centroid)));
        centroid += GROUP;
      }
      VectorMask<Float> nearer = sum.compare(VectorOperators.GT, best);
      best = best.blend(sum, nearer);
      nearest = nearest.blend(number, nearer);
      number = number.add(1);
    }
    best.intoArray(bests, lane);
    nearest.intoArray(numbers, lane);
  }

  /** The same for sub-vectors of four coordinates, without a loop over these, which would take half of the time. */
  private static void nearestOfFour(float[] x, float[] centroids, int offset, int first, int count, float[] bests,
      float[] numbers, int lane) {
    FloatVector x0 = FloatVector.fromArray(FLOATS, x, lane);
    FloatVector x1 = FloatVector.fromArray(FLOATS, x, lane + GROUP);
    FloatVector x2 = FloatVector.fromArray(FLOATS, x, lane + 2 * GROUP);
    FloatVector x3 = FloatVector.fromArray(FLOATS, x, lane + 3 * GROUP);
    FloatVector best = FloatVector.fromArray(FLOATS, bests, lane);
    FloatVector nearest = FloatVector.fromArray(FLOATS, numbers, lane);
    FloatVector number = FloatVector.broadcast(FLOATS, first);
    int centroid = offset + lane;
    for (int c = 0; c < count; c++) {
      FloatVector sum = FloatVector.fromArray(FLOATS, centroids, centroid)
          .neg()
          .add(x0.mul(FloatVector.fromArray(FLOATS, centroids, centroid + GROUP)))
          .add(x1.mul(FloatVector.fromArray(FLOATS, centroids, centroid + 2 * GROUP)))
          .add(x2.mul(FloatVector.fromArray(FLOATS, centroids, centroid + 3 * GROUP)))
          .add(x3.mul(FloatVector.fromArray(FLOATS, centroids, centroid + 4 * GROUP)));
      VectorMask<Float> nearer = sum.compare(VectorOperators.GT, best);
      best = best.blend(sum, nearer);
      nearest = nearest.blend(number, nearer);
      number = number.add(1);
      centroid += 5 * GROUP;
    }
    best.intoArray(bests, lane);
    nearest.intoArray(numbers, lane);
  }

  /** First the value, for which not numbers are no candidates, then its first place. */
  @Override
  public int largest(float[] values, int count) {
    int lanes = FLOATS.length();
    FloatVector best = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < count; i += lanes) {
      FloatVector next = FloatVector.fromArray(FLOATS, values, i);
      best = best.blend(next, next.compare(VectorOperators.GT, best));
    }
    float largest = best.reduceLanes(VectorOperators.MAX);
    for (int i = 0; i < count && largest > Float.NEGATIVE_INFINITY; i += lanes) {
      long equal = FloatVector.fromArray(FLOATS, values, i).compare(VectorOperators.EQ, largest).toLong();
      if (equal != 0) {
        return i + Long.numberOfTrailingZeros(equal);
      }
    }
    return 0;
  }

  @Override
  public int panel() {
    return 2 * PANEL_LANES;
  }

  @Override
  public void widen(MemorySegment bytes, long offset, int count, float[] floats) {
    int i = 0;
    for (; i + 8 <= count; i += 8) {
      ByteVector eight = ByteVector.fromMemorySegment(BYTES_64, bytes, offset + i, ORDER);
      for (int part = 0; part < 8 / PANEL_LANES; part++) {
        FloatVector wide = (FloatVector) eight.convertShape(VectorOperators.B2F, PANEL_FLOATS, part);
        wide.intoArray(floats, i + part * PANEL_LANES);
      }
    }
    for (; i < count; i++) {
      floats[i] = bytes.get(ValueLayout.JAVA_BYTE, offset + i);
    }
  }

  /** Four rows at a time; the last four may have been seen before, which changes no maximum. */
  @Override
  public void maxProducts(float[] queries, int dimension, float[] rows, int count, float[] factors, float[] best) {
    if (count < 4) {
      ScalarKernel.maxProducts(queries, panel(), dimension, rows, count, factors, best);
      return;
    }
    for (int row = 0; row + 4 <= count; row += 4) {
      fourRows(queries, dimension, rows, row, factors, best);
    }
    if ((count & 3) != 0) {
      fourRows(queries, dimension, rows, count - 4, factors, best);
    }
  }

  /** As many sums as the compiler keeps in registers. */
  private static void fourRows(float[] queries, int dimension, float[] rows, int row, float[] factors, float[] best) {
    FloatVector a0 = FloatVector.zero(PANEL_FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    int a = row * dimension;
    int b = a + dimension;
    int c = b + dimension;
    int d = c + dimension;
    for (int i = 0; i < dimension; i++) {
      FloatVector q0 = FloatVector.fromArray(PANEL_FLOATS, queries, i * 2 * PANEL_LANES);
      FloatVector q1 = FloatVector.fromArray(PANEL_FLOATS, queries, i * 2 * PANEL_LANES + PANEL_LANES);
      FloatVector x = FloatVector.broadcast(PANEL_FLOATS, rows[a + i]);
      a0 = x.fma(q0, a0);
      a1 = x.fma(q1, a1);
      x = FloatVector.broadcast(PANEL_FLOATS, rows[b + i]);
      b0 = x.fma(q0, b0);
      b1 = x.fma(q1, b1);
      x = FloatVector.broadcast(PANEL_FLOATS, rows[c + i]);
      c0 = x.fma(q0, c0);
      c1 = x.fma(q1, c1);
      x = FloatVector.broadcast(PANEL_FLOATS, rows[d + i]);
      d0 = x.fma(q0, d0);
      d1 = x.fma(q1, d1);
    }
    FloatVector highest0 = a0.mul(factors[row])
        .max(b0.mul(factors[row + 1]))
        .max(c0.mul(factors[row + 2]))
        .max(d0.mul(factors[row + 3]));
    FloatVector.fromArray(PANEL_FLOATS, best, 0).max(highest0).intoArray(best, 0);
    FloatVector highest1 = a1.mul(factors[row])
        .max(b1.mul(factors[row + 1]))
        .max(c1.mul(factors[row + 2]))
        .max(d1.mul(factors[row + 3]));
    FloatVector.fromArray(PANEL_FLOATS, best, PANEL_LANES).max(highest1).intoArray(best, PANEL_LANES);
  }
}
