package dev.embedding.plugin.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;

/**
 * The places in the bytes of a JSON document where values of vectors stand. Only these bytes are ever replaced; the rest of a
 * document stays as its user sent it, to the letter.
 *
 * <p>A mark takes the place of a value: {@code []} for an array, {@code ""} for base64. Neither has a vector in it, so a
 * mark is never mistaken for a value, and it says in which form the value is to come back.
 */
final class VectorSlots {
  private static final JsonFactory JSON = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
      .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
      .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
      .build();

  private static final int MARK_LENGTH = 2;

  private final byte[] json;
  private final List<Slot> slots;

  /** Bytes [start, end) of the document are the value of a field. */
  private record Slot(String field, int start, int end, boolean base64) {
    boolean isMark() {
      return end - start == MARK_LENGTH;
    }
  }

  private VectorSlots(byte[] json, List<Slot> slots) {
    this.json = json;
    this.slots = slots;
  }

  /**
   * Finds the arrays and strings at the paths of the given fields, in the order of the document.
   *
   * @param json a document in UTF-8; one in another encoding has no slots, as its bytes cannot be told apart
   * @param fields full names; objects may be written as objects or with dots
   */
  static VectorSlots find(byte[] json, Set<String> fields) throws IOException {
    List<Slot> slots = new ArrayList<>();
    List<Integer> parents = new ArrayList<>();
    StringBuilder path = new StringBuilder();
    try (JsonParser parser = JSON.createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        switch (token) {
          case START_OBJECT -> parents.add(path.length());
          case END_OBJECT -> path.setLength(parents.removeLast());
          case FIELD_NAME -> {
            path.setLength(parents.getLast());
            path.append(path.isEmpty() ? "" : ".").append(parser.currentName());
          }
          case START_ARRAY, VALUE_STRING -> {
            String field = path.toString();
            if (fields.contains(field) && parser.currentTokenLocation().getByteOffset() >= 0) {
              slots.add(slot(parser, field, token == JsonToken.VALUE_STRING));
            }
          }
          default -> {
          }
        }
      }
    }
    return new VectorSlots(json, slots);
  }

  private static Slot slot(JsonParser parser, String field, boolean base64) throws IOException {
    long start = parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    long end = parser.currentLocation().getByteOffset();
    return new Slot(field, Math.toIntExact(start), Math.toIntExact(end), base64);
  }

  /** How many values the document has of each field, marks included. */
  Map<String, Integer> countByField() {
    Map<String, Integer> counts = new HashMap<>();
    for (Slot slot : slots) {
      counts.merge(slot.field, 1, Integer::sum);
    }
    return counts;
  }

  /** How many marks the document has of each field. */
  Map<String, Integer> marksByField() {
    Map<String, Integer> counts = new HashMap<>();
    for (Slot slot : slots) {
      if (slot.isMark()) {
        counts.merge(slot.field, 1, Integer::sum);
      }
    }
    return counts;
  }

  /** The document with marks in place of the values of the given fields. */
  byte[] mark(Set<String> fields) {
    return replace(
        slot -> fields.contains(slot.field) && slot.isMark() == false ? slot.base64 ? "\"\"" : "[]" : null);
  }

  /** The document with vectors in place of the marks: of each field the next value for each mark. */
  byte[] fill(Map<String, Iterator<SourceValue>> valuesByField) {
    return replace(slot -> {
      if (slot.isMark() == false || valuesByField.containsKey(slot.field) == false) {
        return null;
      }
      SourceValue value = valuesByField.get(slot.field).next();
      return slot.base64 ? value.base64() : value.array();
    });
  }

  private interface Replacement {
    /** The new value, in ASCII, or null to leave the old one. */
    String of(Slot slot);
  }

  private byte[] replace(Replacement replacement) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(json.length);
    int done = 0;
    for (Slot slot : slots) {
      String value = replacement.of(slot);
      if (value != null) {
        out.write(json, done, slot.start - done);
        out.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
        done = slot.end;
      }
    }
    out.write(json, done, json.length - done);
    return out.toByteArray();
  }
}
