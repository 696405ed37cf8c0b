package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;

import dev.embedding.node.Distribution;
import dev.embedding.node.OpenSearchCluster;

/**
 * A field of many vectors on one node over REST, one shard and one segment: documents a second, bytes, and recall and time
 * of {@code max_sim} for several numbers of candidates, after words, and over all documents.
 *
 * <p>Arguments: the folder of the collection, a work folder, the zip of our plugin, the number of rounds, the field's
 * further parameters in JSON.
 */
public final class MaxSimComparison {
  private static final int DIMENSION = 64;
  private static final int TRUE_HITS = 100;
  private static final int BULK = 500;
  private static final int CLIENTS = 2;
  /** Until then much of a node that has just started is not compiled: its searches take twice as long. */
  private static final Duration WARM_UP = Duration.ofSeconds(60);
  private static final int[] CANDIDATES = {100, 150, 200, 300, 400, 571, 1000};

  private final RestNode node;
  private final TokenTexts documents;
  private final TokenTexts queries;
  private final int[] truth;
  private final int rounds;

  private MaxSimComparison(RestNode node, Path data, int rounds) throws IOException {
    this.node = node;
    this.documents = TokenTexts.read(data, "docs", DIMENSION);
    this.queries = TokenTexts.read(data, "queries", DIMENSION);
    this.truth = TokenTexts.ints(data.resolve("truth.ids.i32"));
    this.rounds = rounds;
  }

  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[0]);
    Path work = Path.of(args[1]);
    if (Files.isRegularFile(data.resolve("docs.rows.i8")) == false) {
      System.out.println("Skipped: no docs.rows.i8 in [" + data + "]");
      return;
    }
    OpenSearchCluster.Builder builder = OpenSearchCluster
        .builder(Distribution.unpack(work.resolve("distribution")), work.resolve("cluster"))
        .heapMegabytes(2048)
        .plugin(Path.of(args[2]));
    try (OpenSearchCluster cluster = builder.start()) {
      MaxSimComparison comparison = new MaxSimComparison(new RestNode(cluster), data, Integer.parseInt(args[3]));
      comparison.ingest(args.length > 4 ? args[4] : "");
      comparison.search();
    }
  }

  private void ingest(String parameters) throws Exception {
    for (int round = 0; round < rounds; round++) {
      node.request("DELETE", "/texts", "");
      node.ok("PUT", "/texts", """
          {"settings": {"index.embedding.enabled": true, "number_of_shards": 1, "number_of_replicas": 0},
           "mappings": {"properties": {"text": {"type": "text"},
             "tokens": {"type": "multi_embedding", "dimension": %d%s}}}}""".formatted(DIMENSION,
          parameters.isEmpty() ? "" : ", " + parameters));
      List<String> bulks = bulks();
      long start = System.nanoTime();
      inParallel(bulks.size(), bulk -> {
        JsonNode answer = node.ok("POST", "/texts/_bulk", bulks.get(bulk));
        if (answer.path("errors").asBoolean(true)) {
          throw new IllegalStateException(answer.toString().substring(0, 500));
        }
      });
      node.ok("POST", "/texts/_refresh", "");
      double loading = RestNode.seconds(start);
      long merging = System.nanoTime();
      long bytes = node.merge("texts");
      System.out.printf(Locale.ROOT, "ingest, %d clients: %,.0f documents/s; force merge %.1f s; store %.1f MB%n",
          CLIENTS, documents.count() / loading, RestNode.seconds(merging), bytes / 1e6);
    }
  }

  private List<String> bulks() {
    List<String> bulks = new ArrayList<>();
    for (int from = 0; from < documents.count(); from += BULK) {
      StringBuilder bulk = new StringBuilder();
      for (int id = from; id < Math.min(from + BULK, documents.count()); id++) {
        bulk.append("{\"index\":{\"_id\":\"")
            .append(id)
            .append("\"}}\n{\"text\":")
            .append(json(documents.column(id, 3)));
        bulk.append(",\"tokens\":\"").append(documents.base64(id)).append("\"}\n");
      }
      bulks.add(bulk.toString());
    }
    return bulks;
  }

  private static String json(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  private interface Task {
    void run(int index) throws IOException;
  }

  private static void inParallel(int count, Task task) throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        int first = client;
        running.add(pool.submit(() -> {
          for (int i = first; i < count; i += CLIENTS) {
            task.run(i);
          }
          return null;
        }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    }
  }

  private void search() throws IOException {
    warmUp();
    for (int k : new int[] {10, TRUE_HITS}) {
      for (int candidates : CANDIDATES) {
        measure("max_sim, " + candidates + " candidates", k, query -> nearest(query, k, candidates));
      }
      for (int window : new int[] {200, 400}) {
        measure("BM25, then max_sim of " + window, k, query -> afterWords(query, k, window));
      }
      measure("match_all, for what a request costs", k, query -> body(k, "\"query\":{\"match_all\":{}}"));
      measure("max_sim over all", k, query -> body(k, "\"query\":" + overAll(query)));
    }
  }

  private void warmUp() throws IOException {
    long start = System.nanoTime();
    for (int query = 0; RestNode.seconds(start) < WARM_UP.toSeconds(); query = (query + 1) % queries.count()) {
      for (int k : new int[] {10, TRUE_HITS}) {
        search(nearest(query, k, 2 * TRUE_HITS));
        search(afterWords(query, k, 2 * TRUE_HITS));
      }
    }
  }

  private String nearest(int query, int k, int candidates) {
    return body(k, "\"query\":" + maxSim(query, "\"k\":" + k + ",\"candidates\":" + candidates));
  }

  private String afterWords(int query, int k, int window) {
    return body(k, "\"query\":{\"match\":{\"text\":" + json(queries.column(query, 2))
        + "}},\"rescore\":{\"window_size\":" + window + ",\"query\":{\"query_weight\":0,\"rescore_query\":"
        + overAll(query) + "}}");
  }

  private String overAll(int query) {
    return maxSim(query, "\"query\":{\"match_all\":{}}");
  }

  private static String body(int size, String search) {
    return "{\"size\":" + size + ",\"_source\":false," + search + "}";
  }

  private String maxSim(int query, String parameters) {
    return "{\"max_sim\":{\"tokens\":{\"vectors\":\"" + queries.base64(query) + "\"," + parameters + "}}}";
  }

  private void measure(String what, int k, IntFunction<String> body) throws IOException {
    String[] bodies = IntStream.range(0, queries.count()).mapToObj(body).toArray(String[]::new);
    int found = 0;
    for (int query = 0; query < bodies.length; query++) {
      Set<Integer> exact = new HashSet<>();
      Arrays.stream(truth, query * TRUE_HITS, query * TRUE_HITS + k).forEach(exact::add);
      for (JsonNode hit : search(bodies[query]).at("/hits/hits")) {
        found += exact.contains(hit.path("_id").asInt()) ? 1 : 0;
      }
    }
    double[] medians = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      double[] milliseconds = new double[bodies.length];
      for (int query = 0; query < bodies.length; query++) {
        long start = System.nanoTime();
        search(bodies[query]);
        milliseconds[query] = RestNode.seconds(start) * 1000;
      }
      medians[round] = RestNode.median(milliseconds);
    }
    Arrays.sort(medians);
    System.out.printf(Locale.ROOT, "%-38s recall@%-3d %.4f, p50 %.2f ms (%.2f-%.2f)%n", what, k,
        found / (double) (bodies.length * k), RestNode.median(medians), medians[0], medians[rounds - 1]);
  }

  private JsonNode search(String body) throws IOException {
    return node.ok("POST", "/texts/_search?request_cache=false", body);
  }
}
