package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.QueryTable;
import dev.embedding.codec.quantization.VectorQuantizer;

/**
 * Where things are in a block of {@value Kernel#LANES} vectors: ordinals, bases, factors, for codes of several bits the factors of the heaviest plane,
 * then the planes, lightest first, each in rows as {@link Kernel} describes them.
 */
record BlockLayout(int planes, int rows) {

  /** Bytes of one ordinal or float of each vector. */
  static final int COLUMN = Kernel.LANES * Integer.BYTES;

  static final int ORDINALS = 0;
  static final int BASES = COLUMN;
  static final int FACTORS = 2 * COLUMN;

  static BlockLayout of(VectorQuantizer quantizer, int dimension) {
    return new BlockLayout(quantizer.planes(), QueryTable.rows(quantizer.planeBytes(dimension)));
  }

  /** Blocks that hold so many vectors; the last one may be padded. */
  static int blocks(int vectors) {
    return (int) (((long) vectors + Kernel.LANES - 1) / Kernel.LANES);
  }

  int topFactors() {
    return planes == 1 ? FACTORS : 3 * COLUMN;
  }

  int planeBytes() {
    return rows * Kernel.LANES;
  }

  int plane(int plane) {
    return topFactors() + COLUMN + plane * planeBytes();
  }

  int bytes() {
    return plane(planes);
  }
}
