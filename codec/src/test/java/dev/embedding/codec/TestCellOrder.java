package dev.embedding.codec;

import static dev.embedding.codec.TestQuantizedVectorsFormat.cells;
import static dev.embedding.codec.TestQuantizedVectorsFormat.index;
import static dev.embedding.codec.TestQuantizedVectorsFormat.randomVectors;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Which cells are read first, and what their centres are taken for. */
public class TestCellOrder extends LuceneTestCase {

  private static final Kernel KERNEL = Kernels.best();

  /** Enough for cells. */
  private static final int MANY = TestQuantizedVectorsFormat.MANY;

  private static void check(float[][] vectors, VectorSimilarityFunction similarity, Check check) throws IOException {
    // Lucene's directory for tests would score what cannot be scored.
    try (Directory directory = new ByteBuffersDirectory()) {
      index(directory, new QuantizedVectorsFormat(Quantizers.of("binary", 1)), vectors, similarity);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        Cells cells = cells(getOnlyLeafReader(reader));
        float[] vector = vectors[random().nextInt(vectors.length)];
        Query query = cells.query(vector);
        check.of(cells, vector, query, CellOrder.of(cells, query, KERNEL));
      }
    }
  }

  /** In units of both lengths the error of two bits is about 0.34 / √24 = 0.07; that of nothing would be 1 / √24 = 0.2. */
  public void testProductsAreThoseOfTheCentres() throws IOException {
    VectorSimilarityFunction similarity = RandomPicks.randomFrom(random(), VectorSimilarityFunction.values());
    check(randomVectors(MANY), similarity, (cells, vector, query, order) -> {
      Codebook codebook = cells.codebook();
      CentreProducts products = cells.centreProducts(query, KERNEL);
      double squares = 0;
      for (int cell = 0; cell < cells.cells(); cell++) {
        float[] centre = codebook.centre(cell);
        float exact = query.product(centre, KERNEL);
        assertEquals(exact, products.of(cell), 1e-5f * Math.abs(exact) + 1e-6f);
        double error = (order.product(cell) - exact) / query.length() / Math.sqrt(KERNEL.dot(centre, centre, 0));
        squares += error * error;
      }
      assertEquals(0, Math.sqrt(squares / cells.cells()), 0.1);
    });
  }

  /** Of the tenth that is nearest nearly all are in the first fifth. */
  public void testNearCellsComeFirst() throws IOException {
    check(randomVectors(MANY), VectorSimilarityFunction.DOT_PRODUCT, (cells, vector, query, order) -> {
      Codebook codebook = cells.codebook();
      float[] closeness = new float[cells.cells()];
      for (int cell = 0; cell < closeness.length; cell++) {
        closeness[cell] = KERNEL.dot(vector, codebook.centre(cell), 0);
      }
      float[] sorted = closeness.clone();
      Arrays.sort(sorted);
      float least = sorted[sorted.length * 9 / 10];
      int found = 0;
      BitSet seen = new BitSet();
      for (int i = 0; i < order.size(); i++) {
        seen.set(order.cell(i));
        found += i < order.size() / 5 && closeness[order.cell(i)] >= least ? 1 : 0;
      }
      assertEquals(cells.cells(), seen.cardinality());
      assertEquals(1, found / (sorted.length / 10d), 0.15);
    });
  }

  public void testNumbersTooLargeAreTakenForNothing() throws IOException {
    float scale = random().nextBoolean() ? 1e25f : 1e38f;
    float[][] vectors = randomVectors(MANY);
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] *= scale;
      }
    }
    check(vectors, VectorSimilarityFunction.EUCLIDEAN, (cells, vector, query, order) -> {
      for (int cell = 0; cell < cells.cells(); cell++) {
        assertEquals(0, order.product(cell), 0);
      }
    });
  }

  public void testOneCellHasNoCentre() throws IOException {
    check(randomVectors(100), VectorSimilarityFunction.COSINE, (cells, vector, query, order) -> {
      assertEquals(1, order.size());
      assertEquals(0, order.cell(0));
      assertEquals(0, order.product(0), 0);
    });
  }

  /** What is true of an order. */
  private interface Check {

    void of(Cells cells, float[] vector, Query query, CellOrder order) throws IOException;
  }
}
