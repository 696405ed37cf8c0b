package dev.embedding.rest;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.either;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;

import dev.embedding.node.Response;

/**
 * Sends what no user should send: the node answers every request by less than 500, and goes on. What is sent is chosen by
 * a seed, which is part of a failure's stack trace; {@code -Dtests.seed} repeats it.
 */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the client of the node outlives this class
public class BadInputIT extends RandomizedTest {
  private static final int REQUESTS = 400;

  /** Values, as JSON or something like it, that stand where others are expected. */
  private static final List<String> JUNK = List.of("null", "true", "false", "\"\"", "\"x\"", "\"AAAA\"",
      "\"AACAPwAAAAA=\"", "\"AADAfwAAgD8=\"", "\"NaN\"", "\"1\"", "0", "-0.0", "-1", "1", "2", "1.5", "16", "4096",
      "4097", "10000", "10001", "1000000000", "2147483648", "9223372036854775808", "1e39", "1e-46", "1e400", "-1e400",
      "9".repeat(1200), "NaN", "-Infinity", "+1", "0x1", "[]", "{}", "[[]]", "[{}]", "[null]", "[1]", "[1, 2]",
      "[1, 0, 0]",
      "[\"1\", \"0\"]", "[[1, 0]]", "[[1, 0], [0, 1]]", "[[1, 0], [0]]", "[[0, 0]]", "[[1, 1e39]]", "[[1, NaN]]",
      "[[1, null]]", "[[1, 0], null]", "[[[1, 0]]]", "[[1], [2], [3], [-3], [0.5]]",
      "[" + "[1, 0],".repeat(3000) + "[0, 1]]", "\"none\"", "\"exact\"", "\"pool\"", "[0, 0]", "[1e38, 1e38]",
      "[1e-30, 0]", "[1, 1e39]", "[NaN, 1]",
      "[1, null]", "[true, 1]", "{\"type\": null}", "{\"type\": \"none\"}", "{\"a\": {\"b\": 1}}",
      "{\"match_all\": {}}",
      "{\"match_all\": 5}", "{\"nosuch\": {}}", "[{\"match_all\": {}}]", "\"\\u0000\"", "\"\uD83D\uDE00\"",
      "\"" + "A".repeat(100_000) + "\"", "[" + "1,".repeat(5000) + "1]", "[".repeat(200) + "]".repeat(200), "}", "",
      ",");

  private static final List<String> NAMES = List.of("", "v", "v ", "v.x", "_id", "_source", "title", "chunks",
      "chunks.v",
      "nosuch", "*", "v*", ".", "..", "\\u0000", "vector", "query");

  @Before
  public void createIndex() {
    request("PUT", "/bad", """
        { "settings": { "index.embedding.enabled": true, "number_of_replicas": 0 },
          "mappings": { "properties": {
            "title": { "type": "text" },
            "v": { "type": "embedding", "dimension": 2 },
            "unit": { "type": "embedding", "dimension": 2, "similarity": "dot_product" },
            "named": { "type": "embedding", "dimension": 2, "model": "e5" },
            "t": { "type": "multi_embedding", "dimension": 2, "max_vectors": 8, "encoding": { "repetitions": 2 } },
            "cut": { "type": "multi_embedding", "dimension": 2, "max_vectors": 3, "on_exceed": "truncate",
              "token_bits": 32 },
            "pooled": { "type": "multi_embedding", "dimension": 1, "max_vectors": 3, "on_exceed": "pool",
              "pooling_factor": 2, "token_bits": 32, "model": "colbertv2" },
            "chunks": { "type": "nested", "properties": { "v": { "type": "embedding", "dimension": 2 } } } } } }""")
        .orFail();
    request("PUT", "/bad/_doc/good?refresh=true",
        "{ \"title\": \"good\", \"v\": [1, 0], \"t\": [[1, 0], [0, 1]], \"chunks\": [{ \"v\": [1, 0] }] }")
        .orFail();
  }

