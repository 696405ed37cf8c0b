package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import com.fasterxml.jackson.databind.JsonNode;

import dev.embedding.node.Distribution;
import dev.embedding.node.OpenSearchCluster;

/**
 * Our field beside k-NN's Lucene engine in one node over REST: documents a second, bytes of the index, recall, and time
 * of a search at equal recall with one client and with eight.
 *
 * <p>Arguments: the folder with {@code docs.i8} and {@code queries.i8}, a work folder, the zips of the plugins (k-NN's
 * and ours), the number of documents, the number of rounds.
 */
public final class RestComparison {
  private static final int DIMENSION = 384;
  private static final int K = 10;
  private static final int BULK = 500;
  private static final int[] BEAMS = {10, 20, 40, 60, 80, 100, 150, 200, 300};

  private final RestNode node;
  private final Vectors documents;
  private final Vectors queries;
  private final int[][] truth;
  private final int rounds;

  private RestComparison(RestNode node, Vectors documents, Vectors queries, int rounds) {
    this.node = node;
    this.documents = documents;
    this.queries = queries;
    this.rounds = rounds;
    this.truth = Arrays.stream(queries.rows())
        .parallel()
        .map(query -> documents.nearest(query, K))
        .toArray(int[][]::new);
  }

  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[0]);
    Path work = Path.of(args[1]);
    if (Files.isRegularFile(data.resolve("docs.i8")) == false) {
      System.out.println("Skipped: no docs.i8 in [" + data + "]");
      return;
    }
    Vectors documents = Vectors.read(data.resolve("docs.i8"), DIMENSION, Integer.parseInt(args[4]));
    Vectors queries = Vectors.read(data.resolve("queries.i8"), DIMENSION, Integer.MAX_VALUE);
    OpenSearchCluster.Builder builder = OpenSearchCluster
        .builder(Distribution.unpack(work.resolve("distribution")), work.resolve("cluster"))
        .heapMegabytes(2048)
        .plugin(Path.of(args[2]))
        .plugin(Path.of(args[3]));
    try (OpenSearchCluster cluster = builder.start()) {
      new RestComparison(new RestNode(cluster), documents, queries, Integer.parseInt(args[5])).run();
    }
  }

  private void run() throws Exception {
    ingest();
    for (Contender own : List.of(Contender.EMBEDDING, Contender.EMBEDDING_FLOAT)) {
      for (int[] pair : beamsOfEqualRecall(own)) {
        compareSearch(own, pair[0], pair[1]);
      }
    }
  }

  private void ingest() throws IOException {
    // Every contender once unmeasured, so that none pays for the node's cold code.
    for (Contender contender : Contender.values()) {
      load(contender, Math.min(documents.rows().length, 5000));
    }
    for (int round = 0; round < rounds; round++) {
      for (Contender contender : Contender.values()) {
        double seconds = load(contender, documents.rows().length);
        System.out.printf(Locale.ROOT, "ingest, 1 client: %-18s %,8.0f documents/s%n", contender.index(),
            documents.rows().length / seconds);
      }
    }
    for (Contender contender : Contender.values()) {
      long start = System.nanoTime();
      long bytes = node.merge(contender.index());
      System.out.printf(Locale.ROOT, "force merge: %-18s %6.1f s, store %,12d bytes%n", contender.index(),
          RestNode.seconds(start), bytes);
    }
  }

  private double load(Contender contender, int count) throws IOException {
    node.request("DELETE", "/" + contender.index(), "");
    node.ok("PUT", "/" + contender.index(), contender.indexBody(DIMENSION));
    List<String> bulks = new ArrayList<>();
    for (int from = 0; from < count; from += BULK) {
      StringBuilder bulk = new StringBuilder();
      for (int id = from; id < Math.min(from + BULK, count); id++) {
        bulk.append("{\"index\":{\"_id\":\"").append(id).append("\"}}\n");
        bulk.append(contender.document(documents.rows()[id])).append('\n');
      }
      bulks.add(bulk.toString());
    }
    long start = System.nanoTime();
    for (String bulk : bulks) {
      JsonNode answer = node.ok("POST", "/" + contender.index() + "/_bulk", bulk);
      if (answer.path("errors").asBoolean(true)) {
        throw new IllegalStateException(answer.toString().substring(0, 500));
      }
    }
    node.ok("POST", "/" + contender.index() + "/_refresh", "");
    return RestNode.seconds(start);
  }

  /** For some recalls the smallest beam of ours, and the smallest of k-NN, that reach them. */
  private List<int[]> beamsOfEqualRecall(Contender contender) throws IOException {
    double[] ours = new double[BEAMS.length];
    double[] theirs = new double[BEAMS.length];
    for (int i = 0; i < BEAMS.length; i++) {
      ours[i] = recall(contender, BEAMS[i]);
      theirs[i] = recall(Contender.KNN_LUCENE, BEAMS[i]);
      System.out.printf(Locale.ROOT, "recall@%d, beam %3d: %s %.4f, k-NN %.4f%n", K, BEAMS[i],
          contender.index(), ours[i], theirs[i]);
    }
    List<int[]> pairs = new ArrayList<>();
    for (double target : new double[] {0.90, 0.95, 0.99}) {
      int own = firstAtLeast(ours, target);
      int other = firstAtLeast(theirs, target);
      if (own >= 0 && other >= 0) {
        System.out.printf(Locale.ROOT, "recall@%d >= %.2f: %s with beam %d (%.4f), k-NN with beam %d (%.4f)%n",
            K, target, contender.index(), BEAMS[own],
            ours[own], BEAMS[other], theirs[other]);
        pairs.add(new int[] {BEAMS[own], BEAMS[other]});
      }
    }
    return pairs;
  }

  private static int firstAtLeast(double[] recalls, double target) {
    for (int i = 0; i < recalls.length; i++) {
      if (recalls[i] >= target) {
        return i;
      }
    }
    return -1;
  }

  private double recall(Contender contender, int beam) throws IOException {
    int found = 0;
    for (int i = 0; i < queries.rows().length; i++) {
      Set<Integer> exact = new HashSet<>();
      Arrays.stream(truth[i]).forEach(exact::add);
      JsonNode answer = node.ok("POST", search(contender), contender.query(queries.rows()[i], K, beam));
      for (JsonNode hit : answer.at("/hits/hits")) {
        found += exact.contains(hit.path("_id").asInt()) ? 1 : 0;
      }
    }
    return found / (double) (queries.rows().length * K);
  }

  private void compareSearch(Contender contender, int ownBeam, int otherBeam) throws Exception {
    String[] own = bodies(contender, ownBeam);
    String[] other = bodies(Contender.KNN_LUCENE, otherBeam);
    double[] latencyRatios = new double[rounds];
    double[] throughputRatios = new double[rounds];
    double[][] p50 = new double[2][rounds];
    double[][] qps = new double[2][rounds];
    for (int round = 0; round < rounds; round++) {
      p50[0][round] = RestNode.median(latencies(contender, own));
      p50[1][round] = RestNode.median(latencies(Contender.KNN_LUCENE, other));
      qps[0][round] = throughput(contender, own, 8);
      qps[1][round] = throughput(Contender.KNN_LUCENE, other, 8);
      latencyRatios[round] = p50[0][round] / p50[1][round];
      throughputRatios[round] = qps[0][round] / qps[1][round];
    }
    System.out.printf(Locale.ROOT, "beams %d / %d: p50 one client %s %.3f ms, k-NN %.3f ms, ratio %s%n", ownBeam,
        otherBeam, contender.index(), RestNode.median(p50[0]),
        RestNode.median(p50[1]), RestNode.range(latencyRatios));
    System.out.printf(Locale.ROOT, "beams %d / %d: eight clients %s %,.0f/s, k-NN %,.0f/s, ratio %s%n", ownBeam,
        otherBeam, contender.index(), RestNode.median(qps[0]),
        RestNode.median(qps[1]), RestNode.range(throughputRatios));
  }

  private String[] bodies(Contender contender, int beam) {
    return Arrays.stream(queries.rows()).map(query -> contender.query(query, K, beam)).toArray(String[]::new);
  }

  private double[] latencies(Contender contender, String[] bodies) {
    double[] milliseconds = new double[bodies.length];
    for (int i = 0; i < bodies.length; i++) {
      long start = System.nanoTime();
      node.request("POST", search(contender), bodies[i]);
      milliseconds[i] = RestNode.seconds(start) * 1000;
    }
    return milliseconds;
  }

  private double throughput(Contender contender, String[] bodies, int clients) throws Exception {
    long start = System.nanoTime();
    try (ExecutorService pool = Executors.newFixedThreadPool(clients)) {
      List<Future<?>> running = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        int first = client;
        running.add(pool.submit(() -> {
          for (int i = first; i < bodies.length; i += clients) {
            node.request("POST", search(contender), bodies[i]);
          }
        }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    }
    return bodies.length / RestNode.seconds(start);
  }

  private static String search(Contender contender) {
    return "/" + contender.index() + "/_search?request_cache=false";
  }
}
