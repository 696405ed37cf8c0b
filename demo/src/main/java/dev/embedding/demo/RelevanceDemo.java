package dev.embedding.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Learns which definitions are relevant for a word, and shows what a search keeps then. */
final class RelevanceDemo {
  private static final int K = 10;
  private static final int SHOWN = 6;
  private static final int WIDEST_DEFINITION = 60;
  private static final String LEARNED = "judgements";
  private static final String OTHERS = "other-judgements";

  private final Report report;
  private final VectorIndex index;
  private final Adapter adapter;
  private final Words words;
  /** How a request names the rule to use. */
  private JsonNode rule;

  RelevanceDemo(Report report, Rest rest, VectorIndex index, Words words) {
    this.report = report;
    this.index = index;
    this.adapter = new Adapter(rest, "definitions", index.name());
    this.words = words;
  }

  /** @param vectors those of the words that are learned from */
  void train(List<float[]> vectors) {
    adapter.judge(LEARNED, words.learned(), vectors);
    report.line(
        "%,d words, %,d of them with no definition in the index; a definition of a word is relevant, others not",
        words.learned().size(), withoutAnswer(words.learned()));
    JsonNode trained = adapter.train(LEARNED);
    JsonNode found = trained.path("report");
    rule = withBestF1(found);
    report.line("Measured while training, on words held out; thresholds that keep %.0f %% of what is relevant",
        100 * found.path("target_recall").asDouble());
    showMeasures(found);
    report.line(trained.path("accepted").asBoolean()
        ? "The adapter is better than every rule without training, and is stored; with its threshold of the best F1: "
            + rule
        : "The adapter is not better than the best rule without training, and was refused; the best one is: " + rule);
  }

  /** The recommended rule with the threshold that weighs precision and recall alike, instead of one for a high recall. */
  private static JsonNode withBestF1(JsonNode found) {
    ObjectNode recommended = found.path("recommended").deepCopy();
    String name = found.path("adapter_is_better").asBoolean()
        ? "adapter"
        : found.path("best_without_training").asText();
    for (JsonNode measures : found.path("rules")) {
      if (measures.path("rule").asText().equals(name)) {
        double threshold = measures.path("f1_threshold").asDouble();
        switch (name) {
          case "adapter" -> recommended.put("min_relevance", threshold);
          case "fixed_k" -> recommended.put("k", (int) threshold);
          default -> ((ObjectNode) recommended.path("cutoff")).put("min", threshold);
        }
      }
    }
    return recommended;
  }

  /** @param vectors those of the words that were not learned from */
  void evaluate(List<float[]> vectors) {
    adapter.judge(OTHERS, words.others(), vectors);
    report.line("%,d other words, %,d of them with no definition in the index",
        words.others().size(), withoutAnswer(words.others()));
    if (adapter.show().has("map")) {
      showMeasures(adapter.evaluate(OTHERS).path("report"));
    } else {
      report.line("As the adapter was refused, there is none to measure; the rule without training is used below");
    }
  }

  private static long withoutAnswer(List<Words.Word> some) {
    return some.stream().filter(word -> word.senses().isEmpty()).count();
  }

  private void showMeasures(JsonNode found) {
    Table table = new Table().left("rule")
        .right("PR AUC")
        .right("precision")
        .right("recall")
        .right("kept")
        .right("empty if no answer")
        .right("best F1");
    for (JsonNode measures : found.path("rules")) {
      table.row(measures.path("rule").asText(), number(measures, "pr_auc"), number(measures, "precision"),
          number(measures, "recall"), number(measures, "kept"), number(measures, "empty_without_answer"),
          number(measures, "f1"));
    }
    table.row("best cut for each query", "", "", "", "", "",
        String.format(Locale.ROOT, "%.3f", found.path("best_cut_for_each_query_f1").asDouble()));
    report.table(table);
  }

  private static String number(JsonNode measures, String name) {
    return measures.has(name) ? String.format(Locale.ROOT, "%.3f", measures.path(name).asDouble()) : "-";
  }

  /** What a search finds with the filter and without, over all other words and for a few of them. */
  void compare(List<float[]> vectors) {
    int[] kept = new int[2];
    int[] relevant = new int[2];
    int empty = 0;
    List<Runnable> examples = new ArrayList<>();
    for (int i = 0; i < vectors.size(); i++) {
      Words.Word word = words.others().get(i);
      NearestRequest request = NearestRequest.of(vectors.get(i), K).returning("title", "definition");
      Answer all = index.search(request);
      Answer filtered = index.search(request.filtered(rule));
      count(0, all, word, kept, relevant);
      count(1, filtered, word, kept, relevant);
      empty += word.senses().isEmpty() && filtered.hits().isEmpty() ? 1 : 0;
      if (isExample(examples.size(), word)) {
        examples.add(() -> show(word, all, filtered));
      }
    }
    report.line("Of the %d best hits of each other word:", K);
    report.table(new Table().left("search")
        .right("hits")
        .right("relevant")
        .right("share")
        .row("nearest", String.format(Locale.ROOT, "%,d", kept[0]), String.format(Locale.ROOT, "%,d", relevant[0]),
            share(relevant[0], kept[0]))
        .row("nearest in relevance_filter", String.format(Locale.ROOT, "%,d", kept[1]),
            String.format(Locale.ROOT, "%,d", relevant[1]),
            share(relevant[1], kept[1])));
    report.line("%,d of %,d words without an answer come back empty, where nearest alone gives %d hits each", empty,
        withoutAnswer(words.others()), K);
    examples.forEach(Runnable::run);
  }

  private static String share(int part, int all) {
    return all == 0 ? "-" : String.format(Locale.ROOT, "%.2f", part / (double) all);
  }

  private static void count(int at, Answer answer, Words.Word word, int[] kept, int[] relevant) {
    kept[at] += answer.hits().size();
    relevant[at] += (int) answer.hits().stream().filter(hit -> word.senses().contains(hit.id())).count();
  }

  /** Every second one has an answer. */
  private static boolean isExample(int shown, Words.Word word) {
    return shown < SHOWN && word.senses().isEmpty() == (shown % 2 == 1);
  }

  private void show(Words.Word word, Answer all, Answer filtered) {
    report.line("");
    report.line("\"%s\"  %s; kept %d of %d", word.text(), word.senses().isEmpty()
        ? "its definitions were left out"
        : String.format(Locale.ROOT, "%d definitions in the index", word.senses().size()), filtered.hits().size(),
        all.hits().size());
    for (Answer.Hit hit : all.hits().subList(0, Math.min(3, all.hits().size()))) {
      boolean isKept = filtered.hits().stream().anyMatch(other -> other.id().equals(hit.id()));
      report.line("  %s  %-10s  %s: %s", isKept ? "kept   " : "dropped",
          word.senses().contains(hit.id()) ? "relevant" : "",
          hit.text("title").split(",", -1)[0], shorten(hit.text("definition")));
    }
  }

  private static String shorten(String text) {
    return text.length() <= WIDEST_DEFINITION ? text : text.substring(0, WIDEST_DEFINITION - 3) + "...";
  }
}
