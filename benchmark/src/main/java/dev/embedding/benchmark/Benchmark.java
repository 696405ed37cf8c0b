package dev.embedding.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares peers on one data set, round by round, each peer in a JVM of its own. Indices and exact answers are kept in the folder {@code benchmark.cache},
 * so that a run that was stopped goes on where it was. Writes {@code results.md} and a picture for each scenario there.
 *
 * <pre>  mvn -pl codec,benchmark -am -DskipTests package -Dbenchmark.phase=package -Dbenchmark.data=FOLDER -Dbenchmark.options="-Dbenchmark.rounds=5"</pre>
 *
 * <p>System properties, with their defaults: {@code benchmark.data} (needed), {@code benchmark.cache} (target/benchmark), {@code benchmark.dimension} (384), {@code
 * benchmark.documents} (100000), {@code benchmark.segments} (1,4), {@code benchmark.rounds} (3), {@code benchmark.queries} (500), {@code benchmark.k} (10,100), {@code
 * benchmark.peers}, {@code benchmark.filters}, {@code benchmark.heap} (3g) of each peer's JVM, which holds all documents as floats, and {@code
 * benchmark.launcher}, words to put before the command of a worker, as in {@code taskset -c 1}.
 */
public final class Benchmark {

  private static final String PEERS = "ours-1bit,ours-2bit,ours-4bit,ours-8bit,lucene-float,lucene-1bit,lucene-4bit,lucene-7bit,"
      + "ours-pq-4bit-48,ours-pq-4bit-96,ours-pq-4bit-192,ours-pq-8bit-48,ours-pq-8bit-96,jvector-48,jvector-96,jvector-192";
  private static final String FILTERS = "random-0.1,random-1,random-10,random-50,correlated-0.1,correlated-1,correlated-10,correlated-50";

  private final Path data;
  private final Path cache;
  private final int dimension;
  private final int documents;
  private final int rounds;
  private final int queries;
  private final List<String> peers;
  private final StringBuilder report = new StringBuilder();

  private Benchmark(Path data, Path cache) {
    this.data = data;
    this.cache = cache;
    this.dimension = Integer.getInteger("benchmark.dimension", 384);
    this.documents = Integer.getInteger("benchmark.documents", 100_000);
    this.rounds = Integer.getInteger("benchmark.rounds", 3);
    this.queries = Integer.getInteger("benchmark.queries", 500);
    this.peers = list("benchmark.peers", PEERS);
  }

  private static List<String> list(String property, String otherwise) {
    String value = System.getProperty(property, otherwise);
    return value.isEmpty() ? List.of() : Arrays.asList(value.split(",", -1));
  }

  /** Runs with the system properties above. */
  public static void main(String[] args) throws IOException {
    String folder = System.getProperty("benchmark.data", "");
    if (folder.isEmpty() || !Files.isReadable(Path.of(folder, "docs.i8"))) {
      System.out.println("Skipped: there is no docs.i8 in the folder that -Dbenchmark.data names: [" + folder + "]");
      return;
    }
    Path cache = Path.of(System.getProperty("benchmark.cache", "target/benchmark")).toAbsolutePath();
    Files.createDirectories(cache);
    new Benchmark(Path.of(folder), cache).run();
  }

  private void run() throws IOException {
    report.append("# ")
        .append(documents)
        .append(" documents, ")
        .append(dimension)
        .append(" dimensions, ")
        .append(rounds)
        .append(" rounds of ")
        .append(queries)
        .append(" queries\n\n");
    for (String segments : list("benchmark.segments", "1,4")) {
      compare(Integer.parseInt(segments));
    }
    Files.writeString(cache.resolve("results.md"), report);
    System.out.println(report);
  }

