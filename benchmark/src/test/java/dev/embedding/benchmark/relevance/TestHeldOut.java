package dev.embedding.benchmark.relevance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.apache.lucene.tests.util.LuceneTestCase;

import dev.embedding.relevance.RelevanceMeasures;
import dev.embedding.relevance.TrainerOptions;

/** A made-up collection: every query has the same cosines with the documents, which come in the order of their numbers. */
public class TestHeldOut extends LuceneTestCase {
  private static final int DIMENSION = 384;
  private static final int QUERIES = 24;
  private static final int DOCUMENTS = 12;

  /** @param relevant how many of the nearest documents are relevant, for each query */
  private static Collection collection(int... relevant) throws IOException {
    Path folder = createTempDir();
    byte[] queries = new byte[QUERIES * DIMENSION];
    byte[] documents = new byte[DOCUMENTS * DIMENSION];
    List<String> kinds = new ArrayList<>();
    List<String> judgements = new ArrayList<>();
    for (int q = 0; q < QUERIES; q++) {
      queries[q * DIMENSION + q] = 127;
      kinds.add(q + "\t" + (q < 20 ? "val" : "val-oos"));
      for (int document = 0; document < DOCUMENTS; document++) {
        documents[document * DIMENSION + q] = (byte) (2 * (DOCUMENTS - document));
        judgements.add(q + " 0 " + document + " " + (document < relevant[q] ? 1 : 0));
      }
    }
    for (int document = 0; document < DOCUMENTS; document++) {
      documents[document * DIMENSION + QUERIES + document] = 127;
    }
    Files.write(folder.resolve("queries.i8"), queries);
    Files.write(folder.resolve("docs.i8"), documents);
    Files.write(folder.resolve("queries.tsv"), kinds, StandardCharsets.UTF_8);
    Files.write(folder.resolve("qrels.txt"), judgements, StandardCharsets.UTF_8);
    return Collection.read(folder);
  }

  /** For each query as many as for another, by turns. */
  private static int[] byTurns(int even, int odd) {
    int[] numbers = new int[QUERIES];
    for (int q = 0; q < QUERIES; q++) {
      numbers[q] = q % 2 == 0 ? even : odd;
    }
    return numbers;
  }

  public void testCandidatesAreTheNearestWithTheirJudgements() throws IOException {
    Collection collection = collection(byTurns(3, 0));
    assertEquals(QUERIES, collection.queries.size());
    for (float[] cosines : collection.cosines) {
      assertEquals(DOCUMENTS, cosines.length);
      for (int i = 0; i < DOCUMENTS; i++) {
        double here = 2 * (DOCUMENTS - i);
        assertEquals(here / Math.sqrt(QUERIES * here * here + 127 * 127), cosines[i], 1e-6);
      }
    }
    float[][] cosines = collection.cosines.toArray(float[][]::new);
    float third = cosines[0][2];
    assertEquals("the first three, of every second query", 0.5, RelevanceMeasures.prAuc(collection.queries, cosines),
        1e-6);
    assertEquals(third, RelevanceMeasures.thresholdAtRecall(collection.queries, cosines, 1), 0);
    assertEquals(DOCUMENTS, collection.sample.size());
  }

  public void testTenQueriesInARowAreATopicUnlessTheyAreOutOfScope() throws IOException {
    int[] topics = collection(byTurns(3, 6)).topics;
    Set<Integer> others = new HashSet<>();
    for (int q = 0; q < QUERIES; q++) {
      if (q < 20) {
        assertEquals(q / 10, topics[q]);
      } else {
        assertTrue(others.add(topics[q]) && topics[q] > 1);
      }
    }
  }

  private static void assertRows(HeldOut heldOut, String precision, String recall, String kept, String f1) {
    for (String rule : List.of("adapter", "min_cosine", "fixed_k", "z_score", "lift", HeldOut.RECOMMENDED)) {
      String[] columns = heldOut.row(rule).split("[| ]+(?=[0-9–])|[| ]+$", -1);
      assertEquals(rule, List.of(precision, recall, kept, "–", f1), List.of(columns).subList(2, 7));
    }
  }

  /**
   * In one fold the first three are relevant, in the other the first six: who decides by the other fold keeps six where
   * three are right, and three where six are. Who had seen what is reported would make no mistake.
   */
  public void testWhatIsReportedWasNotLearnedFrom() throws IOException {
    HeldOut heldOut = new HeldOut(collection(byTurns(3, 6)), byTurns(0, 1), 2, TrainerOptions.DEFAULT);
    assertRows(heldOut, "0.667", "0.667", "0.375", "0.667");
    assertEquals(2, heldOut.recommended().size());
  }

  /** The same, where the folds are alike: then nothing is wrong. */
  public void testWhatIsLearnedIsUsed() throws IOException {
    HeldOut heldOut = new HeldOut(collection(byTurns(4, 4)), byTurns(0, 1), 2, TrainerOptions.DEFAULT);
    assertRows(heldOut, "1.000", "1.000", "0.333", "1.000");
    for (double each : heldOut.precisionByRecall("min_cosine")) {
      assertEquals(1, each, 0);
    }
  }
}
