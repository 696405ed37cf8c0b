package dev.embedding.plugin.source;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.opensearch.test.OpenSearchTestCase;

import dev.embedding.plugin.mapper.VectorParser;

public class VectorSlotsTests extends OpenSearchTestCase {
  public void testEverythingOutsideTheVectorsStaysToTheLetter() throws IOException {
    String before = """
        { "price" : 1.10,\t"exact":12345678901234567890.123456789 , "e" : 1E+2,
          "text":"caf\\u00e9 \\"quoted\\" \\/ \uD83D\uDE00 é [1,2]" ,"empty":{ } , "none":null,
          "v" :\t""";
    String after = """
        ,"v2":[1, 2] ,"list":[ [ ], [[1.50]], "v", {"v":[7,8]} ],
        "tail": true } \n""";
    assertMarks(before + "[ 1.10 ,\n 2e0, 3 ]" + after, before + "[]" + after, "v");
    assertMarks(before + "\"AAAAAA==\"" + after, before + "\"\"" + after, "v");
  }

  public void testPathsMayBeWrittenWithDotsAndObjectsAndInArrays() throws IOException {
    assertMarks("{\"a\":{\"b\":{\"v\":[1]}}}", "{\"a\":{\"b\":{\"v\":[]}}}", "a.b.v");
    assertMarks("{\"a.b\":{\"v\":[1]}}", "{\"a.b\":{\"v\":[]}}", "a.b.v");
    assertMarks("{\"a\":{\"b.v\":[1]}}", "{\"a\":{\"b.v\":[]}}", "a.b.v");
    assertMarks("{\"a.b.v\":[1]}", "{\"a.b.v\":[]}", "a.b.v");
    assertMarks("{\"a\":[{\"v\":[1]},{\"v\":\"QUJD\"},{},{\"x\":1}]}", "{\"a\":[{\"v\":[]},{\"v\":\"\"},{},{\"x\":1}]}",
        "a.v");
    assertMarks("{\"a\":[[{\"v\":[1]}],[[{\"v\":[2]}]]]}", "{\"a\":[[{\"v\":[]}],[[{\"v\":[]}]]]}", "a.v");
    assertMarks("{\"a\":{\"v\":[1]},\"a.v\":[2]}", "{\"a\":{\"v\":[]},\"a.v\":[]}", "a.v");
    assertMarks("{\"a\":{\"x\":{\"y\":1},\"v\":[1]},\"v\":[2]}", "{\"a\":{\"x\":{\"y\":1},\"v\":[]},\"v\":[2]}", "a.v");
    assertMarks("{\"\\u0076\":[1]}", "{\"\\u0076\":[]}", "v");
  }

  public void testOnlyArraysAndStringsAreSlots() throws IOException {
    for (String other : List.of("null", "1", "true", "{\"v\":[1]}", "{}")) {
      assertMarks("{\"v\":" + other + "}", "{\"v\":" + other + "}", "v");
    }
  }

  public void testWhatAnArrayHoldsIsNotLookedAt() throws IOException {
    assertMarks("{\"v\":[1,{\"v\":[2]},[[3],\"]\"]],\"w\":[4]}", "{\"v\":[],\"w\":[]}", "v", "w");
  }

  public void testMarkingTwiceChangesNothing() throws IOException {
    byte[] once = marked("{\"a\":[{\"v\":[1]},{\"v\":\"QUJD\"}]}", Set.of("a.v"));
    assertArrayEquals(once, VectorSlots.find(once, Set.of("a.v")).mark(Set.of("a.v")));
  }

  public void testOnlyTheGivenFieldsAreMarked() throws IOException {
    VectorSlots slots = VectorSlots.find(utf8("{\"v\":[1],\"w\":[2]}"), Set.of("v", "w"));
    assertEquals("{\"v\":[1],\"w\":[]}", text(slots.mark(Set.of("w"))));
    assertEquals("{\"v\":[1],\"w\":[2]}", text(slots.mark(Set.of())));
  }

  public void testCounts() throws IOException {
    VectorSlots slots = VectorSlots.find(utf8("{\"v\":[1],\"a\":[{\"w\":[]},{\"w\":\"\"},{\"w\":[2]},{\"w\":null}]}"),
        Set.of("v", "a.w", "absent"));
    assertEquals(Map.of("v", 1, "a.w", 3), slots.countByField());
    assertEquals(Map.of("a.w", 2), slots.marksByField());
  }

