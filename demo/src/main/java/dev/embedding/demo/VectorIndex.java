package dev.embedding.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.JsonNode;

/** An index of definitions with their vectors. */
final class VectorIndex {
  private static final double SMALL_PART = 0.01;
  /** OpenSearch has names for the other files. */
  private static final Map<String, String> CONTENTS = Map.of("vec", "Vectors", "vex", "Graph", "eqc", "Codes",
      "eqb", "Codebooks");

  private final Rest rest;
  private final String name;

  VectorIndex(Rest rest, String name) {
    this.rest = rest;
    this.name = name;
  }

  String name() {
    return name;
  }

  /** @param resource the JSON with settings and mapping, beside this class */
  void create(String resource) {
    byte[] json = Resources.read("/dev/embedding/demo/" + resource);
    rest.sendText("PUT", "/" + name, new String(json, StandardCharsets.UTF_8));
  }

  /** Makes what was loaded visible, in one segment, so that sizes and times can be compared. */
  void merge() {
    rest.send("POST", "/" + name + "/_forcemerge?max_num_segments=1&flush=true");
    rest.send("POST", "/" + name + "/_refresh");
  }

  long count() {
    return rest.send("GET", "/" + name + "/_count").path("count").asLong();
  }

  /** How many segments there are. */
  int segments() {
    return primaries("segments").path("segments").path("count").asInt();
  }

  /** The bytes on disk. */
  long storeBytes() {
    return primaries("store").path("store").path("size_in_bytes").asLong();
  }

  /**
   * Files with one extension.
   *
   * @param content what is in them
   */
  record FileKind(String extension, String content, long bytes) {}

  /** What the index takes on disk, the largest first, and what is small as one. */
  List<FileKind> bytesByFileKind() {
    JsonNode sizes = primaries("segments?include_segment_file_sizes=true").path("segments").path("file_sizes");
    List<FileKind> kinds = new ArrayList<>();
    sizes.properties().forEach(kind -> {
      String content = CONTENTS.getOrDefault(kind.getKey(), kind.getValue().path("description").asText());
      kinds.add(new FileKind(kind.getKey(), content, kind.getValue().path("size_in_bytes").asLong()));
    });
    long all = kinds.stream().mapToLong(FileKind::bytes).sum();
    List<FileKind> large = kinds.stream()
        .filter(kind -> kind.bytes() > SMALL_PART * all)
        .sorted(Comparator.comparingLong(FileKind::bytes).reversed())
        .collect(Collectors.toCollection(ArrayList::new));
    large.add(new FileKind("others", "", all - large.stream().mapToLong(FileKind::bytes).sum()));
    return large;
  }

  private JsonNode primaries(String metric) {
    return rest.send("GET", "/" + name + "/_stats/" + metric).path("indices").path(name).path("primaries");
  }

  Answer search(NearestRequest request) {
    return search(request.toJson());
  }

  /** @param body of a {@code _search} */
  Answer search(Map<String, Object> body) {
    long start = System.nanoTime();
    JsonNode response = rest.send("POST", "/" + name + "/_search", body);
    return Answer.of(response, System.nanoTime() - start);
  }
}
