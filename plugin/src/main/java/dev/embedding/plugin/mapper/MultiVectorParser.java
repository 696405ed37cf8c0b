package dev.embedding.plugin.mapper;

import java.io.IOException;

import org.apache.lucene.util.ArrayUtil;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

import dev.embedding.multivector.TokenVectors;

/**
 * Reads and checks values of many vectors, of documents and queries: an array of vectors, or one base64 string of all
 * their numbers as little-endian float32. As {@link VectorParser}, it leaves the parser on the value's last token and
 * refuses by an {@link IllegalArgumentException}, which names the position of the vector.
 *
 * <p>Vectors are counted and checked while they are read, so that those of a value that has too many are not kept.
 */
public final class MultiVectorParser {
  /** Null until the first vector shows it. */
  private Integer dimension;
  private final int allowed;
  private final int kept;
  private float[] numbers = new float[128];
  private int count;
  private String problem;

  /**
   * @param dimension of each vector; null if the first one decides
   * @param allowed a value of more vectors is refused
   * @param kept vectors beyond these are checked only
   */
  private MultiVectorParser(Integer dimension, int allowed, int kept) {
    this.dimension = dimension;
    this.allowed = allowed;
    this.kept = kept;
  }

  /**
   * Reads the vectors of a document.
   *
   * @param allowed a value of more vectors is refused
   * @param kept vectors beyond these are read and checked, but left out
   * @return no vectors for an empty array
   */
  static TokenVectors readDocument(XContentParser parser, int dimension, int allowed, int kept) throws IOException {
    return switch (parser.currentToken()) {
      case START_ARRAY -> new TokenVectors(dimension, new MultiVectorParser(dimension, allowed, kept).read(parser));
      case VALUE_STRING -> {
        float[] all = decode(parser.text(), Integer.MAX_VALUE);
        checkBlock(all, dimension, allowed);
        yield new TokenVectors(dimension, ArrayUtil.copyOfSubArray(all, 0, Math.min(all.length, kept * dimension)));
      }
      default -> throw unexpected(parser.currentToken());
    };
  }

  /**
   * Reads the vectors of a query, whose dimension is not known yet.
   *
   * @param allowed a query of more vectors is refused
   */
  public static QueryVectors readQuery(XContentParser parser, int allowed) throws IOException {
    return switch (parser.currentToken()) {
      case START_ARRAY -> {
        MultiVectorParser vectors = new MultiVectorParser(null, allowed, allowed);
        float[] numbers = vectors.read(parser);
        if (numbers.length == 0) {
          throw new IllegalArgumentException("must have 1 to " + allowed + " vectors, got none");
        }
        yield new QueryVectors(numbers, vectors.dimension);
      }
      case VALUE_STRING -> new QueryVectors(decode(parser.text(), TokenVectors.MAX_VALUES), QueryVectors.UNKNOWN);
      default -> throw unexpected(parser.currentToken());
    };
  }

  private static float[] decode(String base64, int most) {
    return VectorParser.decode(base64, "base64 of vectors", most);
  }

  private static IllegalArgumentException unexpected(Token token) {
    return new IllegalArgumentException("must be an array of vectors or one base64 string of all of them as "
        + "little-endian float32, got " + VectorParser.describe(token));
  }

  /**
   * Checks vectors that stand one after the other.
   *
   * @param allowed how many there may be at most
   */
  static void checkBlock(float[] numbers, int dimension, int allowed) {
    if (numbers.length % dimension != 0) {
      throw new IllegalArgumentException("a base64 string must decode to whole vectors, of " + dimension
          + " numbers of 4 bytes each, got " + numbers.length + " numbers");
    }
    int vectors = numbers.length / dimension;
    if (vectors > allowed) {
      throw new IllegalArgumentException(tooMany(allowed));
    }
    for (int i = 0; i < vectors; i++) {
      String problem = problemWith(numbers, i, dimension, i);
      if (problem != null) {
        throw new IllegalArgumentException(problem);
      }
    }
  }

  private float[] read(XContentParser parser) throws IOException {
    for (Token token = parser.nextToken(); token != Token.END_ARRAY; token = parser.nextToken()) {
      if (problem == null && token != Token.START_ARRAY) {
        problem = "must hold vectors, which are arrays of numbers, got " + VectorParser.describe(token)
            + " at position " + count;
      } else if (problem == null && count == allowed) {
        problem = tooMany(allowed);
      }
      if (problem == null) {
        readVector(parser);
      } else {
        parser.skipChildren();
      }
    }
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    return dimension == null ? new float[0] : ArrayUtil.copyOfSubArray(numbers, 0, Math.min(count, kept) * dimension);
  }

  /** Reads a vector behind those that are kept. */
  private void readVector(XContentParser parser) throws IOException {
    int row = Math.min(count, kept);
    int start = dimension == null ? 0 : row * dimension;
    int most = dimension == null ? VectorParser.MAX_DIMENSION : dimension;
    int length = 0;
    for (Token token = parser.nextToken(); token != Token.END_ARRAY; token = parser.nextToken()) {
      if (problem == null && token != Token.VALUE_NUMBER) {
        problem = "vectors must hold numbers only, got " + VectorParser.describe(token) + at(count);
      }
      if (problem != null) {
        parser.skipChildren();
      } else {
        if (length < most) {
          numbers = ArrayUtil.grow(numbers, start + length + 1);
          numbers[start + length] = parser.floatValue();
        }
        length++;
      }
    }
    if (problem == null) {
      problem = problemWithLength(length);
    }
    if (problem == null) {
      dimension = length;
      problem = count < kept && start + length > TokenVectors.MAX_VALUES
          ? "must have at most " + TokenVectors.MAX_VALUES + " numbers in all vectors, got more"
          : problemWith(numbers, row, length, count);
      count++;
    }
  }

  private String problemWithLength(int length) {
    if (dimension == null) {
      return length >= 1 && length <= VectorParser.MAX_DIMENSION
          ? null
          : "vectors must have 1 to " + VectorParser.MAX_DIMENSION + " numbers, got " + length + at(count);
    }
    return length == dimension
        ? null
        : "all vectors must have dimension " + dimension + ", got " + length + " numbers" + at(count);
  }

  private static String problemWith(float[] numbers, int row, int dimension, int position) {
    double squaredLength = 0;
    for (int i = row * dimension; i < (row + 1) * dimension; i++) {
      if (Float.isFinite(numbers[i]) == false) {
        return "vectors must hold finite float32 numbers, between " + -Float.MAX_VALUE + " and " + Float.MAX_VALUE
            + ", got [" + numbers[i] + "] as number " + (i - row * dimension) + at(position);
      }
      squaredLength += (double) numbers[i] * numbers[i];
    }
    return squaredLength >= Float.MIN_NORMAL && squaredLength <= Float.MAX_VALUE
        ? null
        : "vectors must have a direction and a squared length between " + Float.MIN_NORMAL + " and " + Float.MAX_VALUE
            + ", got " + squaredLength + at(position);
  }

  private static String tooMany(int allowed) {
    return "must have at most " + allowed + " vectors, got more";
  }

  private static String at(int position) {
    return " in the vector at position " + position;
  }
}
