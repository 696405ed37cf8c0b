package dev.embedding.relevance;

import java.util.List;

/** Counts what cut-offs keep. */
final class KeptCounts {
  private double all;
  private double relevant;
  private double kept;
  private double keptRelevant;
  private int unanswered;
  private int unansweredEmpty;

  /** Counts a query whose candidates with at least a score are kept. */
  void add(JudgedQuery query, float[] scores, double threshold) {
    boolean empty = true;
    for (int i = 0; i < query.size(); i++) {
      all += query.weight(i);
      relevant += query.relevant(i) ? query.weight(i) : 0;
      if (scores[i] >= threshold) {
        empty = false;
        kept += query.weight(i);
        keptRelevant += query.relevant(i) ? query.weight(i) : 0;
      }
    }
    if (query.answered() == false) {
      unanswered++;
      unansweredEmpty += empty ? 1 : 0;
    }
  }

  static KeptCounts of(List<JudgedQuery> queries, float[][] scores, double threshold) {
    KeptCounts counts = new KeptCounts();
    for (int q = 0; q < queries.size(); q++) {
      counts.add(queries.get(q), scores[q], threshold);
    }
    return counts;
  }

  double precision() {
    return kept == 0 ? 0 : keptRelevant / kept;
  }

  double recall() {
    return relevant == 0 ? 0 : keptRelevant / relevant;
  }

  double f1() {
    return kept + relevant == 0 ? 0 : 2 * keptRelevant / (kept + relevant);
  }

  double keptShare() {
    return all == 0 ? 0 : kept / all;
  }

  /** NaN if all queries have answers. */
  double emptyShare() {
    return unanswered == 0 ? Double.NaN : unansweredEmpty / (double) unanswered;
  }
}
