package dev.embedding.demo;

import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a search found, best first.
 *
 * @param nanos from sending the request to having its answer
 */
record Answer(List<Hit> hits, long nanos) {

  /** @param source the fields that were asked for */
  record Hit(String id, double score, JsonNode source) {
    String text(String field) {
      return source.path(field).asText();
    }
  }

  static Answer of(JsonNode response, long nanos) {
    List<Hit> hits = new ArrayList<>();
    for (JsonNode hit : response.path("hits").path("hits")) {
      hits.add(new Hit(hit.path("_id").asText(), hit.path("_score").asDouble(), hit.path("_source")));
    }
    return new Answer(hits, nanos);
  }
}
