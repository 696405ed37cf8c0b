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

  BulkLoader(Rest rest, String index) {
    this.rest = rest;
    this.index = index;
  }

  /** @param vectors those of the definitions of {@code synsets} */
  void load(List<Synset> synsets, List<float[]> vectors, ProgressBar progress) {
    List<Integer> starts = IntStream.iterate(0, i -> i < synsets.size(), i -> i + DOCUMENTS_PER_REQUEST)
        .boxed()
        .toList();
    Parallel.map(CLIENTS, starts, start -> {
      int end = Math.min(start + DOCUMENTS_PER_REQUEST, synsets.size());
      send(synsets.subList(start, end), vectors.subList(start, end));
      progress.advance(end - start);
      return null;
    });
  }

  private void send(List<Synset> synsets, List<float[]> vectors) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < synsets.size(); i++) {
      lines.append(Rest.write(Map.of("index", Map.of("_id", synsets.get(i).id())))).append('\n');
      lines.append(Rest.write(document(synsets.get(i), vectors.get(i)))).append('\n');
    }
    JsonNode response = rest.sendText("POST", "/" + index + "/_bulk", lines.toString());
    if (response.path("errors").asBoolean()) {
      throw new IllegalStateException("a document was refused: " + firstError(response));
    }
  }

  private static Map<String, Object> document(Synset synset, float[] vector) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("title", synset.title());
    document.put("definition", synset.definition());
    document.put("part_of_speech", synset.partOfSpeech().toString());
    document.put("embedding", Vectors.base64(vector));
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
