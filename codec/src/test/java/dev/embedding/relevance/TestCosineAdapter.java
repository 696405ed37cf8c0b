package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import org.apache.lucene.tests.util.LuceneTestCase;

/** The maps' golden values, the cut that stands for the threshold, and weights that do not fit. */
public class TestCosineAdapter extends LuceneTestCase {
  private static final int DIMENSION = 6;

  /** Computed by hand from the authors' formulas: a = 12, b = -8, c = 0.5, x = 0.6, and the cut for F ≥ 0. */
  public void testGoldenValues() {
    assertGolden(CosineMap.LINEAR, -0.8, 0.666667);
    assertGolden(CosineMap.SQUARE_ROOT, 1.295160, 0.444444);
    assertGolden(CosineMap.QUADRATIC, -3.68, 0.816497);
    assertGolden(CosineMap.POWER, -1.646726, 0.722025);
  }

  private static void assertGolden(CosineMap map, double logit, double cut) {
    CosineCurve curve = new CosineCurve(map, 12, -8, 0.5, 0, 1);
    assertEquals(logit, curve.logit(0.6), 1e-6);
    assertEquals(cut, curve.cosineCut(0.5), 1e-6);
    assertEquals(1 / (1 + Math.exp(-logit)), curve.relevance(0.6), 1e-6);
  }

  public void testFilterByRelevanceEqualsFilterByCut() {
    for (int i = 0; i < 20_000; i++) {
      CosineCurve curve = randomCurve();
      double threshold = random().nextDouble();
      double cut = curve.cosineCut(threshold);
      double x = random().nextDouble() * 2 - 1;
      if (Math.abs(curve.relevance(x) - threshold) > 1e-9) {
        assertEquals(curve + " at " + x + " for " + threshold, curve.relevance(x) >= threshold, x >= cut);
      }
    }
  }

  public void testOrderNeverChanges() {
    for (int i = 0; i < 1000; i++) {
      CosineCurve curve = randomCurve();
      double[] cosines = random().doubles(20, -1, 1).sorted().toArray();
      for (int j = 1; j < cosines.length; j++) {
        assertTrue(curve.relevance(cosines[j - 1]) <= curve.relevance(cosines[j]));
      }
    }
  }

  public void testEdgesOfTheCut() {
    for (CosineMap map : CosineMap.values()) {
      CosineCurve curve = new CosineCurve(map, 12, -8, 0.5, 0, 1);
      assertTrue("a threshold of 1 keeps nothing", curve.cosineCut(1) > 1);
      assertEquals("a threshold of 0 keeps all", Double.NEGATIVE_INFINITY, curve.cosineCut(0), 0);
      assertTrue("out of reach", new CosineCurve(map, 12, -13, 0.5, 0, 1).cosineCut(0.5) > 1);
      assertFalse(Double.isNaN(curve.relevance(-1)));
      if (map != CosineMap.LINEAR) {
        assertEquals("negative cosines are as good as 0", curve.logit(0), curve.logit(-0.7), 0);
        assertEquals("u < 0 is no cut", Double.NEGATIVE_INFINITY,
            new CosineCurve(map, 12, 1, 0.5, 0, 1).cosineCut(0.5), 0);
      }
    }
  }

  public void testExtremeExponentsStayNumbers() {
    for (double c : new double[] {-1e6, -50, 0, 50, 1e6}) {
      CosineCurve curve = new CosineCurve(CosineMap.POWER, 12, -8, c, 0, 1);
      for (double x : new double[] {-1, 0, 1e-300, 0.5, 1}) {
        assertFalse(Double.isNaN(curve.logit(x)));
        assertFalse(Double.isNaN(CosineMap.POWER.slopeInC(x, c)));
      }
      assertFalse(Double.isNaN(curve.cosineCut(0.5)));
    }
  }

  public void testConstantAdapterIsItsCurve() {
    CosineCurve curve = new CosineCurve(CosineMap.SQUARE_ROOT, 12, -8, 0, 0.4, 0.1);
    CosineAdapter adapter = CosineAdapter.constant(DIMENSION, curve, 0.3);
    for (int i = 0; i < 20; i++) {
      float[] query = randomVector();
      assertEquals(curve.relevance(0.5), adapter.relevance(query, 0.5), 1e-5);
      assertEquals(curve.cosineCut(0.3), adapter.cosineCut(query, 0.3), 1e-5);
      assertEquals(curve.cosineCut(0.3), adapter.on(query).cosine(), 1e-5);
    }
  }

