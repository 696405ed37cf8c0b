package dev.embedding.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A search by the vectors of all tokens.
 *
 * @param vectors in base64
 */
record MaxSimRequest(String vectors, int k) {

  static MaxSimRequest of(List<float[]> vectors, int k) {
    return new MaxSimRequest(Vectors.base64(vectors), k);
  }

  /**
   * The body of a {@code _search} for the best documents.
   *
   * @param candidates how many documents are compared exactly
   */
  Map<String, Object> best(int candidates) {
    return search(maxSim(Map.of("k", k, "candidates", candidates)));
  }

  /** For the best documents, after a look at each. */
  Map<String, Object> exact() {
    return search(scoring());
  }

  /**
   * For the best of those that words find.
   *
   * @param candidates how many documents are taken from words
   */
  Map<String, Object> afterWords(String words, int candidates) {
    Map<String, Object> search = search(Map.of("match", Map.of("definition", words)));
    search.put("rescore", Map.of("window_size", candidates, "query",
        Map.of("query_weight", 0, "rescore_query", scoring())));
    return search;
  }

  private Map<String, Object> scoring() {
    return maxSim(Map.of("query", Map.of("match_all", Map.of())));
  }

  private Map<String, Object> maxSim(Map<String, Object> parameters) {
    Map<String, Object> maxSim = new LinkedHashMap<>();
    maxSim.put("vectors", vectors);
    maxSim.put("model", Embedder.MODEL);
    maxSim.putAll(parameters);
    return Map.of("max_sim", Map.of("tokens", maxSim));
  }

  private Map<String, Object> search(Map<String, Object> query) {
    Map<String, Object> search = new LinkedHashMap<>();
    search.put("size", k);
    search.put("_source", List.of("title"));
    search.put("query", query);
    return search;
  }
}
