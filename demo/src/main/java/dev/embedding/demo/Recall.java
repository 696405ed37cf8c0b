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

  /**
   * A measurement.
   *
   * @param recall the share of the exact hits that were found, from 0 to 1
   * @param nanos  the time of each query, in ascending order
   */
  record Result(double recall, List<Long> nanos) {
    /** The time that this part of the queries, from 0 to 1, stayed within. */
    long quantile(double part) {
      return nanos.get((int) Math.ceil(part * nanos.size()) - 1);
    }
  }

  /** Measures searches with so many candidates; 0 for the default. */
  Result of(int candidates) {
    List<Answer> found = search(candidates, false);
    double sum = 0;
    for (int i = 0; i < found.size(); i++) {
      sum += recall(found.get(i), exact.get(i));
    }
    return new Result(sum / found.size(), times(found));
  }

  /** Measures exact searches. */
  Result ofExact() {
    return new Result(1, times(search(0, true)));
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

  private static List<Long> times(List<Answer> answers) {
    return answers.stream().map(Answer::nanos).sorted().toList();
  }
}