  /** The paper's layers, against a plain loop. */
  public void testLayersAsInThePaper() {
    float[] gain = randomVector();
    float[] shift = randomVector();
    float[] first = new float[4 * DIMENSION];
    float[] second = new float[2 * 4];
    fill(first);
    fill(second);
    CosineAdapter adapter = new CosineAdapter(new QueryInputs(DIMENSION, true, null, null), CosineMap.LINEAR, 0, 1,
        List.of(Layer.of(Layer.Op.LAYER_NORM, gain, shift), Layer.of(Layer.Op.LINEAR, first, new float[4]),
            Layer.of(Layer.Op.RELU, new float[0], new float[0]),
            Layer.of(Layer.Op.LINEAR, second, new float[] {0.5f, -1})),
        0.5);
    float[] query = randomVector();
    double[] out = plain(query, gain, shift, first, second);
    CosineCurve curve = adapter.curve(query);
    assertEquals(Math.log1p(Math.exp(out[0])) + 1e-3, curve.a(), 1e-4);
    assertEquals(out[1], curve.b(), 1e-4);
  }

  private static double[] plain(float[] query, float[] gain, float[] shift, float[] first, float[] second) {
    double norm = 0;
    for (float value : query) {
      norm += value * value;
    }
    double[] x = new double[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      x[i] = query[i] / Math.sqrt(norm);
    }
    double mean = Arrays.stream(x).average().orElseThrow();
    double variance = Arrays.stream(x).map(value -> (value - mean) * (value - mean)).average().orElseThrow();
    double[] out = {0.5, -1};
    for (int h = 0; h < 4; h++) {
      double sum = 0;
      for (int i = 0; i < DIMENSION; i++) {
        sum += first[h * DIMENSION + i] * ((x[i] - mean) / Math.sqrt(variance + 1e-5) * gain[i] + shift[i]);
      }
      out[0] += Math.max(sum, 0) * second[h];
      out[1] += Math.max(sum, 0) * second[4 + h];
    }
    return out;
  }

  public void testPlainFormRoundTrips() {
    float[] weights = {1.1f, 2.2f, -3.3f, 4.4f, -0f, 6.6f};
    Layer layer = Layer.of(Layer.Op.LINEAR, weights, new float[] {0.1f, -0f});
    Layer again = Layer.of(Layer.Op.of(layer.op().wireName()), layer.weights(), layer.bias());
    assertArrayEquals(weights, again.weights(), 0);
    assertEquals(0, Layer.of(Layer.Op.LINEAR, new float[0], new float[] {1}).weights().length);
    assertEquals(Float.floatToRawIntBits(-0f), Float.floatToRawIntBits(again.bias()[1]));
    VectorSample sample = VectorSample.of(List.of(randomVector(), randomVector()));
    float[] query = randomVector();
    assertArrayEquals(sample.cosines(query),
        new VectorSample(DIMENSION, sample.codes()).cosines(query), 0);
    for (CosineMap map : CosineMap.values()) {
      assertSame(map, CosineMap.of(map.wireName));
    }
  }

