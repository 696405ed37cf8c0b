package dev.embedding.benchmark.relevance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.embedding.relevance.AdapterTrainer;
import dev.embedding.relevance.CosineCurve;
import dev.embedding.relevance.CutOffs;
import dev.embedding.relevance.JudgedQuery;
import dev.embedding.relevance.QueryCut;
import dev.embedding.relevance.RelevanceMeasures;
import dev.embedding.relevance.RuleMeasures;
import dev.embedding.relevance.TrainedAdapter;
import dev.embedding.relevance.TrainerOptions;
import dev.embedding.relevance.TrainingReport;

/**
 * Rules on queries that neither they, nor their thresholds, nor the choice among them have seen: for each fold the whole
 * training, with the cross-validation inside it, runs on the other folds.
 */
final class HeldOut {
  static final String RECOMMENDED = "recommended by the report";
  static final List<String> RULES = List.of(TrainingReport.ADAPTER, "min_cosine", "fixed_k", "z_score", "lift", "gap");

  private final Collection collection;
  private final Map<String, Decisions> decisions = new LinkedHashMap<>();
  private final List<String> recommended = new ArrayList<>();

  /** What a rule did with each query. */
  private static final class Decisions {
    private final float[][] scores;
    private final float[][] atRecall;
    private final float[][] atF1;

    Decisions(int queries) {
      scores = new float[queries][];
      atRecall = new float[queries][];
      atF1 = new float[queries][];
    }
  }

  HeldOut(Collection collection, int[] foldOf, int folds, TrainerOptions options) {
    this.collection = collection;
    RULES.forEach(rule -> decisions.put(rule, new Decisions(foldOf.length)));
    decisions.put(RECOMMENDED, new Decisions(foldOf.length));
    for (int fold = 0; fold < folds; fold++) {
      List<JudgedQuery> others = new ArrayList<>();
      for (int q = 0; q < foldOf.length; q++) {
        if (foldOf[q] != fold) {
          others.add(collection.queries.get(q));
        }
      }
      TrainedAdapter trained = AdapterTrainer.train(others, collection.sample, options, done -> {});
      recommended.add(trained.report().recommended());
      for (int q = 0; q < foldOf.length; q++) {
        if (foldOf[q] == fold) {
          decide(q, trained);
        }
      }
    }
  }

  private void decide(int q, TrainedAdapter trained) {
    for (String rule : RULES) {
      float[] scores = score(rule, q, trained);
      RuleMeasures measured = trained.report().rule(rule);
      boolean decides = Double.isNaN(measured.threshold());
      Decisions made = decisions.get(rule);
      made.scores[q] = scores;
      made.atRecall[q] = keep(scores, decides ? 1 : measured.threshold());
      made.atF1[q] = keep(scores, decides ? 1 : measured.f1Threshold());
    }
    Decisions best = decisions.get(trained.report().recommended());
    Decisions made = decisions.get(RECOMMENDED);
    made.scores[q] = best.scores[q];
    made.atRecall[q] = best.atRecall[q];
    made.atF1[q] = best.atF1[q];
  }

  private static float[] keep(float[] scores, double threshold) {
    float[] kept = new float[scores.length];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = scores[i] >= threshold ? 1 : 0;
    }
    return kept;
  }

  private float[] score(String rule, int q, TrainedAdapter trained) {
    float[] query = collection.vectors.get(q);
    float[] cosines = collection.cosines.get(q);
    float[] scores = new float[cosines.length];
    CosineCurve curve = rule.equals(TrainingReport.ADAPTER) ? trained.adapter().curve(query) : null;
    QueryCut atZero = rule.equals("z_score") || rule.equals("lift") ? cut(rule, 0, query) : null;
    double gap = rule.equals("gap") ? CutOffs.create("gap", null, null).on(query).cosine(cosines) : 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) switch (rule) {
        case TrainingReport.ADAPTER -> curve.logit(cosines[i]);
        case "min_cosine" -> cosines[i];
        case "fixed_k" -> -1 - i;
        case "lift" -> cosines[i] - atZero.cosine();
        case "z_score" -> (cosines[i] - atZero.cosine()) / (cut(rule, 1, query).cosine() - atZero.cosine());
        case "gap" -> cosines[i] >= gap ? 1 : 0;
        default -> throw new IllegalArgumentException(rule);
      };
    }
    return scores;
  }

  private QueryCut cut(String rule, double min, float[] query) {
    return CutOffs.create(rule, min, collection.sample).on(query);
  }

  /** The rule that each fold's report recommended. */
  List<String> recommended() {
    return recommended;
  }

  double[] precisionByRecall(String rule) {
    return RelevanceMeasures.precisionByRecall(collection.queries, decisions.get(rule).scores);
  }

  /** A row of the table. */
  String row(String rule) {
    Decisions made = decisions.get(rule);
    RuleMeasures recall = RuleMeasures.ofDecisions(rule, collection.queries, made.atRecall);
    RuleMeasures f1 = RuleMeasures.ofDecisions(rule, collection.queries, made.atF1);
    boolean incomparable = rule.equals("gap")
        || (rule.equals(RECOMMENDED) && recommended.stream().distinct().count() > 1);
    double area = incomparable ? Double.NaN : RelevanceMeasures.prAuc(collection.queries, made.scores);
    return RelevanceBenchmark.row(rule, area, recall, f1.f1());
  }
}
