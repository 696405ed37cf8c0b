package dev.embedding.multivector;

import java.util.Arrays;

/**
 * The vectors of one document or query, one after another. MaxSim compares directions: the vectors may have any length, and
 * one that is all zeros is like no other.
 */
public final class TokenVectors {

  /** How many numbers the vectors of one document or query may have together. */
  public static final int MAX_VALUES = 1 << 20;

  private final int dimension;
  private final float[] values;

  /**
   * @param dimension of each vector, at least 1
   * @param values the vectors one after another, finite; not copied, and not to be changed any more
   * @throws IllegalArgumentException if the values are no whole number of vectors, not finite, or more than {@value #MAX_VALUES}
   */
  public TokenVectors(int dimension, float[] values) {
    if (dimension < 1) {
      throw new IllegalArgumentException("the dimension must be at least 1, got " + dimension);
    }
    if (values.length > MAX_VALUES) {
      throw new IllegalArgumentException("the vectors of one document or query may have " + MAX_VALUES
          + " numbers together, got " + values.length);
    }
    if (values.length % dimension != 0) {
      throw new IllegalArgumentException(
          values.length + " numbers are no whole number of vectors of dimension " + dimension);
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "vector " + i / dimension + " has a number that is not finite at " + i % dimension + ": " + values[i]);
      }
    }
    this.dimension = dimension;
    this.values = values;
  }

  /**
   * Copies vectors.
   *
   * @throws IllegalArgumentException if a vector has another dimension, naming its position
   */
  public static TokenVectors of(int dimension, float[]... vectors) {
    float[] values = new float[Math.multiplyExact(vectors.length, dimension)];
    for (int i = 0; i < vectors.length; i++) {
      if (vectors[i].length != dimension) {
        throw new IllegalArgumentException(
            "vector " + i + " has the dimension " + vectors[i].length + " instead of " + dimension);
      }
      System.arraycopy(vectors[i], 0, values, i * dimension, dimension);
    }
    return new TokenVectors(dimension, values);
  }

  public int dimension() {
    return dimension;
  }

  /** How many vectors there are; may be none. */
  public int count() {
    return values.length / dimension;
  }

  /** The vectors one after another; not to be changed. */
  public float[] values() {
    return values;
  }

  /** A copy of one vector. */
  public float[] vector(int index) {
    return Arrays.copyOfRange(values, index * dimension, (index + 1) * dimension);
  }

  /** The first vectors. */
  public TokenVectors first(int count) {
    return count >= count() ? this : new TokenVectors(dimension, Arrays.copyOf(values, count * dimension));
  }

  /** The same directions at length one; zeros stay. */
  public TokenVectors normalized() {
    float[] units = new float[values.length];
    for (int index = 0; index < count(); index++) {
      double scale = scaleToOne(index);
      for (int i = index * dimension; i < (index + 1) * dimension; i++) {
        units[i] = (float) (values[i] * scale);
      }
    }
    return new TokenVectors(dimension, units);
  }

  /** One over the length of a vector, or 0 if it is all zeros. */
  float inverseLength(int index) {
    return (float) scaleToOne(index);
  }

  private double scaleToOne(int index) {
    double squares = 0;
    for (int i = index * dimension; i < (index + 1) * dimension; i++) {
      squares += (double) values[i] * values[i];
    }
    return squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenVectors that && dimension == that.dimension && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * dimension + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return count() + " vectors of dimension " + dimension;
  }
}
