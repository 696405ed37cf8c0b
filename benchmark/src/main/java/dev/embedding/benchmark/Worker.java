package dev.embedding.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.lucene.util.FixedBitSet;

/**
 * One peer in a JVM of its own, since formats in one JVM spoil each other's compiled code. Reads commands from standard input, a line each, and answers a
 * line each.
 */
final class Worker {

  /** A complete index has this file, with what it cost. */
  private static final String COST = "cost";

  /** Files that hold less of an index are not worth a word. */
  private static final double LARGE_PART = 0.001;

  private final DataSet data;
  private final Path cache;
  private final Path folder;
  private final Peer peer;
  private final long heapBytes;

  private Worker(String name, Path dataFolder, Path cache, int dimension, int documents, int segments)
      throws IOException {
    this.data = new DataSet(dataFolder, dimension, documents);
    this.cache = cache;
    this.folder = cache.resolve(name + "-" + dimension + "-" + documents + "-" + segments);
    this.peer = Peer.of(name);
    if (!Files.exists(folder.resolve(COST))) {
      clear();
      peer.build(data, folder, segments);
    }
    long before = usedHeap();
    peer.open(data, folder);
    this.heapBytes = usedHeap() - before;
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** What an interrupted build left behind. */
  private void clear() throws IOException {
    Files.createDirectories(folder);
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  static void saveBuildCost(Path folder, long flushNanos, long mergeNanos) throws IOException {
    Files.writeString(folder.resolve(COST), flushNanos / 1e9 + " " + mergeNanos / 1e9);
  }

  public static void main(String[] args) throws IOException {
    Worker worker = new Worker(args[0], Path.of(args[1]), Path.of(args[2]), Integer.parseInt(args[3]),
        Integer.parseInt(args[4]), Integer.parseInt(args[5]));
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    answer("ready");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      answer(switch (words[0]) {
        case "cost" -> worker.cost();
        case "codes" -> worker.codesAlone(10) + " " + worker.codesAlone(100);
        default -> worker.measure(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]));
      });
    }
    worker.peer.close();
  }

  private static void answer(String line) {
    System.out.println("> " + line);
  }

  /** CPU seconds of flushing and of merging, bytes on the heap, bytes on disk, and those of the files by their extensions. */
  private String cost() throws IOException {
    Map<String, Long> bytes = new TreeMap<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        bytes.merge(name.substring(name.lastIndexOf('.') + 1), Files.size(file), Long::sum);
      }
    }
    long all = bytes.values().stream().mapToLong(Long::longValue).sum();
    String large = bytes.entrySet()
        .stream()
        .filter(kind -> kind.getValue() >= LARGE_PART * all)
        .map(kind -> kind.getKey() + "=" + kind.getValue())
        .collect(Collectors.joining(","));
    return Files.readString(folder.resolve(COST)) + " " + heapBytes + " " + all + " " + large;
  }

  /** For each knob: beam, oversample, recall, and microseconds: mean, median, 99th percentile. */
  private String measure(String filter, int k, int queries) throws IOException {
    int[][] truth = data.truth(filter, k, cache);
    FixedBitSet passing = filter.equals("all") ? null : data.passing(filter);
    peer.filter(passing);
    StringBuilder answer = new StringBuilder();
    List<Peer.Knob> knobs = peer.knobs(k);
    for (Peer.Knob knob : knobs) {
      double[] micros = new double[queries];
      int found = 0;
      int wanted = 0;
      double sum = 0;
      for (int i = 0; i < queries; i++) {
        float[] query = data.queries[i % data.queries.length];
        long start = System.nanoTime();
        int[] hits = peer.search(query, k, knob);
        micros[i] = (System.nanoTime() - start) / 1e3;
        sum += micros[i];
        int[] right = truth[i % data.queries.length];
        wanted += right.length;
        found += common(hits, right);
      }
      Arrays.sort(micros);
      answer.append(String.format(java.util.Locale.ROOT, "%d %d %.5f %.2f %.2f %.2f;", knob.beam(), knob.oversample(),
          (double) found / wanted,
          sum / queries, micros[queries / 2], micros[queries * 99 / 100]));
    }
    return answer.toString();
  }

  /** The recall of the best by their codes, before scoring again. */
  private String codesAlone(int k) throws IOException {
    int[][] truth = data.truth("all", k, cache);
    int found = 0;
    for (int i = 0; i < truth.length; i++) {
      found += common(peer.search(data.queries[i], k, peer.codesAlone()), truth[i]);
    }
    return String.format(java.util.Locale.ROOT, "%.3f", (double) found / truth.length / k);
  }

  private static int common(int[] hits, int[] right) {
    int[] sorted = right.clone();
    Arrays.sort(sorted);
    int common = 0;
    for (int hit : hits) {
      if (Arrays.binarySearch(sorted, hit) >= 0) {
        common++;
      }
    }
    return common;
  }
}
