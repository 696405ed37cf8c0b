package dev.embedding.codec.quantization;

/** Eight bits for each dimension, 1/4 of the floats: estimates are so close that little more than the wanted results is scored again in full precision. */
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
  public Transform transform(int dimension) {
    return new Rotation(dimension, Rotation.SEED);
  }

  @Override
  public Encoder encoder(int dimension, Transform transform) {
    return new GridEncoder(dimension, bits, transform);
  }
}