  @After
  public void nodeGoesOn() {
    assertTrue(RealNode.cluster().node(0).isRunning());
    Response answer = request("POST", "/bad/_search",
        "{ \"query\": { \"nearest\": { \"v\": { \"vector\": [1, 0], \"k\": 1, "
            + "\"filter\": { \"ids\": { \"values\": [\"good\"] } } } } } }");
    request("DELETE", "/bad", "").orFail();
    assertThat(answer.orFail().body(), containsString("\"_id\":\"good\",\"_score\":1.0"));
    assertThat(answer.body(), containsString("[1.0,0.0]"));
  }

  private static Response request(String method, String path, String body) {
    return RealNode.cluster().request(method, path, body);
  }

  /** Sends a request and looks at every status in the answer, those of the parts of a bulk or multi search too. */
  private static Response sendBad(String method, String path, String body) {
    Response response = request(method, path, body);
    String what = method + " " + path + " " + abbreviate(body) + " -> " + response.status() + " "
        + abbreviate(response.body());
    assertThat(what, response.status(), lessThan(500));
    assertFalse(what, response.body().contains("\"status\":5"));
    return response;
  }

  private static String abbreviate(String text) {
    return text.length() <= 2000 ? text : text.substring(0, 2000) + "…";
  }

  @Test
  public void testMalformedSearches() {
    for (int i = 0; i < REQUESTS; i++) {
      String query = randomBoolean() ? malformedQuery(randomIntBetween(0, 2)) : malformedMaxSim(randomIntBetween(0, 2));
      switch (randomIntBetween(0, 6)) {
        case 0 -> sendBad("POST", "/bad/_msearch", "{\"index\":\"bad\"}\n{\"query\":" + query + "}\n");
        case 1 -> sendBad("POST", "/bad/_count", "{\"query\":" + query + "}");
        case 2 -> sendBad("POST", "/bad/_validate/query?explain=true", "{\"query\":" + query + "}");
        case 3 -> sendBad("POST", "/bad/_explain/good", "{\"query\":" + query + "}");
        case 4 -> sendBad("POST", "/bad/_search", "{\"query\":{\"nested\":{\"path\":\"chunks\",\"query\":" + query
            + ",\"inner_hits\":{}}}}");
        case 5 -> sendBad("POST", "/bad/_search",
            "{\"query\":{\"match_all\":{}},\"rescore\":{\"query\":{\"rescore_query\":" + query + "}}}");
        default -> sendBad("POST", "/bad/_search?profile=true&explain=true", "{\"query\":" + query + "}");
      }
    }
  }

