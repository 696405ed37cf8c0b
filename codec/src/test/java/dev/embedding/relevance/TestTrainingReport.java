package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** The rows of a report beside the adapter's, computed again one candidate after another. */
public class TestTrainingReport extends LuceneTestCase {
  private static final int DIMENSION = 4;
  private static final int CANDIDATES = 9;
  private static final int FOLDS = 5;
  private static final double RECALL = 0.8;
  private static final TrainerOptions OPTIONS = new TrainerOptions(CosineMap.LINEAR, false, true, false, RECALL, 42);

  private final List<JudgedQuery> queries = new ArrayList<>();
  private final byte[] documents = new byte[20 * DIMENSION];
  private TrainingReport report;
  private Folds folds;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    for (int i = 0; i < documents.length; i++) {
      documents[i] = (byte) TestUtil.nextInt(random(), 1, 127);
    }
    for (int q = 0; q < 40; q++) {
      queries.add(randomQuery(q));
    }
    report = AdapterTrainer.train(queries, new VectorSample(DIMENSION, documents), OPTIONS, done -> {}).report();
    folds = new Folds(queries.size(), FOLDS, new Random(OPTIONS.seed()));
  }

  private static float[] randomVector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return vector;
  }

  /** The nearer a candidate, the more likely it is relevant; some queries have no answer. */
  private static JudgedQuery randomQuery(int q) {
    int size = 1 + random().nextInt(CANDIDATES);
    float[] cosines = new float[size];
    for (int i = 0; i < size; i++) {
      cosines[i] = -random().nextFloat();
    }
    Arrays.sort(cosines);
    boolean[] relevant = new boolean[size];
    float[] weights = new float[size];
    for (int i = 0; i < size; i++) {
      cosines[i] = -cosines[i];
      relevant[i] = q % 4 > 0 && random().nextFloat() < cosines[i];
      weights[i] = 1 + random().nextInt(3);
    }
    return new JudgedQuery(randomVector(), cosines, relevant, weights, false);
  }

  /** Gives a score to a candidate of a query, by its rank from 0. */
  private interface Rule {
    double score(int query, int rank);
  }

  public void testFixedK() {
    assertRow("fixed_k", (q, rank) -> -(rank + 1));
  }

  public void testMinCosine() {
    assertRow("min_cosine", (q, rank) -> queries.get(q).cosine(rank));
  }

  public void testLift() {
    assertRow("lift", (q, rank) -> queries.get(q).cosine(rank) - mean(q));
  }

  public void testZScore() {
    assertRow("z_score", (q, rank) -> (queries.get(q).cosine(rank) - mean(q)) / deviation(q));
  }

  private double mean(int q) {
    return Arrays.stream(sampleCosines(q)).average().orElseThrow();
  }

  private double deviation(int q) {
    double mean = mean(q);
    return Math.sqrt(Arrays.stream(sampleCosines(q)).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
  }

  private double[] sampleCosines(int q) {
    double[] cosines = new double[documents.length / DIMENSION];
    for (int row = 0; row < cosines.length; row++) {
      double product = 0;
      double squares = 0;
      double querySquares = 0;
      for (int i = 0; i < DIMENSION; i++) {
        double a = queries.get(q).vector()[i];
        double b = documents[row * DIMENSION + i];
        product += a * b;
        squares += b * b;
        querySquares += a * a;
      }
      cosines[row] = product / Math.sqrt(squares * querySquares);
    }
    return cosines;
  }

  /** For each fold the logistic regression on the others, by steps down the slope. */
  public void testPlatt() {
    double[][] curves = new double[FOLDS][];
    int[] foldOf = new int[queries.size()];
    for (int fold = 0; fold < FOLDS; fold++) {
      curves[fold] = regression(folds.others(queries, fold));
      for (int q : folds.members(fold)) {
        foldOf[q] = fold;
      }
    }
    assertRow("platt",
        (q, rank) -> curves[foldOf[q]][0] * queries.get(q).cosine(rank) + curves[foldOf[q]][1]);
  }

  /** Factor and offset. The labels are Platt's: not quite 1 and 0. */
  private static double[] regression(List<JudgedQuery> learned) {
    double relevant = 0;
    double other = 0;
    for (JudgedQuery query : learned) {
      for (int i = 0; i < query.size(); i++) {
        relevant += query.relevant(i) ? query.weight(i) : 0;
        other += query.relevant(i) ? 0 : query.weight(i);
      }
    }
    double[] line = new double[2];
    for (int step = 0; step < 3000; step++) {
      double[] slope = new double[2];
      for (JudgedQuery query : learned) {
        for (int i = 0; i < query.size(); i++) {
          double p = 1 / (1 + Math.exp(-line[0] * query.cosine(i) - line[1]));
          double label = query.relevant(i) ? (relevant + 1) / (relevant + 2) : 1 / (other + 2);
          slope[0] += query.weight(i) * (p - label) * query.cosine(i);
          slope[1] += query.weight(i) * (p - label);
        }
      }
      line[0] -= 3 * slope[0] / (relevant + other);
      line[1] -= 3 * slope[1] / (relevant + other);
    }
    return line;
  }

  /** What comes before the largest drop of the cosine is kept. */
  public void testGap() {
    Kept kept = new Kept();
    for (int q = 0; q < queries.size(); q++) {
      JudgedQuery query = queries.get(q);
      int cut = query.size();
      double largest = 0;
      for (int rank = 1; rank < query.size(); rank++) {
        double drop = query.cosine(rank - 1) - query.cosine(rank);
        cut = drop > largest ? rank : cut;
        largest = Math.max(largest, drop);
      }
      int first = cut;
      kept.add(pairs(List.of(q), (other, rank) -> -rank), -first + 0.5);
      kept.addEmpty(query, false);
    }
    RuleMeasures row = report.rule("gap");
    kept.assertMeasures(row);
    assertEquals(kept.f1(), row.f1(), 1e-9);
  }

  /** A candidate. */
  private record Pair(float score, boolean relevant, double weight) {}

  private List<Pair> pairs(List<Integer> of, Rule rule) {
    List<Pair> pairs = new ArrayList<>();
    for (int q : of) {
      for (int rank = 0; rank < queries.get(q).size(); rank++) {
        pairs.add(new Pair((float) rule.score(q, rank), queries.get(q).relevant(rank), queries.get(q).weight(rank)));
      }
    }
    return pairs;
  }

  /** What a cut keeps. */
  private static final class Kept {
    private double all;
    private double relevant;
    private double kept;
    private double keptRelevant;
    private double unanswered;
    private double empty;

    Kept add(List<Pair> pairs, double threshold) {
      for (Pair pair : pairs) {
        boolean isKept = pair.score >= threshold;
        all += pair.weight;
        relevant += pair.relevant ? pair.weight : 0;
        kept += isKept ? pair.weight : 0;
        keptRelevant += isKept && pair.relevant ? pair.weight : 0;
      }
      return this;
    }

    void addEmpty(JudgedQuery query, boolean isEmpty) {
      unanswered += query.answered() ? 0 : 1;
      empty += query.answered() == false && isEmpty ? 1 : 0;
    }

    double f1() {
      return 2 * keptRelevant / (kept + relevant);
    }

    void assertMeasures(RuleMeasures row) {
      assertEquals(row.rule(), keptRelevant / kept, row.precision(), 1e-9);
      assertEquals(row.rule(), keptRelevant / relevant, row.recall(), 1e-9);
      assertEquals(row.rule(), kept / all, row.kept(), 1e-9);
      assertEquals(row.rule(), empty / unanswered, row.empty(), 1e-9);
    }
  }

  private static Set<Float> thresholds(List<Pair> pairs) {
    Set<Float> scores = new TreeSet<>(Comparator.reverseOrder());
    pairs.forEach(pair -> scores.add(pair.score));
    return scores;
  }

  private static float thresholdAtRecall(List<Pair> pairs) {
    for (float threshold : thresholds(pairs)) {
      Kept kept = new Kept().add(pairs, threshold);
      if (kept.keptRelevant >= RECALL * kept.relevant - 1e-9) {
        return threshold;
      }
    }
    throw new AssertionError();
  }

  private static float thresholdOfBestF1(List<Pair> pairs) {
    float best = Float.POSITIVE_INFINITY;
    for (float threshold : thresholds(pairs)) {
      best = new Kept().add(pairs, threshold).f1() > new Kept().add(pairs, best).f1() ? threshold : best;
    }
    return best;
  }

  private static double averagePrecision(List<Pair> pairs) {
    double area = 0;
    double before = 0;
    for (float threshold : thresholds(pairs)) {
      Kept kept = new Kept().add(pairs, threshold);
      area += (kept.keptRelevant - before) / kept.relevant * kept.keptRelevant / kept.kept;
      before = kept.keptRelevant;
    }
    return area;
  }

  private void assertRow(String name, Rule rule) {
    RuleMeasures row = report.rule(name);
    List<Integer> all = IntStream.range(0, queries.size()).boxed().toList();
    assertEquals(name, averagePrecision(pairs(all, rule)), row.prAuc(), 1e-9);
    assertEquals(name, thresholdAtRecall(pairs(all, rule)), row.threshold(), 1e-4);
    assertEquals(name, thresholdOfBestF1(pairs(all, rule)), row.f1Threshold(), 1e-4);
    Kept atRecall = new Kept();
    Kept atF1 = new Kept();
    for (int fold = 0; fold < FOLDS; fold++) {
      List<Pair> others = pairs(folds.others(all, fold), rule);
      float threshold = thresholdAtRecall(others);
      for (int q : folds.members(fold)) {
        List<Pair> pairs = pairs(List.of(q), rule);
        atRecall.add(pairs, threshold);
        atRecall.addEmpty(queries.get(q), pairs.stream().noneMatch(pair -> pair.score >= threshold));
        atF1.add(pairs, thresholdOfBestF1(others));
      }
    }
    atRecall.assertMeasures(row);
    assertEquals(name, atF1.f1(), row.f1(), 1e-9);
  }
}