  public void testSampleIsNearTheFloats() {
    float[] a = randomVector();
    float[] b = randomVector();
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < DIMENSION; i++) {
      dot += a[i] * b[i];
      squaresA += a[i] * a[i];
      squaresB += b[i] * b[i];
    }
    VectorSample sampled = VectorSample.of(List.of(b));
    assertEquals(dot / Math.sqrt(squaresA * squaresB),
        sampled.cosines(VectorSample.unit(a, DIMENSION))[0], 0.03);
  }

  public void testWeightsThatDoNotFitAreRefused() {
    assertMessage("must be between -1e15 and 1e15, got NaN",
        () -> Layer.of(Layer.Op.LINEAR, new float[] {Float.NaN}, new float[] {0}));
    assertMessage("between -1e15 and 1e15, got Infinity",
        () -> Layer.of(Layer.Op.LAYER_NORM, new float[] {1}, new float[] {Float.POSITIVE_INFINITY}));
    assertMessage("5 weights and 2 biases", () -> Layer.of(Layer.Op.LINEAR, new float[5], new float[2]));
    assertMessage("has no weights", () -> Layer.of(Layer.Op.RELU, new float[1], new float[0]));
    assertMessage("2 and 3", () -> Layer.of(Layer.Op.LAYER_NORM, new float[2], new float[3]));
    assertMessage("a linear layer of 5 inputs cannot follow 6 outputs", () -> adapter(new float[10], new float[2]));
    assertMessage("takes 2 parameters, the layers put out 3", () -> adapter(new float[18], new float[3]));
    assertMessage("the query has 5 dimensions instead of 6",
        () -> adapter(new float[12], new float[2]).curve(new float[5]));
    assertMessage("[min_relevance] must be between 0 and 1", () -> adapter(new float[12], new float[2])
        .withThreshold(Double.NaN));
    assertMessage("[map] must be linear, sqrt, quadratic or power", () -> CosineMap.of("cubic"));
    assertMessage("[op] must be layer_norm, linear or relu", () -> Layer.Op.of("softmax"));
    assertMessage("all zeros", () -> new VectorSample(2, new byte[4]));
    assertMessage("got 5 bytes of dimension 2", () -> new VectorSample(2, new byte[5]));
    assertMessage("[relevant] has 2 values for 1 judged queries",
        () -> new JudgedMemory(VectorSample.of(List.of(randomVector())), new float[2], new float[1], new float[1]));
    assertMessage("[mean_cosine] must be between", () -> new JudgedMemory(VectorSample.of(List.of(randomVector())),
        new float[1], new float[] {Float.NaN}, new float[1]));
  }

  /** The largest weights that are taken, layer after layer, still give a curve. */
  public void testLargeWeightsDoNotOverflow() {
    float[] wide = new float[DIMENSION * DIMENSION];
    Arrays.fill(wide, 1e15f);
    Layer large = Layer.of(Layer.Op.LINEAR, wide, new float[DIMENSION]);
    Layer last = Layer.of(Layer.Op.LINEAR, Arrays.copyOf(wide, 2 * DIMENSION), new float[2]);
    Layer norm = Layer.of(Layer.Op.LAYER_NORM, Arrays.copyOf(wide, DIMENSION), Arrays.copyOf(wide, DIMENSION));
    CosineAdapter adapter = new CosineAdapter(new QueryInputs(DIMENSION, true, null, null), CosineMap.LINEAR, 0, 1,
        List.of(large, large, norm, large, last), 0.5);
    float[] query = new float[DIMENSION];
    Arrays.fill(query, 1);
    assertFalse(Double.isNaN(adapter.relevance(query, 0.5)));
    assertFalse(Double.isNaN(adapter.cosineCut(query, 0.5)));
  }

  private static CosineAdapter adapter(float[] weights, float[] bias) {
    return new CosineAdapter(new QueryInputs(DIMENSION, true, null, null), CosineMap.LINEAR, 0, 1,
        List.of(Layer.of(Layer.Op.LINEAR, weights, bias)), 0.5);
  }

  public void testJudgedMemoryLooksNear() {
    List<float[]> judged = new ArrayList<>();
    judged.add(new float[] {1, 0});
    judged.add(new float[] {0, 1});
    JudgedMemory memory = new JudgedMemory(VectorSample.of(judged), new float[] {3, 0}, new float[] {0.8f, 0},
        new float[] {0.7f, 0});
    float[] features = new float[JudgedMemory.FEATURES];
    memory.features(new float[] {1, 0}, -1, 0, features, 0);
    assertEquals("an answered query is near", 1, features[0], 1e-3);
    assertEquals(0.8, features[3], 1e-3);
    memory.features(new float[] {0, 1}, -1, 0, features, 0);
    assertEquals("a query without an answer is near", 0, features[0], 1e-3);
    memory.features(new float[] {1, 0}, 0, 0, features, 0);
    assertEquals("the query itself is left out", 0, features[0], 1e-3);
  }

  public void testSignBitsFindTheNear() {
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      float[] vector = new float[70];
      fill(vector);
      vectors.add(vector);
    }
    SignBits signs = new SignBits(VectorSample.of(vectors));
    for (int row = 0; row < 300; row += 13) {
      float[] unit = VectorSample.unit(vectors.get(row), 70);
      assertEquals(row, signs.nearest(unit, 1, -1)[0]);
      int[] others = signs.nearest(unit, 299, row);
      assertEquals(299, others.length);
      assertEquals("all but the one left out", -1 - row, Arrays.binarySearch(others, row));
      assertEquals(0, signs.nearest(unit, 0, row).length);
      assertEquals(300, signs.nearest(unit, 1000, -1).length);
    }
  }

  public void testNeighboursAreTheLargestCosines() {
    int[] rows = {5, 6, 7, 8, 9};
    float[] cosines = {0.1f, 0.9f, 0.5f, 0.9f, -0.3f};
    assertArrayEquals(new int[] {6, 8, 7}, Neighbours.of(rows, cosines, 3, 0).rows());
    assertArrayEquals(new int[] {7, 5}, Neighbours.of(rows, cosines, 2, 2).rows());
    assertArrayEquals("one is left", new int[] {9}, Neighbours.of(rows, cosines, 3, 50).rows());
    assertEquals(0, Neighbours.of(new int[0], new float[0], 3, 1).rows().length);
  }

  private static CosineCurve randomCurve() {
    CosineMap map = RandomPicks.randomFrom(random(), CosineMap.values());
    return new CosineCurve(map, random().nextDouble() * 40 + 1e-3, random().nextGaussian() * 10,
        random().nextGaussian() * 2, random().nextDouble(), random().nextDouble() + 0.01);
  }

  private static float[] randomVector() {
    float[] vector = new float[DIMENSION];
    fill(vector);
    return vector;
  }

  private static void fill(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random().nextGaussian();
    }
  }

  static void assertMessage(String expected, org.junit.function.ThrowingRunnable call) {
    String message = expectThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message, message.contains(expected));
  }
}
