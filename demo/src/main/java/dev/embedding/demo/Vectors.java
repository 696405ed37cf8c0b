package dev.embedding.demo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/** Arithmetic and encodings of vectors. */
final class Vectors {
  private Vectors() {}

  /** Scales {@code vector}, in place, to length 1. */
  static float[] normalize(float[] vector) {
    double squares = 0;
    for (float each : vector) {
      squares += each * each;
    }
    float scale = (float) (1 / Math.sqrt(squares));
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= scale;
    }
    return vector;
  }

  /** As a field of type {@code embedding} takes it, which is smaller and faster to read than an array of numbers. */
  static String base64(float[] vector) {
    return base64(List.of(vector));
  }

  /** As a field of type {@code multi_embedding} takes them. */
  static String base64(List<float[]> vectors) {
    return Base64.getEncoder().encodeToString(bytes(vectors));
  }

  /** Little-endian, one vector after the other. */
  static byte[] bytes(List<float[]> vectors) {
    ByteBuffer bytes = ByteBuffer.allocate(vectors.stream().mapToInt(vector -> vector.length).sum() * Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      for (float each : vector) {
        bytes.putFloat(each);
      }
    }
    return bytes.array();
  }

  /** The opposite of {@link #bytes}. */
  static List<float[]> ofBytes(byte[] bytes, int dimension) {
    float[][] vectors = new float[bytes.length / Float.BYTES / dimension][dimension];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      buffer.asFloatBuffer().get(vector);
      buffer.position(buffer.position() + dimension * Float.BYTES);
    }
    return List.of(vectors);
  }
}
