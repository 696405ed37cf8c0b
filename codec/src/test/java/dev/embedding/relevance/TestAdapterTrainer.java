package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.apache.lucene.tests.util.LuceneTestCase;

/** Training on small made-up judgements in which the right cut depends on the query. */
public class TestAdapterTrainer extends LuceneTestCase {
  private static final int DIMENSION = 8;
  private static final TrainingProgress IGNORED = done -> {};

  /** Half of the queries need a cosine above 0.7, the others above 0.3, and the vector tells which. */
  private static List<JudgedQuery> twoKinds(int count, long seed) {
    Random random = new Random(seed);
    List<JudgedQuery> queries = new ArrayList<>();
    for (int q = 0; q < count; q++) {
      float[] vector = randomVector(random);
      boolean strict = q % 2 == 0;
      vector[0] = strict ? 2 : -2;
      float[] cosines = descending(20, random);
      boolean[] relevant = new boolean[cosines.length];
      for (int i = 0; i < cosines.length; i++) {
        relevant[i] = cosines[i] + random.nextGaussian() * 0.05 > (strict ? 0.7 : 0.3);
      }
      queries.add(new JudgedQuery(vector, cosines, relevant, null, true));
    }
    return queries;
  }

  /** Judgements that have nothing to do with anything. */
  private static List<JudgedQuery> contradicting(int count) {
    Random random = new Random(3);
    List<JudgedQuery> queries = new ArrayList<>();
    for (int q = 0; q < count; q++) {
      float[] cosines = descending(20, random);
      boolean[] relevant = new boolean[cosines.length];
      for (int i = 0; i < cosines.length; i++) {
        relevant[i] = random.nextBoolean();
      }
      queries.add(new JudgedQuery(randomVector(random), cosines, relevant, null, true));
    }
    return queries;
  }

  public void testLearnsWhatNoGlobalCutCan() {
    for (TrainerOptions options : List.of(TrainerOptions.DEFAULT, options(CosineMap.LINEAR, true, false),
        options(CosineMap.POWER, true, true))) {
      TrainedAdapter trained = AdapterTrainer.train(twoKinds(120, 1), sample(), options, IGNORED);
      TrainingReport report = trained.report();
      assertTrue(report.toString(), report.adapterWins());
      assertEquals(TrainingReport.ADAPTER, report.recommended());
      assertTrue(report.toString(), report.rule("adapter").prAuc() > report.rule("min_cosine").prAuc() + 0.05);
      assertEquals("threshold for the target recall, held out", 0.95, report.rule("adapter").recall(), 0.03);
      List<JudgedQuery> others = twoKinds(50, 2);
      TrainingReport evaluated = AdapterTrainer.evaluate(trained.adapter(), others, sample(), 0.95);
      assertTrue(evaluated.toString(), evaluated.adapterWins());
      assertEquals("as measured while training", report.rule("adapter").prAuc(), evaluated.rule("adapter").prAuc(),
          0.05);
      RuleMeasures own = evaluated.rule(TrainingReport.OWN_THRESHOLD);
      assertEquals("the threshold that was chosen in training", 0.95, own.recall(), 0.05);
      RuleMeasures strict = AdapterTrainer.evaluate(trained.adapter().withThreshold(0.999), others, sample(), 0.95)
          .rule(TrainingReport.OWN_THRESHOLD);
      assertTrue(strict.toString(), strict.kept() < own.kept() && strict.recall() < own.recall());
    }
  }

  public void testSameSeedSameWeights() {
    List<JudgedQuery> queries = twoKinds(40, 1);
    CosineAdapter first = AdapterTrainer.train(queries, sample(), TrainerOptions.DEFAULT, IGNORED).adapter();
    CosineAdapter second = AdapterTrainer.train(queries, sample(), TrainerOptions.DEFAULT, IGNORED).adapter();
    assertSameWeights(first, second);
  }

  private static void assertSameWeights(CosineAdapter first, CosineAdapter second) {
    assertEquals(first.threshold(), second.threshold(), 0);
    for (int i = 0; i < first.layers().size(); i++) {
      assertArrayEquals(first.layers().get(i).weights(), second.layers().get(i).weights(), 0);
      assertArrayEquals(first.layers().get(i).bias(), second.layers().get(i).bias(), 0);
    }
  }

