package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.lucene.tests.util.LuceneTestCase;

import com.fasterxml.jackson.databind.JsonNode;

public class TestMaxSimWays extends LuceneTestCase {
  private static final int DIMENSION = 2;

  private static JsonNode json(String text) throws IOException {
    return RestNode.json(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Two texts of 2 and 1 tokens: (1, 0) and (0, −1), (1, 0). */
  private static TokenTexts texts() throws IOException {
    Path folder = createTempDir();
    Files.write(folder.resolve("docs.rows.i8"), new byte[] {5, 0, 0, -3, 9, 0});
    Files.write(folder.resolve("docs.start.i32"), new byte[] {0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0});
    Files.writeString(folder.resolve("docs.tsv"), "0\ta\t\"one\" and\tx\n1\ta\ttwo\ty\n");
    return TokenTexts.read(folder, "docs", DIMENSION);
  }

  public void testTextsHaveTheirOwnVectors() throws IOException {
    TokenTexts texts = texts();
    assertEquals(2, texts.count());
    assertArrayEquals(new float[][] {{1, 0}, {0, -1}}, texts.vectors(0));
    assertArrayEquals(new float[][] {{1, 0}}, texts.vectors(1));
    assertArrayEquals(new float[] {0.5f, -0.5f}, TokenTexts.mean(texts.vectors(0)), 0);
  }

  public void testEachIndexHasAllVectors() throws IOException {
    float[][] tokens = texts().vectors(0);
    for (TokenIndex index : TokenIndex.values()) {
      JsonNode fields = json(index.body(DIMENSION, "")).at("/mappings/properties");
      JsonNode document = json(index.document("\"quoted\"", tokens));
      assertEquals("\"quoted\"", document.path("text").asText());
      document.fieldNames().forEachRemaining(field -> assertTrue(field, fields.has(field)));
      fields.fieldNames().forEachRemaining(field -> assertTrue(field, document.has(field)));
    }
    assertEquals(-1, json(TokenIndex.KNN_NESTED.document("", tokens)).at("/tokens/1/vector/1").asInt());
    assertEquals(-1, json(TokenIndex.KNN_SOURCE.document("", tokens)).at("/tokens/1/1").asInt());
    assertEquals("8-bit", json(TokenIndex.EMBEDDING.body(DIMENSION, "\"model\": \"8-bit\""))
        .at("/mappings/properties/tokens/model")
        .asText());
  }

  public void testSearches() throws IOException {
    TokenTexts texts = texts();
    JsonNode script = json(MaxSimWay.script(200).body(texts, 0, 10));
    assertEquals(10, script.path("size").asInt());
    assertEquals(200, script.at("/query/knn/mean/k").asInt());
    assertEquals(200, script.at("/rescore/window_size").asInt());
    assertEquals(2, script.at("/rescore/query/rescore_query/bool/should").size());
    JsonNode late = json(MaxSimWay.lateInteractionScore(100).body(texts, 0, 10));
    assertEquals(2, late.at("/rescore/query/rescore_query/script_score/script/params/vectors").size());
    assertEquals(400, json(MaxSimWay.maxSim(400).body(texts, 0, 100)).at("/query/max_sim/tokens/candidates").asInt());
    assertEquals("\"one\" and", json(MaxSimWay.afterWords(9).body(texts, 0, 10)).at("/query/match/text").asText());
    assertTrue(json(MaxSimWay.overAll().body(texts, 0, 10)).at("/query/max_sim/tokens/query").has("match_all"));
    assertTrue(json(MaxSimWay.matchAll().body(texts, 0, 10)).path("query").has("match_all"));
  }
}
