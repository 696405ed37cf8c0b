package dev.embedding.demo;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import dev.embedding.node.Distribution;
import dev.embedding.node.OpenSearchCluster;
import dev.embedding.node.OpenSearchNode;

/** The steps of the demo. */
public final class Demo {
  private static final int HEAP_MEGABYTES = 1024;
  private static final int HELD_OUT_QUERIES = 200;
  private static final List<Integer> CANDIDATES = List.of(10, 30, 100, 300);
  private static final int ROUNDS_OF_QUESTIONS = 20;
  private static final int JUDGED_WORDS = 4_500;
  /** Lucene's line when its kernels, and so ours, use the processor's vector instructions. */
  private static final String SIMD = "Java vector incubator API enabled";

  private final DemoOptions options;
  private final Report report;

  private Demo(DemoOptions options, Report report) {
    this.options = options;
    this.report = report;
  }

  /** Runs the demo as the system properties of {@link DemoOptions} say. */
  public static void main(String[] arguments) {
    // Numbers are written as in English texts, whatever the language of the machine.
    Locale.setDefault(Locale.ROOT);
    PrintStream out = System.out;
    Report report = Report.ofConsole();
    Thread.ofPlatform().daemon().name("watch-maven").start(Demo::endWithMaven);
    boolean success = false;
    try {
      DemoOptions options = DemoOptions.of(System.getProperties());
      try (FolderLock _ = new FolderLock(options.folder())) {
        new Demo(options, report).run();
      }
      success = true;
    } catch (RuntimeException | Error e) {
      out.println();
      e.printStackTrace(out);
      out.println();
      out.println(report.failure(e));
    }
    // Libraries may have left threads that would keep this process.
    System.exit(success ? 0 : 1);
  }

  /** Whoever kills Maven does not mean the node to stay. */
  private static void endWithMaven() {
    ProcessHandle.current().parent().ifPresent(maven -> {
      maven.onExit().join();
      System.exit(1);
    });
  }

  private void run() {
    List<Synset> wordNet = report.step("Read WordNet", this::readWordNet);
    List<Synset> synsets = wordNet.subList(0, options.documents());
    List<String> heldOut = HeldOutQueries.of(wordNet, HELD_OUT_QUERIES);
    try (OpenSearchCluster cluster = report.step("Start OpenSearch with the plugin", this::startNode);
        Embedder embedder = new Embedder()) {
      BatchEmbedder batches = new BatchEmbedder(embedder::embed,
          new EmbeddingCache(embeddings(), Embedder.modelFile(), Embedder.DIMENSION));
      Rest rest = new Rest(cluster::request);
      VectorIndex index = new VectorIndex(rest, "definitions");

      List<float[]> vectors = report.step("Embed the definitions with " + Embedder.MODEL, () -> {
        report.line("%d dimensions, %d cores; the vectors are kept, so a second run is quick",
            Embedder.DIMENSION, Runtime.getRuntime().availableProcessors());
        return embed(batches, "definitions", synsets.stream().map(Synset::definition).toList());
      });
      report.step("Index them", () -> index(index, new BulkLoader(rest, index.name(), "embedding"), synsets, vectors));
      report.step("Weigh the index", () -> showSize(index));
      List<float[]> queries = report.step("Embed queries that are not in the index", () -> {
        report.line("%d of WordNet's usage examples, such as \"%s\"", heldOut.size(), heldOut.getFirst());
        return embed(batches, "queries", heldOut);
      });
      Questioning questioning = new Questioning(embedder, index);
      Recall recall = report.step("Warm the node up", () -> warmUp(index, queries, questioning));
      report.step("Ask", () -> ask(questioning));
      report.step("Compare with exact search", () -> showRecall(recall, rest, queries.size()));
      report.step("Compare quantizations", () -> compareQuantizations(new Quantizations(rest, index.name(), queries)));
      filterByRelevance(rest, batches, synsets, vectors);
      LateInteraction lateInteraction = new LateInteraction(rest, embedder, report);
      report.step("Index a vector of every token", () -> lateInteraction.index(synsets));
      report.step("Ask by one vector, by those of all tokens, and by words first",
          () -> lateInteraction.ask(questioning));
      report.step("Compare with MaxSim over all documents", () -> lateInteraction.compare(heldOut));
      report.total(Duration.between(options.started(), Instant.now()));
      if (options.keep()) {
        report.step("Keep the node", () -> keep(cluster, index, embedder));
      }
    }
  }

