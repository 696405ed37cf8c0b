package dev.embedding.relevance;

import java.util.List;

/**
 * How one rule does on held-out queries, whose thresholds come from other queries.
 *
 * @param rule its name
 * @param threshold the score that reaches the target recall on all queries; NaN for a rule that has none
 * @param f1Threshold the score with the largest F1 on all queries; NaN for a rule that has none
 * @param prAuc area under precision against recall, pooled over pairs; NaN for a rule that gives no scores
 * @param precision at the threshold for the target recall
 * @param recall at this threshold, near the target
 * @param kept the share of candidates kept at this threshold
 * @param empty the share of the queries without an answer that come back empty at this threshold; NaN if there is none
 * @param f1 at the threshold that makes it largest on other queries
 */
public record RuleMeasures(String rule, double threshold, double f1Threshold, double prAuc, double precision,
    double recall, double kept,
    double empty, double f1) {

  /**
   * Measures scores.
   *
   * @param folds the fold of each query: its thresholds come from the other folds
   */
  static RuleMeasures of(String rule, List<JudgedQuery> queries, float[][] scores, Folds folds, double targetRecall) {
    KeptCounts atRecall = new KeptCounts();
    KeptCounts atF1 = new KeptCounts();
    for (int fold = 0; fold < folds.count(); fold++) {
      List<JudgedQuery> others = folds.others(queries, fold);
      float[][] otherScores = folds.others(List.of(scores), fold).toArray(float[][]::new);
      float recallThreshold = RelevanceMeasures.thresholdAtRecall(others, otherScores, targetRecall);
      float f1Threshold = RelevanceMeasures.thresholdOfBestF1(others, otherScores);
      for (int q : folds.members(fold)) {
        atRecall.add(queries.get(q), scores[q], recallThreshold);
        atF1.add(queries.get(q), scores[q], f1Threshold);
      }
    }
    return new RuleMeasures(rule, RelevanceMeasures.thresholdAtRecall(queries, scores, targetRecall),
        RelevanceMeasures.thresholdOfBestF1(queries, scores), RelevanceMeasures.prAuc(queries, scores),
        atRecall.precision(), atRecall.recall(), atRecall.keptShare(),
        atRecall.emptyShare(), atF1.f1());
  }

  /**
   * Measures decisions, whatever made them.
   *
   * @param scores at least 1 for the candidates that are kept, less for others
   */
  public static RuleMeasures ofDecisions(String rule, List<JudgedQuery> queries, float[][] scores) {
    return ofDecisions(rule, queries, scores, 1);
  }

  /** Measures the decisions to keep the candidates of at least a score. */
  static RuleMeasures ofDecisions(String rule, List<JudgedQuery> queries, float[][] scores, double least) {
    KeptCounts counts = KeptCounts.of(queries, scores, least);
    return new RuleMeasures(rule, Double.NaN, Double.NaN, Double.NaN, counts.precision(), counts.recall(),
        counts.keptShare(), counts.emptyShare(), counts.f1());
  }
}
