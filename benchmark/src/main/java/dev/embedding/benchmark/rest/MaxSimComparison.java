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
import java.util.stream.IntStream;

import com.fasterxml.jackson.databind.JsonNode;

import dev.embedding.node.Distribution;
import dev.embedding.node.OpenSearchCluster;

/**
 * A field of many vectors beside what users of k-NN's Lucene engine do, in one node over REST, one shard and one segment:
 * documents a second, bytes, and recall and time of a search.
 *
 * <p>Arguments: the folder of the collection, a work folder, the zips of the plugins (k-NN's and ours), the number of
 * rounds, further parameters of our field in JSON.
 */
public final class MaxSimComparison {
  private static final int DIMENSION = 64;
  private static final int TRUE_HITS = 100;
  private static final int BULK = 500;
  private static final int CLIENTS = 2;
  /** For each way. Much of a node that has just started is not compiled: its searches take twice as long. */
  private static final Duration WARM_UP = Duration.ofSeconds(6);
  private static final int[] CANDIDATES = {100, 200, 400, 450, 571, 1000};
  private static final int[] KNN_CANDIDATES = {100, 200, 400};

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
        .plugin(Path.of(args[2]))
        .plugin(Path.of(args[3]));
    try (OpenSearchCluster cluster = builder.start()) {
      MaxSimComparison comparison = new MaxSimComparison(new RestNode(cluster), data, Integer.parseInt(args[4]));
      // Once, as they take minutes; and before ours, so that the node is not cold for it alone.
      comparison.ingest(TokenIndex.KNN_SOURCE, "");
      comparison.ingest(TokenIndex.KNN_NESTED, "");
      for (int round = 0; round < comparison.rounds; round++) {
        comparison.ingest(TokenIndex.EMBEDDING, args.length > 5 ? args[5] : "");
      }
      comparison.search();
    }
  }

  private void ingest(TokenIndex index, String parameters) throws Exception {
    node.request("DELETE", "/" + index.index(), "");
    node.ok("PUT", "/" + index.index(), index.body(DIMENSION, parameters));
    List<String> bulks = bulks(index);
    long start = System.nanoTime();
    inParallel(bulks.size(), bulk -> {
      JsonNode answer = node.ok("POST", "/" + index.index() + "/_bulk", bulks.get(bulk));
      if (answer.path("errors").asBoolean(true)) {
        throw new IllegalStateException(answer.toString().substring(0, 500));
      }
    });
    node.ok("POST", "/" + index.index() + "/_refresh", "");
    double loading = RestNode.seconds(start);
    long merging = System.nanoTime();
    long bytes = node.merge(index.index());
    System.out.printf(Locale.ROOT, "ingest, %d clients: %-10s %,.0f documents/s; force merge %.1f s; store %.1f MB%n",
        CLIENTS, index.index(), documents.count() / loading, RestNode.seconds(merging), bytes / 1e6);
  }

  private List<String> bulks(TokenIndex index) {
    List<String> bulks = new ArrayList<>();
    for (int from = 0; from < documents.count(); from += BULK) {
      StringBuilder bulk = new StringBuilder();
      for (int id = from; id < Math.min(from + BULK, documents.count()); id++) {
        bulk.append("{\"index\":{\"_id\":\"").append(id).append("\"}}\n");
        bulk.append(index.document(documents.column(id, 3), documents.vectors(id))).append('\n');
      }
      bulks.add(bulk.toString());
    }
    return bulks;
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
    // The slow ones first, which leave the least in the caches for the next.
    List<MaxSimWay> ways = new ArrayList<>();
    ways.add(MaxSimWay.lateInteractionScore(100));
    IntStream.of(KNN_CANDIDATES).mapToObj(MaxSimWay::script).forEach(ways::add);
    ways.add(MaxSimWay.overAll());
    IntStream.of(200, 400).mapToObj(MaxSimWay::afterWords).forEach(ways::add);
    IntStream.of(CANDIDATES).mapToObj(MaxSimWay::maxSim).forEach(ways::add);
    ways.add(MaxSimWay.matchAll());
    try (RestConnection connection = node.connect()) {
      for (MaxSimWay way : ways) {
        warmUp(connection, way);
      }
      compare(connection, ways, 10, MaxSimWay.script(200));
      compare(connection, ways, TRUE_HITS, MaxSimWay.script(400));
    }
  }

  private void warmUp(RestConnection connection, MaxSimWay way) throws IOException {
    long start = System.nanoTime();
    for (int query = 0; RestNode.seconds(start) < WARM_UP.toSeconds(); query = (query + 1) % queries.count()) {
      connection.send(request(connection, way, query, 10));
      connection.send(request(connection, way, query, TRUE_HITS));
    }
  }

  /** Prints recall and time of each way, and the time as a part of that of {@code peer}. */
  private void compare(RestConnection connection, List<MaxSimWay> ways, int k, MaxSimWay peer) throws IOException {
    double[][] medians = new double[ways.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      double[][] milliseconds = milliseconds(connection, ways, k);
      for (int way = 0; way < medians.length; way++) {
        medians[way][round] = RestNode.median(milliseconds[way]);
      }
    }
    double[] ofPeer = medians[IntStream.range(0, medians.length)
        .filter(way -> ways.get(way).name().equals(peer.name()))
        .findFirst()
        .orElseThrow()];
    for (int way = 0; way < medians.length; way++) {
      double[] times = medians[way];
      double[] parts = IntStream.range(0, rounds).mapToDouble(round -> times[round] / ofPeer[round]).toArray();
      System.out.printf(Locale.ROOT, "%-34s recall@%-3d %.3f, p50 %s ms, %s of [%s]%n", ways.get(way).name(), k,
          recall(connection, ways.get(way), k), RestNode.range(times), RestNode.range(parts), peer.name());
    }
  }

  /** Each query by all ways in turn, so that what else the machine does slows all of them. */
  private double[][] milliseconds(RestConnection connection, List<MaxSimWay> ways, int k) throws IOException {
    double[][] milliseconds = new double[ways.size()][queries.count()];
    for (int query = 0; query < queries.count(); query++) {
      for (int way = 0; way < milliseconds.length; way++) {
        byte[] request = request(connection, ways.get(way), query, k);
        long start = System.nanoTime();
        connection.send(request);
        milliseconds[way][query] = RestNode.seconds(start) * 1000;
      }
    }
    return milliseconds;
  }

  private double recall(RestConnection connection, MaxSimWay way, int k) throws IOException {
    int found = 0;
    for (int query = 0; query < queries.count(); query++) {
      Set<Integer> exact = new HashSet<>();
      Arrays.stream(truth, query * TRUE_HITS, query * TRUE_HITS + k).forEach(exact::add);
      for (JsonNode hit : RestNode.json(connection.send(request(connection, way, query, k))).at("/hits/hits")) {
        found += exact.contains(hit.path("_id").asInt()) ? 1 : 0;
      }
    }
    return found / (double) (queries.count() * k);
  }

  private byte[] request(RestConnection connection, MaxSimWay way, int query, int k) {
    return connection.post("/" + way.index().index() + "/_search?request_cache=false", way.body(queries, query, k));
  }
}