  public void testNetworkStartsAtPlatt() {
    for (CosineMap map : CosineMap.values()) {
      List<JudgedQuery> queries = twoKinds(30, 4);
      CosineCurve platt = PlattScaling.fit(map, queries);
      AdapterNetwork network = new AdapterNetwork(platt, DIMENSION, 16, new Random(5));
      for (JudgedQuery query : queries) {
        assertEquals(platt.logit(0.6), network.curve(query.vector()).logit(0.6), 1e-9);
      }
    }
  }

  public void testPlattFindsTheCurveThatMadeTheLabels() {
    Random random = new Random(8);
    List<JudgedQuery> queries = new ArrayList<>();
    for (int q = 0; q < 500; q++) {
      float[] cosines = descending(20, random);
      boolean[] relevant = new boolean[cosines.length];
      for (int i = 0; i < cosines.length; i++) {
        relevant[i] = random.nextDouble() < Logistic.sigmoid(10 * cosines[i] - 6);
      }
      queries.add(new JudgedQuery(randomVector(random), cosines, relevant, null, true));
    }
    CosineCurve curve = PlattScaling.fit(CosineMap.LINEAR, queries);
    assertEquals(10, curve.a() / curve.scale(), 0.5);
    assertEquals(0.6, curve.cosineCut(0.5), 0.01);
  }

  /** The derivative of the loss by each weight, against the difference of two losses. */
  public void testGradientIsTheSlopeOfTheLoss() {
    for (CosineMap map : CosineMap.values()) {
      Random random = new Random(6);
      CosineCurve start = new CosineCurve(map, 3, -1, 0.2, 0.5, 0.2);
      AdapterNetwork network = new AdapterNetwork(start, DIMENSION, 5, random);
      for (int i = 0; i < network.weights().length; i++) {
        network.weights()[i] += random.nextGaussian() * 0.1;
      }
      JudgedQuery query = weighted(random);
      network.clearGradient();
      network.addGradient(query.vector(), query, 0.7);
      for (int i = 0; i < network.weights().length; i++) {
        double weight = network.weights()[i];
        network.weights()[i] = weight + 1e-5;
        double above = loss(network, query);
        network.weights()[i] = weight - 1e-5;
        double below = loss(network, query);
        network.weights()[i] = weight;
        assertEquals(map + " " + i, 0.7 * (above - below) / 2e-5, network.gradient()[i], 1e-5);
      }
    }
  }

  private static JudgedQuery weighted(Random random) {
    float[] cosines = descending(12, random);
    boolean[] relevant = new boolean[cosines.length];
    float[] weights = new float[cosines.length];
    for (int i = 0; i < cosines.length; i++) {
      relevant[i] = random.nextBoolean();
      weights[i] = random.nextFloat() + 0.1f;
    }
    return new JudgedQuery(randomVector(random), cosines, relevant, weights, true);
  }

  private static double loss(AdapterNetwork network, JudgedQuery query) {
    CosineCurve curve = network.curve(query.vector());
    double loss = 0;
    for (int i = 0; i < query.size(); i++) {
      double p = curve.relevance(query.cosine(i));
      loss -= query.weight(i) * Math.log(query.relevant(i) ? p : 1 - p);
    }
    return loss;
  }

  public void testMergedNetworksGiveTheMeanOfTheirParameters() {
    Random random = new Random(9);
    CosineCurve start = new CosineCurve(CosineMap.POWER, 3, -1, 0.2, 0.5, 0.2);
    List<AdapterNetwork> members = new ArrayList<>();
    for (int m = 0; m < 3; m++) {
      members.add(new AdapterNetwork(start, DIMENSION, 5, random));
      for (int i = 0; i < members.get(m).weights().length; i++) {
        members.get(m).weights()[i] += random.nextGaussian() * 0.1;
      }
    }
    float[][] rows = {unit(random), unit(random), unit(random)};
    Normalization normalization = new Normalization(rows);
    CosineAdapter merged = new CosineAdapter(new QueryInputs(DIMENSION, true, null, null), CosineMap.POWER, 0.5, 0.2,
        AdapterNetwork.merge(members, normalization), 0.5);
    float[] query = unit(random);
    float[] normalized = query.clone();
    normalization.apply(normalized);
    double offset = members.stream().mapToDouble(member -> member.curve(normalized).b()).average().orElseThrow();
    double exponent = members.stream().mapToDouble(member -> member.curve(normalized).c()).average().orElseThrow();
    assertEquals(offset, merged.curve(query).b(), 1e-4);
    assertEquals(exponent, merged.curve(query).c(), 1e-4);
  }