  /** An index of its own, as it lacks some definitions. */
  private void filterByRelevance(Rest rest, BatchEmbedder batches, List<Synset> synsets, List<float[]> vectors) {
    Words words = Words.of(synsets, JUDGED_WORDS);
    VectorIndex senses = new VectorIndex(rest, "senses");
    RelevanceDemo relevance = new RelevanceDemo(report, rest, senses, words);
    List<float[]> learned = new ArrayList<>();
    List<float[]> others = new ArrayList<>();
    report.step("Leave the definitions of some words out", () -> {
      Map<String, float[]> byId = new HashMap<>();
      for (int i = 0; i < synsets.size(); i++) {
        byId.put(synsets.get(i).id(), vectors.get(i));
      }
      List<Synset> indexed = words.indexed();
      index(senses, new BulkLoader(rest, senses.name(), "embedding"), indexed,
          indexed.stream().map(synset -> byId.get(synset.id())).toList());
      learned.addAll(embed(batches, "words", words.learned().stream().map(Words.Word::text).toList()));
      others.addAll(embed(batches, "words", words.others().stream().map(Words.Word::text).toList()));
    });
    report.step("Train a relevance filter", () -> relevance.train(learned));
    report.step("Measure it on other words", () -> relevance.evaluate(others));
    report.step("Ask with the filter and without", () -> relevance.compare(others));
  }

  private Path embeddings() {
    return options.folder().resolve("embeddings");
  }

  private OpenSearchCluster startNode() {
    Distribution distribution = Distribution.unpack(options.folder().resolve("opensearch"));
    OpenSearchCluster cluster = OpenSearchCluster.builder(distribution, options.folder().resolve("node"))
        .plugin(options.plugin())
        .heapMegabytes(HEAP_MEGABYTES)
        .start();
    OpenSearchNode node = cluster.node(0);
    report.line("OpenSearch %s with %s at %s, heap %,d MB, SIMD %s", distribution.version(),
        options.plugin().getFileName(), node.uri(), HEAP_MEGABYTES, node.log().contains(SIMD) ? "on" : "off");
    report.line("Its log is in %s", node.logFile());
    return cluster;
  }

  private List<Synset> readWordNet() {
    List<Synset> wordNet = WordNet.read();
    if (options.documents() > wordNet.size()) {
      throw new IllegalArgumentException("demo.documents must be at most " + wordNet.size()
          + ", as WordNet has no more; got " + options.documents());
    }
    report.line("The %,d definitions that are used most, of %,d", options.documents(), wordNet.size());
    return wordNet;
  }

  private List<float[]> embed(BatchEmbedder batches, String unit, List<String> texts) {
    int cached = batches.cached(texts);
    if (cached > 0) {
      report.line("%,d of %,d are there from an earlier run, in %s", cached, texts.size(), embeddings());
    }
    try (ProgressBar progress = report.progress(unit, texts.size() - cached)) {
      return batches.embed(texts, progress);
    }
  }

