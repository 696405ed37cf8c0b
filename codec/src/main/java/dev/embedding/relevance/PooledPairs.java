package dev.embedding.relevance;

import java.util.Arrays;
import java.util.List;

/** All pairs of query and candidate, by score, largest first: what measures without a cut for each query look at. */
final class PooledPairs {
  private final float[] scores;
  private final boolean[] relevant;
  private final float[] weights;
  private final double relevantWeight;

  /** @param queryScores a score for each candidate of each query, not NaN */
  PooledPairs(List<JudgedQuery> queries, float[][] queryScores) {
    int size = 0;
    for (JudgedQuery query : queries) {
      size += query.size();
    }
    long[] keys = new long[size];
    float[] unsortedWeights = new float[size];
    int at = 0;
    for (int q = 0; q < queries.size(); q++) {
      JudgedQuery query = queries.get(q);
      for (int i = 0; i < query.size(); i++) {
        unsortedWeights[at] = query.relevant(i) ? query.weight(i) : -query.weight(i);
        keys[at] = (long) ~sortable(queryScores[q][i]) << 32 | at++;
      }
    }
    Arrays.sort(keys);
    scores = new float[size];
    relevant = new boolean[size];
    weights = new float[size];
    double sum = 0;
    for (int i = 0; i < size; i++) {
      scores[i] = unsortable(~(int) (keys[i] >> 32));
      float weight = unsortedWeights[(int) keys[i]];
      relevant[i] = weight > 0;
      weights[i] = Math.abs(weight);
      sum += Math.max(weight, 0);
    }
    relevantWeight = sum;
  }

  private static int sortable(float score) {
    int bits = Float.floatToIntBits(score + 0f); // -0 becomes 0
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }

  private static float unsortable(int sortable) {
    return Float.intBitsToFloat(sortable ^ ((sortable >> 31) & Integer.MAX_VALUE));
  }

  /** What is kept if a threshold lets the first pairs through. */
  interface CutVisitor {
    void visit(float threshold, double kept, double keptRelevant);
  }

  /** Visits each different score as a threshold, from the strictest to the one that keeps all. */
  void forEachCut(CutVisitor visitor) {
    double kept = 0;
    double keptRelevant = 0;
    for (int i = 0; i < scores.length; i++) {
      kept += weights[i];
      keptRelevant += relevant[i] ? weights[i] : 0;
      if (i + 1 == scores.length || scores[i + 1] != scores[i]) {
        visitor.visit(scores[i], kept, keptRelevant);
      }
    }
  }

  double relevantWeight() {
    return relevantWeight;
  }
}
