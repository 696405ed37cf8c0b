package dev.embedding.codec.quantization;

/**
 * One, two or four bits for each dimension of a randomly rotated residual: RaBitQ. One bit is the sign, 1/32 of the floats; it needs to be scored again
 * in full precision more deeply than two or four.
 */
record BinaryQuantizer(int bits) implements GridKind {

  static final String NAME = "binary";
  static final int WIRE_NUMBER = 1;

  BinaryQuantizer {
    if (bits != 1 && bits != 2 && bits != 4) {
      throw new IllegalArgumentException("bits of binary quantization must be 1, 2 or 4; got " + bits);
    }
  }

  /** @param subvectors must be 0: each dimension is encoded by itself */
  BinaryQuantizer(int bits, int subvectors) {
    this(bits);
    GridKind.requireNone(NAME, subvectors);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int wireNumber() {
    return WIRE_NUMBER;
  }
}
