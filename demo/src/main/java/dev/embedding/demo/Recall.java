package dev.embedding.demo;

import java.util.ArrayList;
import java.util.List;

/** How much of what an exact search finds is found by a faster one, and how long both take. */
final class Recall {
  private static final int K = 10;

  private final VectorIndex index;
  private final List<float[]> queries;
  private final List<Answer> exact;

  /** Searches exactly, which is what {@link #of} compares with. */
  Recall(VectorIndex index, List<float[]> queries) {
    this.index = index;
    this.queries = queries;
    this.exact = search(0, true);
  }

  /** The share of the exact hits that searches with so many candidates find, from 0 to 1, and their times. */
  record Result(double recall, Latencies latencies) {}

  Result of(int candidates) {
    List<Answer> found = search(candidates, false);
    double sum = 0;
    for (int i = 0; i < found.size(); i++) {
      sum += recall(found.get(i), exact.get(i));
    }
    return new Result(sum / found.size(), latencies(found));
  }

  /** The times of exact searches. */
  Latencies ofExact() {
    return latencies(search(0, true));
  }

  private List<Answer> search(int candidates, boolean exactly) {
    List<Answer> answers = new ArrayList<>();
    for (float[] query : queries) {
      answers.add(index.search(NearestRequest.of(query, K).candidates(candidates).exact(exactly)));
    }
    return answers;
  }

  /** By score and not by name, since definitions that are equal, and so are their scores, are equally good. */
  static double recall(Answer found, Answer exact) {
    double worst = exact.hits().getLast().score();
    return (double) found.hits().stream().filter(hit -> hit.score() >= worst).count() / exact.hits().size();
  }

  static Latencies latencies(List<Answer> answers) {
    return Latencies.of(answers.stream().map(Answer::nanos).toList());
  }
}
