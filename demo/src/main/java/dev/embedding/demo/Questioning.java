package dev.embedding.demo;

import java.util.List;

/** Asks questions, and shows what was found. */
final class Questioning {
  private static final int K = 10;
  private static final int SHOWN = 3;
  private static final int WIDEST_TITLE = 30;
  private static final int WIDEST_DEFINITION = 70;

  private final Embedder embedder;
  private final VectorIndex index;

  Questioning(Embedder embedder, VectorIndex index) {
    this.embedder = embedder;
    this.index = index;
  }

  /** What the question finds. */
  Answer answer(Question question) {
    float[] vector = embedder.embed(question.text());
    return index.search(question.request(vector, K).returning("title", "definition"));
  }

  /** Prints the best hits, and how long the search took. */
  void ask(Question question, Report report) {
    Answer answer = answer(question);
    report.line("\"%s\"  %s, %s", question.text(), question.manner(), Durations.millis(answer.nanos()));
    for (Answer.Hit hit : answer.hits().subList(0, Math.min(SHOWN, answer.hits().size()))) {
      report.line("  %.3f  %-30s  %s", hit.score(), shorten(hit.text("title"), WIDEST_TITLE),
          shorten(hit.text("definition"), WIDEST_DEFINITION));
    }
  }

  static String shorten(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 3) + "...";
  }
}