  public void testVectorsComeBackInOrderAndInTheirForm() throws IOException {
    float[] first = {1.1f, -0.0f, 1e-7f};
    float[] second = {Float.MIN_VALUE, Float.MAX_VALUE, 16777216};
    Map<String, Iterator<SourceValue>> vectors = new HashMap<>();
    vectors.put("a.v", List.of(SourceValue.of(first), SourceValue.of(second)).iterator());
    byte[] filled = VectorSlots.find(utf8("{ \"a\" : [ {\"v\" : []}, {\"x\":1}, {\"v\":\"\"} ] }"), Set.of("a.v"))
        .fill(vectors);
    assertEquals(
        "{ \"a\" : [ {\"v\" : [1.1,-0.0,1.0E-7]}, {\"x\":1}, {\"v\":\"" + VectorParser.encode(second) + "\"} ] }",
        text(filled));
  }

  public void testOtherMarksStay() throws IOException {
    Map<String, Iterator<SourceValue>> vectors = new HashMap<>();
    vectors.put("v", List.of(SourceValue.of(new float[] {1})).iterator());
    byte[] filled = VectorSlots.find(utf8("{\"v\":[],\"w\":[],\"x\":[5]}"), Set.of("v", "w")).fill(vectors);
    assertEquals("{\"v\":[1.0],\"w\":[],\"x\":[5]}", text(filled));
  }

  /** Core takes documents with a byte order mark and with comments. */
  public void testByteOrderMarkAndComments() throws IOException {
    assertMarks("\uFEFF{\"v\":[1, 2]}", "\uFEFF{\"v\":[]}", "v");
    assertMarks("{/* \"v\":[1] */ \"v\" /**/ : /**/ [1 /* ] */, 2] // [3]\n}",
        "{/* \"v\":[1] */ \"v\" /**/ : /**/ [] // [3]\n}", "v");
  }

  /** JSON may come in other encodings, in which nothing is replaced. */
  public void testOtherEncodingsAreLeftAlone() throws IOException {
    for (Charset charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE,
        Charset.forName("UTF-32BE"), Charset.forName("UTF-32LE"))) {
      byte[] json = "{\"v\":[1, 2]}".getBytes(charset);
      VectorSlots slots = VectorSlots.find(json, Set.of("v"));
      assertEquals(Map.of(), slots.countByField());
      assertArrayEquals(json, slots.mark(Set.of("v")));
    }
  }

  public void testLongDocuments() throws IOException {
    String noise = "\"t\":\"" + "é\uD83D\uDE00x".repeat(20_000) + "\"";
    String vector = "[" + "0.123456789,".repeat(20_000) + "1]";
    String base64 = "\"" + "QUJD".repeat(20_000) + "\"";
    assertMarks("{" + noise + ",\"v\":" + vector + ",\"a\":{" + noise + ",\"v\":" + base64 + "}}",
        "{" + noise + ",\"v\":[],\"a\":{" + noise + ",\"v\":\"\"}}", "v", "a.v");
  }

  public void testRandomDocuments() throws IOException {
    for (int run = 0; run < 200; run++) {
      StringBuilder given = new StringBuilder();
      StringBuilder expected = new StringBuilder();
      randomObject(given, expected, "", 0);
      assertMarks(given.toString(), expected.toString(), "v", "o.v", "o.o.v", "o.o.o.v");
    }
  }

  private static void randomObject(StringBuilder given, StringBuilder expected, String path, int depth) {
    both(given, expected, "{");
    List<String> names = new ArrayList<>(List.of("x", "v", "o", "é"));
    java.util.Collections.shuffle(names, random());
    for (int i = 0; i < names.size(); i++) {
      both(given, expected, (i == 0 ? "" : ",") + randomFrom("", " ", "\n\t") + '"' + names.get(i) + "\":");
      both(given, expected, randomFrom("", " ", "  "));
      if (names.get(i).equals("v")) {
        boolean base64 = randomBoolean();
        given.append(base64 ? "\"" + randomAlphaOfLength(8) + "\"" : "[" + randomFloat() + " , 2]");
        expected.append(base64 ? "\"\"" : "[]");
      } else if (names.get(i).equals("o") && depth < 3) {
        boolean array = randomBoolean();
        both(given, expected, array ? "[ " : "");
        randomObject(given, expected, path + "o.", depth + 1);
        if (array) {
          both(given, expected, " , ");
          randomObject(given, expected, path + "o.", depth + 1);
          both(given, expected, "]");
        }
      } else {
        both(given, expected, randomFrom("1.10", "\"\\u00e9[]\"", "[]", "{}", "[{\"v\":[1]}]", "null"));
      }
    }
    both(given, expected, "}");
  }

  private static void both(StringBuilder given, StringBuilder expected, String part) {
    given.append(part);
    expected.append(part);
  }

  private static void assertMarks(String json, String expected, String... fields) throws IOException {
    assertEquals(expected, text(marked(json, Set.of(fields))));
  }

  private static byte[] marked(String json, Set<String> fields) throws IOException {
    return VectorSlots.find(utf8(json), fields).mark(fields);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
