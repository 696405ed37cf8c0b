package dev.embedding.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import com.fasterxml.jackson.databind.JsonNode;

/** Loads definitions by {@code _bulk}. */
final class BulkLoader {
  private static final int DOCUMENTS_PER_REQUEST = 500;
  private static final int CLIENTS = 2;

  private final Rest rest;
  private final String index;
  private final String field;

  /** @param field the one of the vectors */
  BulkLoader(Rest rest, String index, String field) {
    this.rest = rest;
    this.index = index;
    this.field = field;
  }

  /** Gives vectors in base64. */
  interface Values {
    /** Those of the definitions from {@code start} to before {@code end}; several threads ask. */
    List<String> of(int start, int end);
  }

  void load(List<Synset> synsets, Values values, ProgressBar progress) {
    List<Integer> starts = IntStream.iterate(0, i -> i < synsets.size(), i -> i + DOCUMENTS_PER_REQUEST)
        .boxed()
        .toList();
    Parallel.map(CLIENTS, starts, start -> {
      int end = Math.min(start + DOCUMENTS_PER_REQUEST, synsets.size());
      send(synsets.subList(start, end), values.of(start, end));
      progress.advance(end - start);
      return null;
    });
  }

  private void send(List<Synset> synsets, List<String> values) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < synsets.size(); i++) {
      lines.append(Rest.write(Map.of("index", Map.of("_id", synsets.get(i).id())))).append('\n');
      lines.append(Rest.write(document(synsets.get(i), values.get(i)))).append('\n');
    }
    JsonNode response = rest.sendText("POST", "/" + index + "/_bulk", lines.toString());
    if (response.path("errors").asBoolean()) {
      throw new IllegalStateException("a document was refused: " + firstError(response));
    }
  }

  private Map<String, Object> document(Synset synset, String value) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("title", synset.title());
    document.put("definition", synset.definition());
    document.put("part_of_speech", synset.partOfSpeech().toString());
    document.put(field, value);
    return document;
  }

  private static String firstError(JsonNode response) {
    for (JsonNode item : response.path("items")) {
      if (item.path("index").has("error")) {
        return item.path("index").toString();
      }
    }
    return response.toString();
  }
}
