package dev.embedding.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The same definitions with a vector for every token, and what that finds. */
final class LateInteraction {
  private static final int K = 10;
  private static final int SHOWN = 3;
  private static final int WIDEST_TITLE = 28;
  private static final int BATCH = 16;
  private static final int USUAL_CANDIDATES = 200;
  private static final List<Integer> CANDIDATES = List.of(20, 50, USUAL_CANDIDATES, 500);

  private final Rest rest;
  private final Embedder embedder;
  private final Report report;
  private final VectorIndex index;

  LateInteraction(Rest rest, Embedder embedder, Report report) {
    this.rest = rest;
    this.embedder = embedder;
    this.report = report;
    this.index = new VectorIndex(rest, "definitions_by_token");
  }

  void index(List<Synset> synsets) {
    index.create("definitions_by_token.json");
    long start = System.nanoTime();
    try (ProgressBar progress = report.progress("documents", synsets.size())) {
      new BulkLoader(rest, index.name(), "tokens").load(synsets, (from, to) -> vectors(synsets.subList(from, to)),
          progress);
    }
    double loading = (System.nanoTime() - start) / 1e9;
    index.merge();
    report.line("%,.0f documents per second, embedded and sent; %.1f MB on disk",
        synsets.size() / loading, index.storeBytes() / 1e6);
  }

  private List<String> vectors(List<Synset> synsets) {
    List<String> vectors = new ArrayList<>(synsets.size());
    for (int from = 0; from < synsets.size(); from += BATCH) {
      List<String> texts = synsets.subList(from, Math.min(from + BATCH, synsets.size()))
          .stream()
          .map(Synset::definition)
          .toList();
      embedder.embedTokens(texts).forEach(tokens -> vectors.add(Vectors.base64(tokens)));
    }
    return vectors;
  }

  /** Shows the best titles of each way beside each other. */
  void ask(Questioning byOneVector) {
    report.line("The best three by: one vector (nearest), the vectors of all tokens (max_sim),");
    report.line("and the best %d by BM25, put in order by max_sim", USUAL_CANDIDATES);
    for (Question question : Question.DOZEN.stream().filter(Question::isPlain).toList()) {
      MaxSimRequest request = request(question.text());
      Answer nearest = byOneVector.answer(question);
      Answer maxSim = index.search(request.best(USUAL_CANDIDATES));
      Answer words = index.search(request.afterWords(question.text(), USUAL_CANDIDATES));
      report.line("");
      report.line("\"%s\"", question.text());
      Table table = new Table().left("nearest").left("max_sim").left("BM25, then max_sim");
      for (int i = 0; i < SHOWN; i++) {
        table.row(title(nearest, i), title(maxSim, i), title(words, i));
      }
      report.table(table);
    }
  }

  private static String title(Answer answer, int rank) {
    return rank < answer.hits().size()
        ? Questioning.shorten(answer.hits().get(rank).text("title"), WIDEST_TITLE)
        : "";
  }

  private MaxSimRequest request(String text) {
    return MaxSimRequest.of(embedder.embedTokens(List.of(text)).getFirst(), K);
  }

  /** What share of the best by MaxSim over all documents is found, and in which time. */
  void compare(List<String> queries) {
    List<MaxSimRequest> requests = queries.stream().map(this::request).toList();
    List<Answer> exact = answers(requests, MaxSimRequest::exact);
    report.line("recall@10 is the share of the ten best by MaxSim over all documents; %d queries, one after the other",
        queries.size());
    Table table = new Table().left("search").right("recall@10").right("half within").right("99 % within");
    for (int candidates : CANDIDATES) {
      addTo(table, "max_sim, " + candidates + " candidates", exact,
          answers(requests, request -> request.best(candidates)));
    }
    List<Answer> words = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      words.add(index.search(requests.get(i).afterWords(queries.get(i), USUAL_CANDIDATES)));
    }
    addTo(table, String.format(Locale.ROOT, "BM25, %d candidates, then max_sim", USUAL_CANDIDATES), exact, words);
    addTo(table, "max_sim over all documents", exact, answers(requests, MaxSimRequest::exact));
    report.table(table);
  }

  private List<Answer> answers(List<MaxSimRequest> requests, Function<MaxSimRequest, Map<String, Object>> body) {
    return requests.stream().map(request -> index.search(body.apply(request))).toList();
  }

  private static void addTo(Table table, String search, List<Answer> exact, List<Answer> found) {
    double sum = 0;
    for (int i = 0; i < found.size(); i++) {
      sum += Recall.recall(found.get(i), exact.get(i));
    }
    Latencies latencies = Recall.latencies(found);
    table.row(search, String.format(Locale.ROOT, "%.3f", sum / found.size()), Durations.millis(latencies.quantile(0.5)),
        Durations.millis(latencies.quantile(0.99)));
  }
}
