package dev.embedding.codec.quantization;

/** A query less the mean, and the same randomly rotated: once for all tables that are made of it. Not thread-safe. */
public final class QueryResidual {

  private final float[] coordinates;
  private float[] rotated;

  /** @param coordinates are kept, and not changed */
  public QueryResidual(float[] coordinates) {
    this.coordinates = coordinates;
  }

  /** As they were given. */
  public float[] coordinates() {
    return coordinates;
  }

  /**
   * The same array for all: not to be changed.
   *
   * @param rotation the one of their dimension: all are made from one seed
   */
  float[] rotated(Rotation rotation) {
    if (rotated == null) {
      rotated = coordinates.clone();
      rotation.apply(rotated);
    }
    return rotated;
  }
}
