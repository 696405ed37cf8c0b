package dev.embedding.codec.quantization;

/** Eight bits for each dimension, 1/4 of the floats. Its error is so small that a rotation before rounding would buy nothing. */
record ScalarQuantizer(int bits) implements VectorQuantizer {

  static final String NAME = "scalar";
  static final int WIRE_NUMBER = 2;

  ScalarQuantizer {
    if (bits != 8) {
      throw new IllegalArgumentException("bits of scalar quantization must be 8; got " + bits);
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
    return new GridEncoder(dimension, bits, null);
  }
}
