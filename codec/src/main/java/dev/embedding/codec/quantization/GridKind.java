package dev.embedding.codec.quantization;

/** A kind that rounds each dimension of a rotated residual to evenly spaced levels by itself: a plane for each bit, and nothing to learn. */
interface GridKind extends VectorQuantizer {

  /** For the registry, which makes all kinds alike. */
  static void requireNone(String kind, int subvectors) {
    if (subvectors != 0) {
      throw new IllegalArgumentException(kind + " quantization has no subvectors; got " + subvectors);
    }
  }

  @Override
  default int planes() {
    return bits();
  }

  @Override
  default int planeBytes(int dimension) {
    return GridQuantizer.planeBytes(dimension);
  }

  @Override
  default boolean keepsSigns() {
    return true;
  }

  @Override
  default TrainedQuantizer learn(float[][] residuals, int dimension) {
    return new GridQuantizer(this, dimension);
  }

  @Override
  default TrainedQuantizer restore(int dimension, float[] learned) {
    return new GridQuantizer(this, dimension);
  }
}