  private void compare(int segments) throws IOException {
    Map<String, Connection> workers = new LinkedHashMap<>();
    try {
      for (String peer : peers) {
        System.out.println("starting " + peer + ", " + segments + " segments");
        workers.put(peer, new Connection(peer, segments));
      }
      report.append("## ").append(segments).append(" segments\n\n");
      costs(workers);
      for (String k : list("benchmark.k", "10,100")) {
        scenario(workers, segments, "all", Integer.parseInt(k));
      }
      if (segments == 1) {
        for (String filter : list("benchmark.filters", FILTERS)) {
          scenario(workers, segments, filter, 10);
        }
      }
    } finally {
      for (Connection worker : workers.values()) {
        worker.close();
      }
    }
  }

  private void costs(Map<String, Connection> workers) throws IOException {
    report.append(
        "| peer | flush CPU s | merge CPU s | bytes on the heap | bytes on disk | of these | recall@10, @100 of the codes alone |\n|---|---|---|---|---|---|---|\n");
    for (Map.Entry<String, Connection> worker : workers.entrySet()) {
      String[] cost = worker.getValue().ask("cost").split(" ", -1);
      report.append("| ").append(worker.getKey());
      for (String number : cost) {
        report.append(" | ")
            .append(
                number.matches("\\d+\\.\\d+") ? String.format(java.util.Locale.ROOT, "%.1f", Double.parseDouble(number))
                    : number);
      }
      report.append(" | ").append(worker.getValue().ask("codes").replace(" ", ", ")).append(" |\n");
    }
    report.append('\n');
  }

  /** One unmeasured round, then the others, every second one in reverse order. */
  private void scenario(Map<String, Connection> workers, int segments, String filter, int k) throws IOException {
    Map<String, List<Curve>> curves = new LinkedHashMap<>();
    List<String> order = new ArrayList<>(workers.keySet());
    for (String peer : order) {
      curves.put(peer, new ArrayList<>());
    }
    for (int round = 0; round <= rounds; round++) {
      for (String peer : round % 2 == 0 ? order : order.reversed()) {
        Curve curve = Curve.parse(workers.get(peer).ask("measure " + filter + " " + k + " " + queries));
        if (round > 0) {
          curves.get(peer).add(curve);
        }
      }
      System.out.println(segments + " segments, " + filter + ", k " + k + ": round " + round + " of " + rounds);
    }
    Comparison comparison = new Comparison(curves);
    report.append("### recall@")
        .append(k)
        .append(", ")
        .append(filter)
        .append("\n\n")
        .append(comparison.table())
        .append('\n');
    String picture = "recall-" + documents + "-" + segments + "-" + filter + "-" + k + ".svg";
    Files.writeString(cache.resolve(picture),
        comparison.picture("recall@" + k + ", " + filter + ", " + segments + " segments"));
    Files.writeString(cache.resolve("results.md"), report);
  }

  /** A worker's process and both ends of its pipe. */
  private final class Connection {

    private final String peer;
    private final Process process;
    private final PrintWriter out;
    private final BufferedReader in;

    Connection(String peer, int segments) throws IOException {
      this.peer = peer;
      List<String> command = new ArrayList<>();
      String launcher = System.getProperty("benchmark.launcher", "");
      if (!launcher.isEmpty()) {
        command.addAll(Arrays.asList(launcher.split(" ", -1)));
      }
      command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-Xmx" + System.getProperty("benchmark.heap", "3g"),
          "--add-modules", "jdk.incubator.vector",
          "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), Worker.class.getName(),
          peer, data.toString(),
          cache.toString(), Integer.toString(dimension), Integer.toString(documents), Integer.toString(segments)));
      this.process = new ProcessBuilder(command).redirectError(cache.resolve(peer + ".log").toFile()).start();
      this.out = new PrintWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
      this.in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      answer();
    }

    String ask(String command) throws IOException {
      out.println(command);
      return answer();
    }

    private String answer() throws IOException {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("> ")) {
          return line.substring(2);
        }
      }
      throw new IOException("the JVM of " + peer + " ended; see " + cache.resolve(peer + ".log"));
    }

    void close() {
      out.close();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
