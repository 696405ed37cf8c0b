package dev.embedding.relevance;

import java.util.List;
import java.util.Set;

import org.apache.lucene.tests.util.LuceneTestCase;

/** The cut-offs that need no judgements. */
public class TestCutOffs extends LuceneTestCase {
  private static final float[] QUERY = {1, 0};
  /** Cosines with the query: 1, 0 and -1. */
  private static final VectorSample SAMPLE = VectorSample
      .of(List.of(new float[] {1, 0}, new float[] {0, 1}, new float[] {-1, 0}));

  public void testMinCosineIsTheCut() {
    assertEquals(0.4, CutOffs.create("min_cosine", 0.4, null).on(QUERY).cosine(), 0);
  }

  public void testZScoreCountsDeviationsOfTheSample() {
    QueryCut cut = CutOffs.create("z_score", 0.5, SAMPLE).on(QUERY);
    assertEquals(0.5 * Math.sqrt(2 / 3.0), cut.cosine(), 1e-6);
    assertEquals("an average document", 0.5, cut.relevance(0), 1e-6);
    assertEquals("normal distribution at 1", 0.841, cut.relevance(Math.sqrt(2 / 3.0)), 0.01);
  }

  public void testLiftIsAboveTheMeanOfTheSample() {
    VectorSample sample = VectorSample.of(List.of(new float[] {1, 0}, new float[] {0, 1}));
    assertEquals(0.5 + 0.2, CutOffs.create("lift", 0.2, sample).on(QUERY).cosine(), 1e-6);
  }

  public void testGapCutsAtTheLargestDrop() {
    QueryCut cut = CutOffs.create("gap", null, null).on(QUERY);
    assertTrue(cut.needsHits());
    assertEquals(0.8, cut.cosine(new float[] {0.9f, 0.8f, 0.5f, 0.4f}), 1e-6);
    assertEquals("the first of equal drops", 1, cut.cosine(new float[] {1, 0.75f, 0.5f}), 0);
    for (float[] undecided : new float[][] {{}, {0.9f}, {0.5f, 0.5f}}) {
      assertEquals(Double.NEGATIVE_INFINITY, cut.cosine(undecided), 0);
    }
  }

  public void testCutsThatDecideEquallyAreEqual() {
    assertEquals(CutOffs.create("z_score", 1d, SAMPLE).on(QUERY), CutOffs.create("z_score", 1d, SAMPLE).on(QUERY));
    assertNotEquals(CutOffs.create("z_score", 1d, SAMPLE).on(QUERY), CutOffs.create("lift", 1d, SAMPLE).on(QUERY));
  }

  public void testRegistryRefusesSurprises() {
    assertEquals(Set.of("min_cosine", "z_score", "lift", "gap"), CutOffs.types());
    assertTrue(CutOffs.needsSample("z_score"));
    assertFalse(CutOffs.needsSample("gap"));
    TestCosineAdapter.assertMessage("unknown cut-off [knee], known are [gap, lift, min_cosine, z_score]",
        () -> CutOffs.create("knee", null, null));
    TestCosineAdapter.assertMessage("[min_cosine] needs [min]", () -> CutOffs.create("min_cosine", null, null));
    TestCosineAdapter.assertMessage("[gap] takes no [min]", () -> CutOffs.create("gap", 1d, null));
    TestCosineAdapter.assertMessage("between -1.0 and 1.0, got NaN",
        () -> CutOffs.create("min_cosine", Double.NaN, null));
    TestCosineAdapter.assertMessage("needs a sample", () -> CutOffs.create("z_score", 1d, null));
  }
}
