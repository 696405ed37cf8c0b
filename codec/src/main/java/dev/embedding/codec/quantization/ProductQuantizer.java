package dev.embedding.codec.quantization;

/**
 * Product quantization: the residual is rotated and cut into sub-vectors, and each is replaced by the nearest of 16 or 256 learned centroids (Jégou, Douze and
 * Schmid, "Product quantization for nearest neighbor search", PAMI 2011). Where the dimension is no multiple of their number, sub-vectors differ by one dimension
 * in length. There are at most as many as dimensions, and at least one for each {@value #MAX_LENGTH} of them.
 */
record ProductQuantizer(int bits, int subvectors) implements VectorQuantizer {

  static final String NAME = "product";
  static final int WIRE_NUMBER = 3;

  private static final int MAX_LENGTH = 64;

  /** Fewer vectors are all scored in full precision, which takes about as long as a search, and saves learning. */
  private static final int LEAST_SAMPLE = 2_048;

  ProductQuantizer {
    if (bits != 4 && bits != 8) {
      throw new IllegalArgumentException("bits of product quantization must be 4 or 8; got " + bits);
    }
    if (subvectors < 1) {
      throw new IllegalArgumentException("subvectors of product quantization must be at least 1; got " + subvectors);
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
  public int planes() {
    return bits / 4;
  }

  @Override
  public int planeBytes(int dimension) {
    return (split(dimension).parts() + 1) / 2;
  }

  /** How vectors are cut into sub-vectors. */
  Split split(int dimension) {
    return new Split(dimension, Math.clamp(subvectors, (dimension + MAX_LENGTH - 1) / MAX_LENGTH, dimension));
  }

  int centroids() {
    return 1 << bits;
  }

  @Override
  public long learnedFloats(int dimension) {
    return BlockRotation.floats(split(dimension)) + (long) centroids() * dimension;
  }

  @Override
  public long learningBytes(int dimension) {
    return learnedFloats(dimension) * Float.BYTES + BlockRotation.learningBytes(split(dimension));
  }

  @Override
  public int leastSample() {
    return LEAST_SAMPLE;
  }

  @Override
  public int enoughSample() {
    return bits == 4 ? 8_192 : 16_384;
  }

  @Override
  public TrainedQuantizer learn(float[][] residuals, int dimension) {
    return TrainedProduct.learn(this, residuals, dimension);
  }

  @Override
  public TrainedQuantizer restore(int dimension, float[] learned) {
    return new TrainedProduct(this, dimension, learned);
  }
}