  public void testFewLabelsDoNotLetTheAdapterPassForTheBest() {
    TrainedAdapter trained = AdapterTrainer.train(contradicting(12), sample(), TrainerOptions.DEFAULT, IGNORED);
    assertFalse(trained.report().toString(), trained.report().adapterWins());
    assertNotEquals(TrainingReport.ADAPTER, trained.report().recommended());
  }

  public void testContradictingLabelsGiveFlatCurves() {
    TrainedAdapter trained = AdapterTrainer.train(contradicting(100), sample(), TrainerOptions.DEFAULT, IGNORED);
    CosineCurve curve = trained.adapter().curve(randomVector(new Random(1)));
    assertEquals("no cosine says anything", 0.5, curve.relevance(0.9), 0.25);
    assertFalse(trained.report().toString(), trained.report().adapterWins());
  }

  public void testLabelsThatTeachNothingAreRefused() {
    List<JudgedQuery> all = new ArrayList<>();
    List<JudgedQuery> none = new ArrayList<>();
    for (JudgedQuery query : twoKinds(20, 1)) {
      boolean[] yes = new boolean[query.size()];
      Arrays.fill(yes, true);
      all.add(new JudgedQuery(query.vector(), query.cosines(), yes, null, true));
      none.add(new JudgedQuery(query.vector(), query.cosines(), new boolean[query.size()], null, false));
    }
    assertRefused("all of the 400 judged candidates are relevant", all);
    assertRefused("none of the 400 judged candidates are relevant", none);
    assertRefused("at least 10 judged queries are needed, got 1", twoKinds(1, 1));
    assertRefused("at least 10 judged queries are needed, got 0", List.of());
    List<JudgedQuery> mixed = new ArrayList<>(twoKinds(20, 1));
    mixed.add(new JudgedQuery(new float[] {1}, new float[0], new boolean[0], null, false));
    assertRefused("have one dimension, got 8 and 1", mixed);
  }

  private static void assertRefused(String message, List<JudgedQuery> queries) {
    TestCosineAdapter.assertMessage(message,
        () -> AdapterTrainer.train(queries, sample(), TrainerOptions.DEFAULT, IGNORED));
  }

  public void testBadJudgementsAreRefused() {
    TestCosineAdapter.assertMessage("largest first",
        () -> new JudgedQuery(new float[] {1}, new float[] {0.1f, 0.2f}, new boolean[2], null, true));
    TestCosineAdapter.assertMessage("between -1 and 1",
        () -> new JudgedQuery(new float[] {1}, new float[] {Float.NaN}, new boolean[1], null, true));
    TestCosineAdapter.assertMessage("got 1, 2 and 1",
        () -> new JudgedQuery(new float[] {1}, new float[1], new boolean[2], null, true));
    TestCosineAdapter.assertMessage("above 0, got 0.0",
        () -> new JudgedQuery(new float[] {1}, new float[1], new boolean[1], new float[1], true));
    TestCosineAdapter.assertMessage("[target_recall] must be between 0.5 and 1",
        () -> new TrainerOptions(CosineMap.LINEAR, true, false, false, 2, 0));
  }

  /** One relevant candidate in all: folds without any must not fail. */
  public void testOneRelevantCandidateInAll() {
    List<JudgedQuery> queries = new ArrayList<>();
    for (JudgedQuery query : twoKinds(10, 1)) {
      boolean[] relevant = new boolean[query.size()];
      relevant[0] = queries.isEmpty();
      queries.add(new JudgedQuery(query.vector(), query.cosines(), relevant, null, relevant[0]));
    }
    TrainedAdapter trained = AdapterTrainer.train(queries, null, options(CosineMap.LINEAR, false, true), IGNORED);
    assertFalse(Double.isNaN(trained.adapter().relevance(queries.getFirst().vector(), 0.5)));
  }

