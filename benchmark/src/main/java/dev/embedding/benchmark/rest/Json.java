package dev.embedding.benchmark.rest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Values of requests. */
final class Json {
  private Json() {}

  static String string(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  static String array(float[] vector) {
    StringBuilder json = new StringBuilder("[");
    for (int i = 0; i < vector.length; i++) {
      json.append(i == 0 ? "" : ",").append(vector[i]);
    }
    return json.append(']').toString();
  }

  /** One or several vectors as our fields and queries take them. */
  static String base64(float[]... vectors) {
    ByteBuffer bytes = ByteBuffer.allocate(vectors.length * vectors[0].length * Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      for (float number : vector) {
        bytes.putFloat(number);
      }
    }
    return '"' + Base64.getEncoder().encodeToString(bytes.array()) + '"';
  }
}
