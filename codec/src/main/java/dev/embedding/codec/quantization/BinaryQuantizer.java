package dev.embedding.codec.quantization;

/**
 * One, two or four bits for each dimension of a randomly rotated residual: RaBitQ. One bit is the sign, 1/32 of the floats; it needs to be scored again
 * in full precision more deeply than two or four.
 */
record BinaryQuantizer(int bits) implements VectorQuantizer {

  static final String NAME = "binary";
  static final int WIRE_NUMBER = 1;

  private static final long ROTATION_SEED = 0x5eed0fa11b175L;

  BinaryQuantizer {
    if (bits != 1 && bits != 2 && bits != 4) {
      throw new IllegalArgumentException("bits of binary quantization must be 1, 2 or 4; got " + bits);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int wireNumber() {
    return WIRE_NUMBER;
  }

  @Override
  public Encoder encoder(int dimension) {
    return new GridEncoder(dimension, bits, new Rotation(dimension, ROTATION_SEED));
  }
}
