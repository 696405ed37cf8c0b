package dev.embedding.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;

/** An adapter that learns from judged words which definitions are relevant. */
final class Adapter {
  private static final int CANDIDATES = 50;
  private static final double TARGET_RECALL = 0.9;

  private final Rest rest;
  private final String name;
  private final String index;

  /** @param index the index of definitions that it is for */
  Adapter(Rest rest, String name, String index) {
    this.rest = rest;
    this.name = name;
    this.index = index;
  }

  /** Stores which definitions answer some words, as an index of judgements. */
  void judge(String judgements, List<Words.Word> words, List<float[]> vectors) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < words.size(); i++) {
      Map<String, Object> judgement = new LinkedHashMap<>();
      judgement.put("word", words.get(i).text());
      judgement.put("vector", Vectors.base64(vectors.get(i)));
      judgement.put("definitions", words.get(i).senses());
      lines.append("{\"index\":{}}\n").append(Rest.write(judgement)).append('\n');
    }
    rest.sendText("PUT", "/" + judgements, """
        { "settings": { "number_of_replicas": 0 }, "mappings": { "properties": {
          "word": { "type": "keyword" }, "definitions": { "type": "keyword" },
          "vector": { "type": "keyword", "index": false, "doc_values": false } } } }""");
    JsonNode response = rest.sendText("POST", "/" + judgements + "/_bulk?refresh=true", lines.toString());
    if (response.path("errors").asBoolean()) {
      throw new IllegalStateException("a judgement was refused: " + response);
    }
  }

  /** Learns from judgements; the answer has the report. */
  JsonNode train(String judgements) {
    return rest.send("POST", path() + "/_train", body(judgements));
  }

  /** Measures on judgements that it did not learn from. */
  JsonNode evaluate(String judgements) {
    return rest.send("POST", path() + "/_evaluate", body(judgements));
  }

  /** What it is, without what it learned. */
  JsonNode show() {
    return rest.send("GET", path()).path("adapter");
  }

  private String path() {
    return "/_plugins/_embedding/adapters/" + name;
  }

  private Map<String, Object> body(String judgements) {
    Map<String, Object> where = new LinkedHashMap<>();
    where.put("index", judgements);
    where.put("query_vector", "vector");
    where.put("document", "definitions");
    where.put("unjudged", "negative");
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("index", index);
    body.put("field", "embedding");
    body.put("candidates", CANDIDATES);
    body.put("target_recall", TARGET_RECALL);
    body.put("judgements", where);
    return body;
  }
}
