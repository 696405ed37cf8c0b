package dev.embedding.plugin.source;

import dev.embedding.multivector.TokenVectors;
import dev.embedding.plugin.mapper.VectorParser;

/** A value of a field as the index has it, in the two forms in which JSON shows it. */
interface SourceValue {
  /** Arrays of numbers, each the shortest decimal that reads as the same float32. */
  String array();

  /** A string with its quotes. */
  String base64();

  /** One vector. */
  static SourceValue of(float[] vector) {
    return new SourceValue() {
      @Override
      public String array() {
        StringBuilder json = new StringBuilder(vector.length * 12);
        appendArray(json, vector, 0, vector.length);
        return json.toString();
      }

      @Override
      public String base64() {
        return '"' + VectorParser.encode(vector) + '"';
      }
    };
  }

  /** Many vectors. */
  static SourceValue of(TokenVectors vectors) {
    float[] numbers = vectors.values();
    return new SourceValue() {
      @Override
      public String array() {
        StringBuilder json = new StringBuilder(numbers.length * 12).append('[');
        for (int start = 0; start < numbers.length; start += vectors.dimension()) {
          json.append(start == 0 ? "" : ",");
          appendArray(json, numbers, start, vectors.dimension());
        }
        return json.append(']').toString();
      }

      @Override
      public String base64() {
        return '"' + VectorParser.encode(numbers) + '"';
      }
    };
  }

  private static void appendArray(StringBuilder json, float[] numbers, int start, int length) {
    json.append('[');
    for (int i = start; i < start + length; i++) {
      json.append(i == start ? "" : ",").append(numbers[i]);
    }
    json.append(']');
  }
}