  private void index(VectorIndex index, BulkLoader loader, List<Synset> synsets, List<float[]> vectors) {
    index.create("definitions.json");
    long start = System.nanoTime();
    try (ProgressBar progress = report.progress("documents", synsets.size())) {
      loader.load(synsets, (from, to) -> vectors.subList(from, to).stream().map(Vectors::base64).toList(), progress);
    }
    double loading = (System.nanoTime() - start) / 1e9;
    index.merge();
    double merging = (System.nanoTime() - start) / 1e9 - loading;
    if (index.count() != synsets.size()) {
      throw new IllegalStateException("expected " + synsets.size() + " documents in the index; got " + index.count());
    }
    report.line("%,.0f documents per second by _bulk, with base64 vectors; then %s to merge them into %d segment",
        synsets.size() / loading, Durations.seconds(merging), index.segments());
  }

  private void showSize(VectorIndex index) {
    report.line("%.1f MB on disk; the vectors alone, as float32, are %.1f MB",
        index.storeBytes() / 1e6, index.count() * Embedder.DIMENSION * Float.BYTES / 1e6);
    Table table = new Table().left("file").left("holds").right("MB");
    index.bytesByFileKind()
        .forEach(kind -> table.row(kind.extension(), kind.content(),
            String.format(Locale.ROOT, "%.2f", kind.bytes() / 1e6)));
    report.table(table);
  }

  /** Until the node's Java has compiled its code, searches are slow: all that are shown run here first. */
  private Recall warmUp(VectorIndex index, List<float[]> queries, Questioning questioning) {
    Recall recall = new Recall(index, queries);
    for (int candidates : CANDIDATES) {
      recall.of(candidates);
    }
    for (int i = 0; i < ROUNDS_OF_QUESTIONS; i++) {
      Question.DOZEN.forEach(questioning::answer);
    }
    report.line("%,d searches, whose times do not count",
        (1 + CANDIDATES.size()) * queries.size() + ROUNDS_OF_QUESTIONS * Question.DOZEN.size());
    return recall;
  }

  private void ask(Questioning questioning) {
    report.line("The best three of ten, with their scores; times by REST, without that of embedding the question");
    for (Question question : Question.DOZEN) {
      report.line("");
      questioning.ask(question, report);
    }
  }

  private void showRecall(Recall recall, Rest rest, int queries) {
    report.line("recall@10 is the share of the ten best hits by exact search that nearest finds; %d queries,", queries);
    report.line("one after the other, times by REST without that of embedding; 100 candidates are the default");
    Table table = new Table().left("search").right("recall@10").right("half within").right("99 % within");
    for (int candidates : CANDIDATES) {
      Recall.Result result = recall.of(candidates);
      addTo(table, "nearest, " + candidates + " candidates", String.format(Locale.ROOT, "%.3f", result.recall()),
          result.latencies());
    }
    addTo(table, "exact", "1.000", recall.ofExact());
    addTo(table, "no search, GET / only", "", emptyRequests(rest, queries));
    report.table(table);
  }

  private void compareQuantizations(Quantizations quantizations) {
    report.line("The index copied by _reindex; none is Lucene's HNSW graph on float32. 100 candidates, as above");
    report.table(quantizations.compare());
  }

  private static void addTo(Table table, String search, String recall, Latencies latencies) {
    table.row(search, recall, Durations.millis(latencies.quantile(0.5)), Durations.millis(latencies.quantile(0.99)));
  }

  /** What REST itself takes. */
  private static Latencies emptyRequests(Rest rest, int count) {
    List<Long> nanos = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      rest.send("GET", "/");
      nanos.add(System.nanoTime() - start);
    }
    return Latencies.of(nanos);
  }

  private void keep(OpenSearchCluster cluster, VectorIndex index, Embedder embedder) {
    NearestRequest library = NearestRequest.of(embedder.embed("building where you can borrow books"), 3)
        .returning("title", "definition");
    Map<String, NearestRequest> examples = new LinkedHashMap<>();
    examples.put("nearest", library);
    examples.put("filtered", library.only(PartOfSpeech.VERB));
    examples.put("exact", library.exact(true));
    KeptNode kept = new KeptNode(cluster.node(0), index.name(), options.folder().resolve("requests"));
    kept.describe(report, examples);
    kept.await(report);
  }
}