  public void testQueriesWithoutCandidatesAreCarriedAlong() {
    List<JudgedQuery> queries = new ArrayList<>(twoKinds(40, 1));
    for (int i = 0; i < 20; i++) {
      queries.add(new JudgedQuery(randomVector(new Random(i)), new float[0], new boolean[0], null, false));
    }
    TrainingReport report = AdapterTrainer.train(queries, sample(), TrainerOptions.DEFAULT, IGNORED).report();
    assertEquals(20, report.unanswered());
    assertEquals(1, report.rule("adapter").empty(), 0);
  }

  /** Weights of clicks count like repeated judgements. */
  public void testWeightsCountLikeRepetition() {
    List<JudgedQuery> weighted = new ArrayList<>();
    List<JudgedQuery> repeated = new ArrayList<>();
    for (JudgedQuery query : twoKinds(20, 1)) {
      float[] twos = new float[query.size()];
      Arrays.fill(twos, 2);
      boolean[] relevant = new boolean[query.size()];
      for (int i = 0; i < relevant.length; i++) {
        relevant[i] = query.relevant(i);
      }
      weighted.add(new JudgedQuery(query.vector(), query.cosines(), relevant, twos, true));
      repeated.add(query);
      repeated.add(query);
    }
    CosineCurve a = PlattScaling.fit(CosineMap.LINEAR, weighted);
    CosineCurve b = PlattScaling.fit(CosineMap.LINEAR, repeated);
    assertEquals(a.a(), b.a(), 1e-6);
    assertEquals(a.b(), b.b(), 1e-6);
  }

  public void testProgressGrowsAndEndsTraining() {
    List<Double> seen = new ArrayList<>();
    AdapterTrainer.train(twoKinds(20, 1), sample(), TrainerOptions.DEFAULT, seen::add);
    for (int i = 1; i < seen.size(); i++) {
      assertTrue(seen.get(i - 1) <= seen.get(i) && seen.get(i) <= 1);
    }
    int[] calls = new int[1];
    expectThrows(IllegalStateException.class,
        () -> AdapterTrainer.train(twoKinds(20, 1), sample(), TrainerOptions.DEFAULT, done -> {
          if (++calls[0] == 3) {
            throw new IllegalStateException("cancelled");
          }
        }));
    assertEquals(3, calls[0]);
  }

  /**
   * Each vector is that of two queries, one with the top half of its candidates for an answer, one with none. What a
   * network learns of one is wrong of the other, so that of those held out none is better than the curve it starts with.
   */
  public void testWhatOnlyHelpsOnTheQueriesThatAreLearnedIsForgotten() {
    Random random = new Random(3);
    List<JudgedQuery> queries = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      float[] vector = randomVector(random);
      float[] cosines = descending(20, random);
      boolean[] relevant = new boolean[cosines.length];
      Arrays.fill(relevant, 0, 10, true);
      queries.add(new JudgedQuery(vector, cosines, relevant, null, true));
      queries.add(new JudgedQuery(vector, cosines, new boolean[cosines.length], null, false));
    }
    AdapterFit fit = new AdapterFit(queries, null, options(CosineMap.LINEAR, true, false));
    List<Integer> epochs = new ArrayList<>();
    CosineAdapter adapter = fit.train(epochs::add);
    assertTrue("stopped early: " + epochs.size(), epochs.size() < AdapterFit.EPOCHS / 2);
    double change = 0;
    for (JudgedQuery query : queries) {
      change += Math.abs(adapter.curve(query.vector()).logit(0.7) - fit.start().logit(0.7)) / queries.size();
    }
    assertEquals("as it started", 0, change, 1e-4);
  }

  private static TrainerOptions options(CosineMap map, boolean vector, boolean judged) {
    return new TrainerOptions(map, vector, judged, false, 0.95, 42);
  }

  private static VectorSample sample() {
    Random random = new Random(7);
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      vectors.add(randomVector(random));
    }
    return VectorSample.of(vectors);
  }

  private static float[] unit(Random random) {
    float[] vector = randomVector(random);
    return org.apache.lucene.util.VectorUtil.l2normalize(vector);
  }

  private static float[] randomVector(Random random) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static float[] descending(int count, Random random) {
    double[] sorted = random.doubles(count).map(x -> -x).sorted().toArray();
    float[] cosines = new float[count];
    for (int i = 0; i < count; i++) {
      cosines[i] = (float) -sorted[i];
    }
    return cosines;
  }
}
