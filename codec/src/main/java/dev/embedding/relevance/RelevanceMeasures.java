package dev.embedding.relevance;

import java.util.List;

/**
 * How well scores tell relevant candidates from others, over the pairs of all queries pooled, as one threshold has to
 * serve all queries.
 */
public final class RelevanceMeasures {
  private RelevanceMeasures() {}

  /** The area under the curve of precision against recall (average precision); 0 if nothing is relevant. */
  public static double prAuc(List<JudgedQuery> queries, float[][] scores) {
    PooledPairs pairs = new PooledPairs(queries, scores);
    double[] state = new double[2]; // area, relevant weight so far
    pairs.forEachCut((threshold, kept, keptRelevant) -> {
      state[0] += (keptRelevant - state[1]) * keptRelevant / kept;
      state[1] = keptRelevant;
    });
    return pairs.relevantWeight() == 0 ? 0 : state[0] / pairs.relevantWeight();
  }

  /** The largest threshold that keeps at least a share of the relevant candidates. */
  public static float thresholdAtRecall(List<JudgedQuery> queries, float[][] scores, double recall) {
    PooledPairs pairs = new PooledPairs(queries, scores);
    double needed = recall * pairs.relevantWeight() * (1 - 1e-9);
    float[] found = {Float.POSITIVE_INFINITY};
    pairs.forEachCut((threshold, kept, keptRelevant) -> {
      if (found[0] == Float.POSITIVE_INFINITY && keptRelevant >= needed) {
        found[0] = threshold;
      }
    });
    return found[0];
  }

  /** The threshold with the largest F1. */
  public static float thresholdOfBestF1(List<JudgedQuery> queries, float[][] scores) {
    PooledPairs pairs = new PooledPairs(queries, scores);
    double[] best = {-1, Double.POSITIVE_INFINITY};
    pairs.forEachCut((threshold, kept, keptRelevant) -> {
      double f1 = 2 * keptRelevant / (kept + pairs.relevantWeight());
      if (f1 > best[0]) {
        best[0] = f1;
        best[1] = threshold;
      }
    });
    return (float) best[1];
  }

  /** The precision at thresholds from the strictest down, one point for each hundredth of recall that is reached. */
  public static double[] precisionByRecall(List<JudgedQuery> queries, float[][] scores) {
    PooledPairs pairs = new PooledPairs(queries, scores);
    double[] precision = new double[101];
    int[] next = {1};
    pairs.forEachCut((threshold, kept, keptRelevant) -> {
      while (next[0] <= 100 && keptRelevant >= next[0] / 100.0 * pairs.relevantWeight() * (1 - 1e-9)) {
        precision[next[0]++] = keptRelevant / kept;
      }
    });
    precision[0] = precision[1];
    return precision;
  }

  /**
   * The F1 that no cut-off on the cosine can exceed: that of the best cut for each query alone, found by Dinkelbach's
   * method (1967), as F1 is a ratio of sums over the queries.
   */
  public static double ceilingF1(List<JudgedQuery> queries) {
    double relevant = 0;
    for (JudgedQuery query : queries) {
      for (int i = 0; i < query.size(); i++) {
        relevant += query.relevant(i) ? query.weight(i) : 0;
      }
    }
    double f1 = 0;
    for (int step = 0; step < 50 && relevant > 0; step++) {
      double[] sums = new double[2];
      for (JudgedQuery query : queries) {
        addBestCut(query, f1, sums);
      }
      f1 = 2 * sums[1] / (sums[0] + relevant);
    }
    return f1;
  }

  /** Adds what the cut keeps that makes 2·relevant − price·kept largest. */
  private static void addBestCut(JudgedQuery query, double price, double[] sums) {
    double kept = 0;
    double keptRelevant = 0;
    double bestKept = 0;
    double bestRelevant = 0;
    for (int i = 0; i < query.size(); i++) {
      kept += query.weight(i);
      keptRelevant += query.relevant(i) ? query.weight(i) : 0;
      boolean cuttable = i + 1 == query.size() || query.cosine(i + 1) < query.cosine(i);
      if (cuttable && 2 * keptRelevant - price * kept > 2 * bestRelevant - price * bestKept) {
        bestKept = kept;
        bestRelevant = keptRelevant;
      }
    }
    sums[0] += bestKept;
    sums[1] += bestRelevant;
  }
}
