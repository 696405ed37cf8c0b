package dev.embedding.plugin.mapper;

import java.util.Arrays;

import dev.embedding.multivector.TokenVectors;

/** The vectors of a query, which is parsed before it is known which field it is for. */
public final class QueryVectors {
  /** The dimension of vectors that came as base64: the field's, as it turns out. */
  public static final int UNKNOWN = 0;

  /** The most vectors of a query. */
  public static final int MAX_COUNT = 512;

  private final float[] numbers;
  private final int dimension;

  /**
   * Checks what can be checked without the field.
   *
   * @param numbers of the vectors, one after the other; not copied
   * @param dimension of each vector, or {@link #UNKNOWN}
   */
  public QueryVectors(float[] numbers, int dimension) {
    if (dimension < 0 || dimension > VectorParser.MAX_DIMENSION) {
      throw new IllegalArgumentException(
          "vectors must have 1 to " + VectorParser.MAX_DIMENSION + " numbers, got " + dimension);
    }
    if (numbers.length == 0 || numbers.length > TokenVectors.MAX_VALUES) {
      throw new IllegalArgumentException(
          "must have 1 to " + TokenVectors.MAX_VALUES + " numbers in all vectors, got " + numbers.length);
    }
    if (dimension == UNKNOWN) {
      VectorParser.checkFinite(numbers);
    } else {
      MultiVectorParser.checkBlock(numbers, dimension, MAX_COUNT);
    }
    this.numbers = numbers;
    this.dimension = dimension;
  }

  public float[] numbers() {
    return numbers;
  }

  public int dimension() {
    return dimension;
  }

  /** These as vectors of a field. */
  TokenVectors ofDimension(String field, int fieldDimension) {
    if (dimension != UNKNOWN && dimension != fieldDimension) {
      throw new IllegalArgumentException(
          "field [" + field + "] takes vectors of dimension " + fieldDimension + ", got " + dimension);
    }
    if (dimension == UNKNOWN) {
      try {
        MultiVectorParser.checkBlock(numbers, fieldDimension, MAX_COUNT);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("field [" + field + "]: " + e.getMessage(), e);
      }
    }
    return new TokenVectors(fieldDimension, numbers);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof QueryVectors vectors && dimension == vectors.dimension
        && Arrays.equals(numbers, vectors.numbers);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(numbers) + dimension;
  }
}