  /** A query with one to three things wrong; with luck none, which is an answer of 200. */
  private String malformedQuery(int nesting) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("vector", "[1, 0]");
    parameters.put("k", "5");
    for (String optional : List.of("candidates", "oversample", "exact", "min_score", "model", "ignore_unmapped",
        "boost",
        "_name")) {
      if (rarely()) {
        parameters.put(optional, randomFrom(JUNK));
      }
    }
    if (nesting > 0) {
      parameters.put("filter", malformedQuery(nesting - 1));
    }
    spoil(parameters);
    String field = randomBoolean() ? randomFrom(List.of("v", "unit", "named", "chunks.v")) : randomFrom(NAMES);
    return maybeCut("{\"nearest\":{\"" + field + "\":" + json(parameters) + "}}");
  }

  /** As {@link #malformedQuery}, for the query of many vectors. */
  private String malformedMaxSim(int nesting) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("vectors", "[[1, 0], [0, 1]]");
    parameters.put(frequently() ? "k" : "query", frequently() ? "5" : "{\"match_all\": {}}");
    for (String optional : List.of("candidates", "rerank", "token_hits", "model", "ignore_unmapped", "boost",
        "_name")) {
      if (rarely()) {
        parameters.put(optional, randomFrom(JUNK));
      }
    }
    if (nesting > 0) {
      String inner = randomBoolean() ? malformedQuery(nesting - 1) : malformedMaxSim(nesting - 1);
      parameters.put(parameters.containsKey("k") ? "filter" : "query", inner);
    }
    spoil(parameters);
    String field = frequently() ? randomFrom(List.of("t", "cut", "pooled", "v")) : randomFrom(NAMES);
    return maybeCut("{\"max_sim\":{\"" + field + "\":" + json(parameters) + "}}");
  }

  @Test
  public void testMalformedMappingsOfManyVectors() {
    for (int i = 0; i < REQUESTS / 2; i++) {
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("type", "\"multi_embedding\"");
      parameters.put("dimension", "2");
      for (String optional : List.of("max_vectors", "on_exceed", "pooling_factor", "token_bits", "model", "meta",
          "fields",
          "copy_to", "similarity")) {
        if (rarely()) {
          parameters.put(optional, randomFrom(JUNK));
        }
      }
      if (randomBoolean()) {
        parameters.put("encoding", maybeJunk(json(Map.of("repetitions", rarely() ? randomFrom(JUNK) : "4",
            randomFrom(List.of("partition_bits", "projection_dimension", "seed", "nosuch")), randomFrom(JUNK)))));
      }
      spoil(parameters);
      String name = frequently() ? "t" : randomFrom(NAMES);
      sendBad("PUT", "/bad/_mapping", maybeCut("{\"properties\":{\"" + name + "\":" + json(parameters) + "}}"));
    }
  }

  @Test
  public void testMalformedRelevanceFilters() {
    request("PUT", "/_plugins/_embedding/adapters/good", "{ \"dimension\": 2, \"sample\": [\"AQA=\"] }").orFail();
    for (int i = 0; i < REQUESTS; i++) {
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("query", randomBoolean() ? malformedQuery(0) : "{\"match_all\":{}}");
      if (randomBoolean()) {
        parameters.put("field", maybeJunk("\"" + randomFrom(List.of("v", "unit", "chunks.v", "title")) + "\""));
        parameters.put("vector", maybeJunk("[1, 0]"));
      }
      if (randomBoolean()) {
        parameters.put("adapter", maybeJunk(randomFrom(List.of("\"good\"", "\"nosuch\""))));
      }
      if (randomBoolean()) {
        parameters.put("cutoff", maybeJunk(json(Map.of("type",
            maybeJunk(randomFrom(List.of("\"gap\"", "\"lift\"", "\"z_score\"", "\"min_cosine\""))),
            randomFrom(List.of("min", "nosuch")), randomFrom(JUNK), "sample", maybeJunk("\"good\"")))));
      }
      for (String optional : List.of("min_relevance", "score", "boost", "_name")) {
        if (rarely()) {
          parameters.put(optional, randomFrom(JUNK));
        }
      }
      spoil(parameters);
      sendBad("POST", "/bad/_search?explain=true",
          maybeCut("{\"query\":{\"relevance_filter\":" + json(parameters) + "}}"));
    }
    request("DELETE", "/_plugins/_embedding/adapters/good", "").orFail();
  }

  @Test
  public void testMalformedAdapters() {
    for (int i = 0; i < REQUESTS; i++) {
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("dimension", maybeJunk("2"));
      for (String optional : List.of("similarity", "model", "sample", "map", "center", "scale", "threshold", "inputs",
          "judged", "layers")) {
        if (randomBoolean()) {
          parameters.put(optional, randomFrom(JUNK));
        }
      }
      if (randomBoolean()) {
        parameters.put("map", "\"linear\"");
        parameters.put("threshold", "0.5");
        parameters.put("layers", "[{\"op\":" + maybeJunk("\"linear\"") + ",\"weights\":" + randomFrom(JUNK)
            + ",\"bias\":" + maybeJunk("\"AABAQQAAAME=\"") + "}]");
      }
      String name = frequently() ? "bad" : randomFrom(List.of("A", "%20", "a.b", "-", "a".repeat(200), "%2e%2e"));
      sendBad("PUT", "/_plugins/_embedding/adapters/" + name, maybeCut(json(parameters)));
      sendBad(randomFrom(List.of("GET", "DELETE")), "/_plugins/_embedding/adapters/" + name, "");
    }
  }

  /** Just below the largest request that a node takes, where every row alone would do. */
  @Test
  public void testAnAdapterThatIsTooLarge() {
    String row = "\"" + "AAAA".repeat(1_000_000) + "\"";
    String rows = (row + ",").repeat(24) + row;
    Response response = sendBad("PUT", "/_plugins/_embedding/adapters/large",
        "{\"dimension\": 2, \"map\": \"linear\", \"threshold\": 0.5, \"layers\": [{\"op\": \"linear\", \"weights\": ["
            + rows
            + "]}]}");
    assertThat(response.body(), response.status(), either(is(400)).or(is(429)));
    assertThat(response.body(), either(containsString("16777216 numbers")).or(containsString("circuit_breaking")));
  }

  @Test
  public void testMalformedTrainings() {
    for (int i = 0; i < REQUESTS / 4; i++) {
      Map<String, String> judgements = new LinkedHashMap<>(Map.of("index", maybeJunk("\"bad\""), "query_vector",
          maybeJunk("\"v\""), "document", maybeJunk("\"title\"")));
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("index", maybeJunk("\"bad\""));
      parameters.put("field", maybeJunk("\"v\""));
      for (String optional : List.of("rating", "min_rating", "weight", "unjudged")) {
        if (rarely()) {
          judgements.put(optional, randomFrom(JUNK));
        }
      }
      for (String optional : List.of("candidates", "target_recall", "sample_size", "seed", "map", "inputs", "force")) {
        if (rarely()) {
          parameters.put(optional, randomFrom(JUNK));
        }
      }
      parameters.put("judgements", maybeJunk(json(judgements)));
      spoil(parameters);
      parameters.remove("vector");
      sendBad("POST", "/_plugins/_embedding/adapters/bad/" + randomFrom(List.of("_train", "_evaluate", "_sample")),
          maybeCut(json(parameters)));
    }
    sendBad("DELETE", "/_plugins/_embedding/adapters/bad", "");
  }

  @Test
  public void testMalformedMappings() {
    for (int i = 0; i < REQUESTS / 2; i++) {
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("type", "\"embedding\"");
      parameters.put("dimension", "2");
      for (String optional : List.of("similarity", "model", "meta", "fields", "copy_to", "index", "null_value")) {
        if (rarely()) {
          parameters.put(optional, randomFrom(JUNK));
        }
      }
      if (randomBoolean()) {
        parameters.put("graph", maybeJunk(json(
            Map.of("max_connections", randomFrom(JUNK), "beam_width", rarely() ? randomFrom(JUNK) : "100"))));
      }
      if (randomBoolean()) {
        parameters.put("quantization", maybeJunk(json(
            Map.of("type",
                randomFrom(List.of("\"none\"", "\"binary\"", "\"product\"", "\"scalar\"", "5", "[]", "null")),
                randomFrom(List.of("bits", "subvectors", "nosuch")), randomFrom(JUNK)))));
      }
      spoil(parameters);
      String name = frequently() ? "v" : randomFrom(NAMES);
      sendBad("PUT", "/bad/_mapping", maybeCut("{\"properties\":{\"" + name + "\":" + json(parameters) + "}}"));
    }
  }

  @Test
  public void testMalformedDocuments() {
    for (int i = 0; i < REQUESTS; i++) {
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put(randomFrom(List.of("v", "unit", "named", "t", "cut", "pooled", "t.x", "chunks.v", "v.x", "title")),
          randomFrom(JUNK));
      fields.put("title", "\"bad\"");
      if (randomBoolean()) {
        fields.put("chunks",
            maybeJunk("[{\"v\":" + randomFrom(JUNK) + "}," + randomFrom(JUNK) + ",{\"v\":" + randomFrom(JUNK) + "}]"));
      }
      String document = maybeCut(json(fields));
      switch (randomIntBetween(0, 3)) {
        case 0 -> sendBad("POST", "/bad/_bulk",
            "{\"index\":{}}\n" + document + "\n{\"index\":{\"_id\":\"good\"}}\n{\"title\":\"good\",\"v\":[1,0]}\n");
        case 1 -> sendBad("POST", "/bad/_update/good", "{\"doc\":" + document + "}");
        default -> sendBad("POST", "/bad/_doc", document);
      }
    }
    request("PUT", "/bad/_doc/good", "{ \"title\": \"good\", \"v\": [1, 0] }").orFail();
    request("POST", "/bad/_refresh", "").orFail();
    request("POST", "/bad/_search", "{ \"size\": 1000 }").orFail();
  }

  private void spoil(Map<String, String> parameters) {
    for (int i = randomIntBetween(0, 2); i > 0 && parameters.isEmpty() == false; i--) {
      String name = randomFrom(new ArrayList<>(parameters.keySet()));
      switch (randomIntBetween(0, 4)) {
        case 0 -> parameters.remove(name);
        case 1 -> parameters.put(randomFrom(NAMES), randomFrom(JUNK));
        default -> parameters.put(name, randomFrom(JUNK));
      }
    }
  }

  private static String maybeJunk(String value) {
    return rarely() ? randomFrom(JUNK) : value;
  }

  private static String maybeCut(String json) {
    return rarely() && json.length() > 1 ? json.substring(0, randomIntBetween(1, json.length() - 1)) : json;
  }

  private static String json(Map<String, String> parameters) {
    return parameters.entrySet()
        .stream()
        .map(parameter -> "\"" + parameter.getKey() + "\":" + parameter.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** Known cases: the answer is 400 and has all these words. */
  private static void assertRefused(String method, String path, String body, String... words) {
    Response response = sendBad(method, path, body);
    assertEquals(abbreviate(body) + " -> " + response.body(), 400, response.status());
    for (String word : words) {
      assertThat(abbreviate(body), response.body(), containsString(word));
    }
  }

  @Test
  public void testSearchesAreRefusedByNameAndRange() {
    assertSearchRefused("\"vector\": [1, 0], \"k\": 0", "[k]", "between 1 and 10000", "got 0");
    assertSearchRefused("\"vector\": [1, 0], \"k\": 99999999999", "[k]", "between 1 and 10000", "got [99999999999]");
    assertSearchRefused("\"vector\": [1, 0], \"k\": {}", "[k]", "between 1 and 10000", "got an object");
    assertSearchRefused("\"vector\": [1, 0], \"k\": null", "[k]", "between 1 and 10000", "got null");
    assertSearchRefused("\"vector\": [1, 0], \"k\": NaN", "[k]", "NaN");
    assertSearchRefused("\"vector\": [NaN, 0], \"k\": 1", "[vector]", "NaN");
    assertSearchRefused("\"vector\": [-Infinity, 0], \"k\": 1", "[vector]", "Infinity");
    assertSearchRefused("\"vector\": [1e400, 0], \"k\": 1", "[vector]", "finite float32", "got [1e400]");
    assertSearchRefused("\"vector\": {}, \"k\": 1", "[vector]", "array of numbers or a base64 string", "got an object");
    assertSearchRefused("\"vector\": [" + "1,".repeat(4096) + "1], \"k\": 1", "[vector]", "1 to 4096 numbers");
    assertSearchRefused("\"vector\": [1, 0], \"k\": 1, \"oversample\": []", "[oversample]", "between 1 and 100",
        "an array");
    assertSearchRefused("\"vector\": [1, 0], \"k\": 1, \"min_score\": 1e39", "[min_score]", "finite number, 0 or more");
    assertSearchRefused("\"vector\": [1, 0], \"k\": 1, \"filter\": null", "[filter]", "must be a query", "got null");
    assertSearchRefused("\"vector\": [1, 0], \"k\": 1, \"k\": 2", "Duplicate field 'k'");
  }

  private static void assertSearchRefused(String parameters, String... words) {
    assertRefused("POST", "/bad/_search", "{\"query\":{\"nearest\":{\"v\":{" + parameters + "}}}}", words);
  }

  @Test
  public void testDocumentsAreRefusedByFieldAndRange() {
    for (String notFinite : List.of("NaN", "Infinity", "-Infinity")) {
      assertRefused("POST", "/bad/_doc", "{\"v\":[1," + notFinite + "]}", "field [v]", notFinite);
    }
    assertRefused("POST", "/bad/_doc", "{\"v\":[1,1e39]}", "field [v]",
        "finite float32 numbers, between -3.4028235E38");
    assertRefused("POST", "/bad/_doc", "{\"v\":[1,0]," + "\"v\":[0,1]}", "Duplicate field 'v'");
    assertRefused("POST", "/bad/_doc", "{\"chunks\":[{\"v\":[1,0]},{\"v\":[1]}]}", "field [chunks.v]",
        "dimension 2, got 1");
  }

  @Test
  public void testManyVectorsAreRefusedByPositionAndRange() {
    assertRefused("POST", "/bad/_doc", "{\"t\":[[1,0],[1,NaN]]}", "field [t]", "NaN");
    assertRefused("POST", "/bad/_doc", "{\"t\":[[1,0],[1]]}", "field [t]", "dimension 2, got 1", "position 1");
    String million = "[" + "[1,0],".repeat(999_999) + "[1,0]]";
    assertRefused("POST", "/bad/_doc", "{\"t\":" + million + "}", "field [t]", "at most 8 vectors");
    request("PUT", "/bad/_doc/cut?refresh=true", "{\"cut\":" + million + "}").orFail();
    assertThat(request("GET", "/bad/_doc/cut?realtime=false", "").orFail().body(),
        containsString("[[1.0,0.0],[1.0,0.0],[1.0,0.0]]"));
    assertRefused("POST", "/bad/_doc", "{\"pooled\":[" + "[1],".repeat(8192) + "[1]]}", "field [pooled]",
        "at most 8192 vectors");
    assertRefused("POST", "/bad/_search", "{\"query\":{\"max_sim\":{\"t\":{\"vectors\":" + million + ",\"k\":1}}}}",
        "[vectors]", "at most 512 vectors");
    assertRefused("POST", "/bad/_search",
        "{\"size\":300,\"query\":{\"max_sim\":{\"t\":{\"vectors\":[[1,0]],\"k\":1}}}}",
        "[candidates] (200)", "set it to 300");
    for (int depth : new int[] {21, 200, 2000}) {
      assertRefused("POST", "/bad/_search",
          "{\"query\":"
              + nested("{\"match_all\":{}}", depth, "{\"max_sim\":{\"t\":{\"vectors\":[[1,0]],\"query\":", "}}}")
              + "}",
          "must not be nested deeper than 20");
    }
  }

  @Test
  public void testNestingIsBounded() {
    for (int depth : new int[] {21, 22, 200, 2000}) {
      assertRefused("POST", "/bad/_search",
          "{\"query\":"
              + nested("{\"match_all\":{}}", depth, "{\"nearest\":{\"v\":{\"vector\":[1,0],\"k\":1,\"filter\":", "}}}")
              + "}",
          "must not be nested deeper than 20");
    }
    request("POST", "/bad/_search", "{\"query\":"
        + nested("{\"match_all\":{}}", 20, "{\"nearest\":{\"v\":{\"vector\":[1,0],\"k\":1,\"filter\":", "}}}") + "}")
        .orFail();
    assertRefused("POST", "/bad/_search",
        "{\"query\":" + nested("{\"match_all\":{}}", 21,
            "{\"bool\":{\"must\":[{\"nearest\":{\"v\":{\"vector\":[1,0],\"k\":1,\"filter\":", "}}}]}}") + "}",
        "must not be nested deeper than 20");
  }

  private static String nested(String inner, int depth, String before, String after) {
    return before.repeat(depth) + inner + after.repeat(depth);
  }
}
