package dev.embedding.demo;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The same documents under one quantization after another: what an index takes, and how fast and complete its searches are. */
final class Quantizations {
  private static final int CANDIDATES = 100;
  private static final int ROUNDS_OF_WARMING = 3;
  private static final Set<String> SEARCHED_FILES = Set.of("vex", "eqc", "eqb");
  private static final List<Map<String, Object>> ALL = List.of(
      Map.of("type", "none"),
      Map.of("type", "binary", "bits", 1),
      Map.of("type", "product", "bits", 4),
      Map.of("type", "scalar", "bits", 8));

  private final Rest rest;
  private final String source;
  private final List<float[]> queries;

  /** @param source the index whose documents and mapping are used */
  Quantizations(Rest rest, String source, List<float[]> queries) {
    this.rest = rest;
    this.source = source;
    this.queries = queries;
  }

  /** One row for each quantization. */
  Table compare() {
    Table table = new Table().left("quantization")
        .right("reindexed, merged in")
        .right("MB")
        .right("codes or graph, MB")
        .right("recall@10")
        .right("half within")
        .right("99 % within");
    ALL.forEach(quantization -> addTo(table, quantization));
    return table;
  }

  private void addTo(Table table, Map<String, Object> quantization) {
    VectorIndex index = new VectorIndex(rest, source + "-copy");
    rest.send("PUT", "/" + index.name(), settingsAndMappings(quantization));
    long start = System.nanoTime();
    rest.send("POST", "/_reindex", Map.of("source", Map.of("index", source), "dest", Map.of("index", index.name())));
    index.merge();
    String time = Durations.seconds((System.nanoTime() - start) / 1e9);
    Recall recall = new Recall(index, queries);
    for (int round = 0; round < ROUNDS_OF_WARMING; round++) {
      recall.of(CANDIDATES);
    }
    Recall.Result result = recall.of(CANDIDATES);
    table.row(label(quantization), time, megabytes(index.storeBytes()), megabytes(searchedBytes(index)),
        String.format(Locale.ROOT, "%.3f", result.recall()), Durations.millis(result.latencies().quantile(0.5)),
        Durations.millis(result.latencies().quantile(0.99)));
    rest.send("DELETE", "/" + index.name());
  }

  private Map<String, ?> settingsAndMappings(Map<String, Object> quantization) {
    JsonNode mappings = rest.send("GET", "/" + source + "/_mapping").path(source).path("mappings");
    ((ObjectNode) mappings.path("properties").path("embedding")).putPOJO("quantization", quantization);
    return Map.of("settings", Map.of("index.embedding.enabled", true, "index.number_of_replicas", 0),
        "mappings", mappings);
  }

  private static long searchedBytes(VectorIndex index) {
    return index.bytesByFileKind()
        .stream()
        .filter(kind -> SEARCHED_FILES.contains(kind.extension()))
        .mapToLong(VectorIndex.FileKind::bytes)
        .sum();
  }

  private static String label(Map<String, Object> quantization) {
    return quantization.entrySet()
        .stream()
        .sorted(Map.Entry.<String, Object>comparingByKey().reversed())
        .map(parameter -> parameter.getKey().equals("type") ? parameter.getValue().toString()
            : parameter.getKey() + " " + parameter.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }
}
