package dev.embedding.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A search by meaning.
 *
 * @param vector       in base64
 * @param candidates   the accuracy knob; 0 for the default
 * @param partOfSpeech what to find, or null for all
 * @param exact        whether to compare with every vector
 * @param fields       what to return of each hit
 * @param rule         what is relevant enough, as parameters of {@code relevance_filter}; null to keep all
 */
record NearestRequest(String vector, int k, int candidates, PartOfSpeech partOfSpeech, boolean exact,
    List<String> fields, JsonNode rule) {

  static NearestRequest of(float[] vector, int k) {
    return new NearestRequest(Vectors.base64(vector), k, 0, null, false, List.of(), null);
  }

  NearestRequest candidates(int newCandidates) {
    return new NearestRequest(vector, k, newCandidates, partOfSpeech, exact, fields, rule);
  }

  NearestRequest only(PartOfSpeech newPartOfSpeech) {
    return new NearestRequest(vector, k, candidates, newPartOfSpeech, exact, fields, rule);
  }

  NearestRequest exact(boolean newExact) {
    return new NearestRequest(vector, k, candidates, partOfSpeech, newExact, fields, rule);
  }

  NearestRequest returning(String... newFields) {
    return new NearestRequest(vector, k, candidates, partOfSpeech, exact, List.of(newFields), rule);
  }

  /** Keeps what is relevant enough; a rule of a fixed k sets the k. */
  NearestRequest filtered(JsonNode newRule) {
    return new NearestRequest(vector, newRule.path("k").asInt(k), candidates, partOfSpeech, exact, fields,
        newRule.has("k") ? null : newRule);
  }

  /** The body of a {@code _search}. */
  Map<String, Object> toJson() {
    Map<String, Object> nearest = new LinkedHashMap<>();
    nearest.put("vector", vector);
    nearest.put("k", k);
    nearest.put("model", Embedder.MODEL);
    if (candidates > 0) {
      nearest.put("candidates", candidates);
    }
    if (exact) {
      nearest.put("exact", true);
    }
    if (partOfSpeech != null) {
      nearest.put("filter", Map.of("term", Map.of("part_of_speech", partOfSpeech.toString())));
    }
    Map<String, Object> search = new LinkedHashMap<>();
    search.put("size", k);
    search.put("_source", fields.isEmpty() ? false : fields);
    search.put("query", filter(Map.of("nearest", Map.of("embedding", nearest))));
    return search;
  }

  private Map<String, Object> filter(Map<String, Object> query) {
    if (rule == null) {
      return query;
    }
    Map<String, Object> filter = new LinkedHashMap<>();
    filter.put("query", query);
    rule.properties().forEach(parameter -> filter.put(parameter.getKey(), parameter.getValue()));
    return Map.of("relevance_filter", filter);
  }
}
