package dev.embedding.relevance;

import java.util.List;

/**
 * What training found, all on queries that the measured adapter was not trained on.
 *
 * @param rules how the adapter and rules without training do, the adapter first
 * @param bestSimple the rule without training that has the largest PR AUC
 * @param adapterWins whether the adapter is better than that rule: in PR AUC over all folds and in nearly each of them,
 *     and not worse in precision at the target recall
 * @param ceilingF1 the F1 of the best cosine cut for each query alone
 * @param queries how many judged queries there were
 * @param unanswered how many of them have no answer
 * @param pairs how many judged candidates there were
 * @param relevantPairs how many of them are relevant
 * @param targetRecall what the thresholds were chosen for
 * @param folds how many adapters were trained to measure
 */
public record TrainingReport(List<RuleMeasures> rules, String bestSimple, boolean adapterWins, double ceilingF1,
    int queries, int unanswered, int pairs, int relevantPairs, double targetRecall, int folds) {
  /** The name of the trained adapter among the rules. */
  public static final String ADAPTER = "adapter";
  /** The name of an adapter at its own threshold, where it is measured on other queries than it was trained with. */
  public static final String OWN_THRESHOLD = "own_threshold";

  /** The rule to use: the adapter if it wins, else the best simple rule. */
  public String recommended() {
    return adapterWins ? ADAPTER : bestSimple;
  }

  /** The measures of a rule. */
  public RuleMeasures rule(String name) {
    for (RuleMeasures rule : rules) {
      if (rule.rule().equals(name)) {
        return rule;
      }
    }
    throw new IllegalArgumentException("unknown rule [" + name + "]");
  }
}
