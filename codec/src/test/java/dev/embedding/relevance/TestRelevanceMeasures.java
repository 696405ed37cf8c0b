package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.List;

import org.apache.lucene.tests.util.LuceneTestCase;

/** Measures against plain loops and values found by hand. */
public class TestRelevanceMeasures extends LuceneTestCase {
  private static JudgedQuery query(float[] cosines, boolean... relevant) {
    return new JudgedQuery(new float[] {1, 0}, cosines, relevant, null, false);
  }

  private static final List<JudgedQuery> TWO = List.of(
      query(new float[] {0.9f, 0.8f, 0.3f}, true, false, true),
      query(new float[] {0.7f, 0.6f}, false, false));
  private static final float[][] COSINES = {{0.9f, 0.8f, 0.3f}, {0.7f, 0.6f}};

  public void testByHand() {
    // ranks 1 and 5 are relevant: precision 1 and 2/5
    assertEquals((1 + 0.4) / 2, RelevanceMeasures.prAuc(TWO, COSINES), 1e-9);
    assertEquals(0.9f, RelevanceMeasures.thresholdAtRecall(TWO, COSINES, 0.5), 0);
    assertEquals(0.3f, RelevanceMeasures.thresholdAtRecall(TWO, COSINES, 0.95), 0);
    assertEquals("F1 2/3 against 4/7", 0.9f, RelevanceMeasures.thresholdOfBestF1(TWO, COSINES), 0);
    KeptCounts counts = KeptCounts.of(TWO, COSINES, 0.75);
    assertEquals(0.5, counts.precision(), 1e-9);
    assertEquals(0.5, counts.recall(), 1e-9);
    assertEquals(0.4, counts.keptShare(), 1e-9);
    assertEquals("the query without an answer is empty", 1, counts.emptyShare(), 0);
  }

  public void testCeilingIsTheBestOfAllCombinationsOfCuts() {
    List<JudgedQuery> queries = new ArrayList<>();
    for (int q = 0; q < 3; q++) {
      queries.add(query(new float[] {0.9f, 0.7f, 0.5f, 0.3f}, random().nextBoolean(), random().nextBoolean(),
          random().nextBoolean(), q == 0));
    }
    double best = 0;
    for (int cuts = 0; cuts < 125; cuts++) {
      double kept = 0;
      double keptRelevant = 0;
      double relevant = 0;
      for (int q = 0, rest = cuts; q < 3; q++, rest /= 5) {
        for (int i = 0; i < 4; i++) {
          relevant += queries.get(q).relevant(i) ? 1 : 0;
          kept += i < rest % 5 ? 1 : 0;
          keptRelevant += i < rest % 5 && queries.get(q).relevant(i) ? 1 : 0;
        }
      }
      best = Math.max(best, 2 * keptRelevant / (kept + relevant));
    }
    assertEquals(best, RelevanceMeasures.ceilingF1(queries), 1e-9);
  }

  public void testTiesAreOneCut() {
    List<JudgedQuery> tied = List.of(query(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, true, false, false, false));
    assertEquals(0.25, RelevanceMeasures.prAuc(tied, new float[][] {{1, 1, 1, 1}}), 1e-9);
  }

  public void testScoresOfAnySignAreSorted() {
    List<JudgedQuery> signs = List.of(query(new float[] {0.5f, 0.4f, 0.3f, 0.2f}, true, false, true, false));
    float[][] scores = {{3, -2, 0.5f, -7}};
    assertEquals(1, RelevanceMeasures.prAuc(signs, scores), 1e-9);
    assertEquals(0.5f, RelevanceMeasures.thresholdAtRecall(signs, scores, 1), 0);
  }

  public void testNothingRelevant() {
    List<JudgedQuery> none = List.of(query(new float[] {0.5f}, false));
    assertEquals(0, RelevanceMeasures.prAuc(none, new float[][] {{1}}), 0);
    assertEquals(0, RelevanceMeasures.ceilingF1(none), 0);
  }

  public void testPrecisionByRecallEndsAtTheShareOfRelevant() {
    double[] precision = RelevanceMeasures.precisionByRecall(TWO, COSINES);
    assertEquals(1, precision[50], 1e-9);
    assertEquals(0.4, precision[51], 1e-9);
    assertEquals(0.4, precision[100], 1e-9);
  }
}
