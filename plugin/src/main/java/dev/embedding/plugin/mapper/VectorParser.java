package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.ArrayUtil;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * Reads and checks the vectors of documents and queries: the only place that does. A vector is an array of numbers, or a
 * base64 string of little-endian float32. Whatever is wrong is an {@link IllegalArgumentException} that names what came
 * and what is allowed.
 */
public final class VectorParser {
  /** The largest dimension of a single vector. */
  public static final int MAX_DIMENSION = 4096;

  /** How far from 1 the squared length of a unit vector may be: what rounding to bfloat16 does, and no more. */
  private static final float UNIT_LENGTH_TOLERANCE = 0.01f;

  private VectorParser() {}

  /**
   * Reads a vector; the parser stands on the value, and afterwards on its last token, also when an exception is thrown,
   * so that a caller may go on behind a bad value.
   *
   * @return 1–{@link #MAX_DIMENSION} finite numbers
   */
  public static float[] read(XContentParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_ARRAY -> readArray(parser);
      case VALUE_STRING -> decode(parser.text());
      default -> throw new IllegalArgumentException(
          "a vector must be an array of numbers or a base64 string of little-endian float32, got "
              + describe(parser.currentToken()));
    };
  }

  private static float[] readArray(XContentParser parser) throws IOException {
    float[] vector = new float[128];
    int length = 0;
    String problem = null;
    for (Token token = parser.nextToken(); token != Token.END_ARRAY; token = parser.nextToken()) {
      if (problem == null) {
        problem = problemWith(parser, token, length);
      }
      if (problem != null) {
        parser.skipChildren();
        continue;
      }
      vector = ArrayUtil.grow(vector, length + 1);
      vector[length++] = parser.floatValue();
    }
    if (problem == null && length == 0) {
      problem = "a vector must have 1 to " + MAX_DIMENSION + " numbers, got none";
    }
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    return ArrayUtil.copyOfSubArray(vector, 0, length);
  }

  private static String problemWith(XContentParser parser, Token token, int index) throws IOException {
    if (token != Token.VALUE_NUMBER) {
      return "a vector must hold numbers only, got " + describe(token) + " at position " + index;
    }
    if (Float.isFinite(parser.floatValue()) == false) {
      return notFinite(parser.text(), index);
    }
    return index == MAX_DIMENSION ? "a vector must have 1 to " + MAX_DIMENSION + " numbers, got more" : null;
  }

  static String notFinite(String value, int index) {
    return "a vector must hold finite float32 numbers, between " + -Float.MAX_VALUE + " and " + Float.MAX_VALUE
        + ", got [" + value + "] at position " + index;
  }

  static String describe(Token token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER -> "a number";
      case VALUE_BOOLEAN -> "a boolean";
      case VALUE_NULL -> "null";
      default -> token.toString();
    };
  }

  /** Decodes a base64 string of little-endian float32. */
  public static float[] decode(String base64) {
    return checkFinite(decode(base64, "a base64 vector", MAX_DIMENSION));
  }

  /**
   * Decodes a base64 string of little-endian float32, whatever numbers they are.
   *
   * @param what it should be, for the message
   * @param most numbers that there may be; one there must be
   */
  static float[] decode(String base64, String what, int most) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a string must be base64 of little-endian float32: " + e.getMessage(), e);
    }
    if (bytes.length == 0 || bytes.length % Float.BYTES != 0 || bytes.length / Float.BYTES > most) {
      throw new IllegalArgumentException(what + " must decode to 4 bytes for each of 1 to " + most + " numbers, got "
          + bytes.length + " bytes");
    }
    float[] numbers = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }

  /** Encodes as {@link #decode} reads. */
  public static String encode(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  /** Checks that every number is finite. */
  public static float[] checkFinite(float[] vector) {
    for (int i = 0; i < vector.length; i++) {
      if (Float.isFinite(vector[i]) == false) {
        throw new IllegalArgumentException(notFinite(Float.toString(vector[i]), i));
      }
    }
    return vector;
  }

  /**
   * Checks that a vector fits a field.
   *
   * @param field the field's full name, for the message
   * @return the vector
   */
  public static float[] check(float[] vector, String field, int dimension, VectorSimilarityFunction similarity) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "field [" + field + "] takes vectors of dimension " + dimension + ", got " + vector.length);
    }
    double squaredLength = squaredLength(vector);
    if (squaredLength > Float.MAX_VALUE) {
      throw new IllegalArgumentException("field [" + field + "] takes vectors whose squared length is at most "
          + Float.MAX_VALUE + ", got a longer one");
    }
    switch (similarity) {
      case COSINE -> checkDirection(squaredLength, field);
      case DOT_PRODUCT -> checkUnitLength(squaredLength, field);
      case EUCLIDEAN, MAXIMUM_INNER_PRODUCT -> {
      }
    }
    return vector;
  }

  /** In double, as Lucene's dot product asserts that it does not overflow, which is what is to be found out here. */
  private static double squaredLength(float[] vector) {
    double sum = 0;
    for (float number : vector) {
      sum += (double) number * number;
    }
    return sum;
  }

  private static void checkDirection(double squaredLength, String field) {
    if (squaredLength < Float.MIN_NORMAL) {
      throw new IllegalArgumentException("field [" + field
          + "] has similarity [cosine], which takes no vector of length zero or near it; the squared length must be at least "
          + Float.MIN_NORMAL + ", got " + squaredLength);
    }
  }

  private static void checkUnitLength(double squaredLength, String field) {
    if (Math.abs(squaredLength - 1) > UNIT_LENGTH_TOLERANCE) {
      throw new IllegalArgumentException("field [" + field
          + "] has similarity [dot_product], which takes vectors of length 1; the squared length must be between "
          + (1 - UNIT_LENGTH_TOLERANCE) + " and " + (1 + UNIT_LENGTH_TOLERANCE) + ", got " + squaredLength
          + "; use [cosine] or [max_inner_product] for other vectors");
    }
  }
}
