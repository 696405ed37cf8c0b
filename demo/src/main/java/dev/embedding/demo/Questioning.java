package dev.embedding.demo;

import java.util.List;

/** Asks questions, and shows what was found. */
final class Questioning {
  private static final int K = 10;
  private static final int SHOWN = 3;
  private static final int WIDEST_WORDS = 26;
  private static final int WIDEST_DEFINITION = 64;

  private final Embedder embedder;
  private final VectorIndex index;

  Questioning(Embedder embedder, VectorIndex index) {
    this.embedder = embedder;
    this.index = index;
  }

  /** The best hits of each question, and how long the node took. */
  Table ask(List<Question> questions) {
    Table table = new Table().left("question")
        .left("how")
        .right("time")
        .right("score")
        .left("word")
        .left("definition");
    for (Question question : questions) {
      float[] vector = embedder.embed(question.text());
      Answer answer = index.search(question.request(vector, K).returning("title", "definition"));
      addTo(table, question, answer);
    }
    return table;
  }

  private static void addTo(Table table, Question question, Answer answer) {
    String text = question.text();
    String manner = question.manner();
    String time = Durations.millis(answer.nanos());
    for (Answer.Hit hit : answer.hits().subList(0, Math.min(SHOWN, answer.hits().size()))) {
      table.row(text, manner, time, "%.3f".formatted(hit.score()),
          shorten(hit.text("title"), WIDEST_WORDS), shorten(hit.text("definition"), WIDEST_DEFINITION));
      text = "";
      manner = "";
      time = "";
    }
  }

  private static String shorten(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 3) + "...";
  }
}
