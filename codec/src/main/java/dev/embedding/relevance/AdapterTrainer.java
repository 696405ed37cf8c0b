package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Trains {@link CosineAdapter}s and measures them on queries held out, beside rules that need no training.
 *
 * <p>Measured by cross-validation: the queries are split, an adapter is trained without each part and scores it. The
 * threshold is chosen on these scores. What is given back is trained on all queries. One thread, and memory that the
 * number of judged candidates bounds. The same input and seed give the same weights.
 */
public final class AdapterTrainer {
  /** How many judged candidates it takes at most; some 60 bytes each while it runs. */
  public static final int MAX_PAIRS = 2_000_000;
  /** How many judged queries it needs. */
  public static final int MIN_QUERIES = 10;

  private static final int FOLDS = 5;

  private final List<JudgedQuery> queries;
  private final VectorSample sample;
  private final TrainerOptions options;
  private final TrainingProgress progress;
  private final Folds folds;
  private int fitted;

  private AdapterTrainer(List<JudgedQuery> queries, VectorSample sample, TrainerOptions options,
      TrainingProgress progress) {
    this.queries = List.copyOf(queries);
    this.sample = sample;
    this.options = options;
    this.progress = progress;
    checkQueries();
    if (options.sample() && sample == null) {
      throw new IllegalArgumentException("the options need a sample of the field's documents");
    }
    this.folds = new Folds(queries.size(), FOLDS, new Random(options.seed()));
  }

  /**
   * Trains an adapter.
   *
   * @param queries judged, of one dimension; at least {@value #MIN_QUERIES}, with relevant candidates and others
   * @param sample of the field's documents; null if there is none, and then rules that need it are left out
   */
  public static TrainedAdapter train(List<JudgedQuery> queries, VectorSample sample, TrainerOptions options,
      TrainingProgress progress) {
    return new AdapterTrainer(queries, sample, options, progress).train();
  }

  /**
   * Measures an adapter on judged queries, which should not be those that it was trained on, beside the rules without
   * training. Thresholds come from other folds of these queries; what the adapter's own threshold keeps is told too.
   */
  public static TrainingReport evaluate(CosineAdapter adapter, List<JudgedQuery> queries, VectorSample sample,
      double targetRecall) {
    TrainerOptions options = new TrainerOptions(adapter.map(), false, false, false, targetRecall, 42);
    AdapterTrainer trainer = new AdapterTrainer(queries, sample, options, done -> {});
    float[][] logits = new float[queries.size()][];
    for (int q = 0; q < logits.length; q++) {
      JudgedQuery query = queries.get(q);
      logits[q] = AdapterFit.logits(adapter.curve(query.vector()), query);
    }
    return trainer.report(logits, RuleMeasures.ofDecisions(TrainingReport.OWN_THRESHOLD, queries, logits,
        Logistic.logit(adapter.threshold())));
  }

  private void checkQueries() {
    if (queries.size() < MIN_QUERIES) {
      throw new IllegalArgumentException(
          "at least " + MIN_QUERIES + " judged queries are needed, got " + queries.size());
    }
    long pairs = 0;
    long relevant = 0;
    for (JudgedQuery query : queries) {
      pairs += query.size();
      relevant += query.relevantCount();
      if (query.vector().length != queries.getFirst().vector().length) {
        throw new IllegalArgumentException("the judged queries have one dimension, got "
            + queries.getFirst().vector().length + " and " + query.vector().length);
      }
    }
    if (pairs > MAX_PAIRS) {
      throw new IllegalArgumentException("at most " + MAX_PAIRS + " judged candidates are taken, got " + pairs);
    }
    if (relevant == 0 || relevant == pairs) {
      throw new IllegalArgumentException((relevant == 0 ? "none" : "all") + " of the " + pairs
          + " judged candidates are relevant: nothing can be learned from that");
    }
  }

  private TrainedAdapter train() {
    float[][] logits = new float[queries.size()][];
    float[][] plattLogits = new float[queries.size()][];
    for (int fold = 0; fold < FOLDS; fold++) {
      AdapterFit fit = new AdapterFit(folds.others(queries, fold), sample, options);
      CosineAdapter adapter = fit(fit);
      for (int q : folds.members(fold)) {
        JudgedQuery query = queries.get(q);
        logits[q] = AdapterFit.logits(adapter.curve(query.vector()), query);
        plattLogits[q] = AdapterFit.logits(fit.start(), query);
      }
    }
    TrainingReport report = report(logits, measure("platt", plattLogits));
    double threshold = Logistic.sigmoid(report.rule(TrainingReport.ADAPTER).threshold());
    return new TrainedAdapter(fit(new AdapterFit(queries, sample, options)).withThreshold(threshold), report);
  }

  private CosineAdapter fit(AdapterFit fit) {
    double before = fitted++;
    return fit.train(epoch -> progress.at((before + (double) epoch / AdapterFit.EPOCHS) / (FOLDS + 1)));
  }

  /** @param other how another rule than the simple ones does */
  private TrainingReport report(float[][] logits, RuleMeasures other) {
    List<RuleMeasures> rules = new ArrayList<>();
    rules.add(measure(TrainingReport.ADAPTER, logits));
    RuleMeasures bestSimple = null;
    float[][] bestScores = null;
    for (SimpleRule rule : SimpleRule.usable(sample)) {
      float[][] scores = rule.scores(queries, sample);
      RuleMeasures measured = measure(rule.ruleName, scores);
      rules.add(measured);
      if (bestSimple == null || measured.prAuc() > bestSimple.prAuc()) {
        bestSimple = measured;
        bestScores = scores;
      }
    }
    rules.add(other);
    rules.add(RuleMeasures.ofDecisions("gap", queries, gap()));
    boolean wins = bestSimple != null && wins(rules.getFirst(), logits, bestSimple, bestScores);
    return new TrainingReport(List.copyOf(rules), bestSimple == null ? "" : bestSimple.rule(), wins,
        RelevanceMeasures.ceilingF1(queries), queries.size(),
        (int) queries.stream().filter(query -> query.answered() == false).count(),
        queries.stream().mapToInt(JudgedQuery::size).sum(), queries.stream().mapToInt(JudgedQuery::relevantCount).sum(),
        options.targetRecall(), FOLDS);
  }

  private RuleMeasures measure(String rule, float[][] scores) {
    return RuleMeasures.of(rule, queries, scores, folds, options.targetRecall());
  }

  private boolean wins(RuleMeasures adapter, float[][] logits, RuleMeasures simple, float[][] simpleScores) {
    int better = 0;
    for (int fold = 0; fold < FOLDS; fold++) {
      List<JudgedQuery> part = folds.members(queries, fold);
      double area = RelevanceMeasures.prAuc(part, folds.members(List.of(logits), fold).toArray(float[][]::new));
      double simpleArea = RelevanceMeasures.prAuc(part,
          folds.members(List.of(simpleScores), fold).toArray(float[][]::new));
      better += area > simpleArea ? 1 : 0;
    }
    return adapter.prAuc() > simple.prAuc() && better >= FOLDS - 1 && adapter.precision() >= simple.precision();
  }

  private float[][] gap() {
    float[][] kept = new float[queries.size()][];
    for (int q = 0; q < kept.length; q++) {
      JudgedQuery query = queries.get(q);
      double cut = new GapCutOff().on(query.vector()).cosine(query.cosines());
      kept[q] = new float[query.size()];
      for (int i = 0; i < query.size(); i++) {
        kept[q][i] = query.cosine(i) >= cut ? 1 : 0;
      }
    }
    return kept;
  }
}
