package dev.embedding.plugin.adapter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.embedding.relevance.RuleMeasures;
import dev.embedding.relevance.TrainingReport;

/** A {@link TrainingReport} in the terms of requests: its thresholds are what a query may name. */
final class AdapterReport {
  private static final String FIXED_K = "fixed_k";

  private final String name;
  private final TrainingReport report;

  /** @param name of the adapter */
  AdapterReport(String name, TrainingReport report) {
    this.name = name;
    this.report = report;
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("judged_queries", report.queries());
    map.put("queries_without_answer", report.unanswered());
    map.put("judged_candidates", report.pairs());
    map.put("relevant_candidates", report.relevantPairs());
    map.put("target_recall", report.targetRecall());
    map.put("folds", report.folds());
    map.put("best_cut_for_each_query_f1", report.ceilingF1());
    map.put("rules", report.rules().stream().map(AdapterReport::measures).toList());
    map.put("best_without_training", report.bestSimple());
    map.put("adapter_is_better", report.adapterWins());
    map.put("recommended", recommended());
    return map;
  }

  private static Map<String, Object> measures(RuleMeasures measures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("rule", measures.rule());
    put(map, "threshold", threshold(measures.rule(), measures.threshold()));
    put(map, "pr_auc", measures.prAuc());
    put(map, "precision", measures.precision());
    put(map, "recall", measures.recall());
    put(map, "kept", measures.kept());
    put(map, "empty_without_answer", measures.empty());
    put(map, "f1", measures.f1());
    put(map, "f1_threshold", threshold(measures.rule(), measures.f1Threshold()));
    return map;
  }

  /** Leaves out what was not measured. */
  private static void put(Map<String, Object> map, String key, double value) {
    if (Double.isFinite(value)) {
      map.put(key, value);
    }
  }

  /** Scores are logits where there is a probability, and minus the rank where hits are counted. */
  private static double threshold(String rule, double score) {
    return switch (rule) {
      case TrainingReport.ADAPTER, "platt" -> 1 / (1 + Math.exp(-score));
      case FIXED_K -> -score;
      default -> score;
    };
  }

  /** What to write into a request to use the best rule. */
  private Map<String, Object> recommended() {
    String rule = report.recommended();
    double threshold = threshold(rule, report.rule(rule).threshold());
    return switch (rule) {
      case TrainingReport.ADAPTER -> Map.of("adapter", name, "min_relevance", threshold);
      case FIXED_K -> Map.of("k", (int) threshold);
      case "min_cosine" -> Map.of("cutoff", ordered("type", rule, "min", threshold));
      default -> Map.of("cutoff", ordered("type", rule, "min", threshold, "sample", name));
    };
  }

  private static Map<String, Object> ordered(Object... entries) {
    Map<String, Object> map = new LinkedHashMap<>();
    List<Object> list = new ArrayList<>(List.of(entries));
    for (int i = 0; i < list.size(); i += 2) {
      map.put((String) list.get(i), list.get(i + 1));
    }
    return map;
  }
}
