package dev.embedding.multivector;

import dev.embedding.multivector.FixedDimensionalEncoder.CellValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

public class TestFixedDimensionalEncoder extends LuceneTestCase {

  static TokenVectors randomVectors(Random random, int count, int dimension) {
    float[] values = new float[count * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new TokenVectors(dimension, values).normalized();
  }

  private static FixedDimensionalEncoder means(int repetitions, int bits, int projected, int dimension) {
    return means(new EncodingOptions(repetitions, bits, projected, random().nextLong()), dimension);
  }

  private static FixedDimensionalEncoder means(EncodingOptions options, int dimension) {
    return new FixedDimensionalEncoder(options, dimension, null, CellValue.MEAN);
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  static double product(TokenVectors a, int i, TokenVectors b, int j) {
    return product(a.vector(i), b.vector(j));
  }

  /** Two planes along the axes; the cell of a vector is the signs of its numbers. */
  public void testAnExampleByHand() {
    EncodingOptions options = new EncodingOptions(1, 2, 2, 0);
    FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(options, 2, CellValue.MEAN, new float[] {1, 0, 0, 1});
    float[] query = encoder.encodeQuery(TokenVectors.of(2, new float[] {1, 0.5f}, new float[] {-0.5f, 1}));
    TokenVectors vectors = TokenVectors.of(2, new float[] {0.8f, 0.6f}, new float[] {0.6f, 0.8f},
        new float[] {-1, 0.2f});
    float[] document = encoder.encodeDocument(vectors);
    assertArrayEquals(new float[] {0, 0, -0.5f, 1, 0, 0, 1, 0.5f}, query, 0);
    assertArrayEquals(new float[] {-1, 0.2f, -1, 0.2f, 0.7f, 0.7f, 0.7f, 0.7f}, document, 1e-6f);
    assertEquals(1.75, product(query, document), 1e-6);
  }

  /** A cell whose nearest cells are two has the mean of both. */
  public void testTiesAreAveraged() {
    EncodingOptions options = new EncodingOptions(1, 2, 2, 0);
    FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(options, 2, CellValue.MEAN, new float[] {1, 0, 0, 1});
    float[] document = encoder.encodeDocument(TokenVectors.of(2, new float[] {-1, 1}, new float[] {1, -1}));
    assertArrayEquals(new float[] {0, 0, -1, 1, 1, -1, 0, 0}, document, 0);
  }

  public void testOneVectorIsFoundInEachCell() {
    int repetitions = TestUtil.nextInt(random(), 1, 10);
    int dimension = TestUtil.nextInt(random(), 1, 40);
    for (CellValue value : CellValue.values()) {
      FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(
          new EncodingOptions(repetitions, random().nextInt(5), dimension, random().nextLong()), dimension, null,
          value);
      TokenVectors query = randomVectors(random(), 7, dimension);
      TokenVectors document = randomVectors(random(), 1, dimension);
      double chamfer = 0;
      for (int i = 0; i < 7; i++) {
        chamfer += product(query, i, document, 0);
      }
      double estimate = product(encoder.encodeQuery(query), encoder.encodeDocument(document));
      assertEquals(repetitions * chamfer, estimate, 1e-4);
    }
  }

  public void testWithoutPlanesItIsThePooledVector() {
    FixedDimensionalEncoder encoder = means(3, 0, 8, 8);
    TokenVectors document = randomVectors(random(), 5, 8);
    float[] encoded = encoder.encodeDocument(document);
    for (int i = 0; i < 24; i++) {
      float mean = 0;
      for (int token = 0; token < 5; token++) {
        mean += document.vector(token)[i % 8] / 5;
      }
      assertEquals(mean, encoded[i], 1e-6f);
    }
  }

  /** Each block of a document is a convex combination of its vectors. */
  public void testTheEstimateIsBetweenTheLeastAndTheGreatestSimilarities() {
    for (int iteration = 0; iteration < 100; iteration++) {
      int dimension = TestUtil.nextInt(random(), 2, 20);
      int repetitions = TestUtil.nextInt(random(), 1, 5);
      EncodingOptions options = new EncodingOptions(repetitions, random().nextInt(7), dimension, random().nextLong());
      float[] centre = random().nextBoolean() ? null : randomVectors(random(), 1, dimension).values();
      FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(options, dimension, centre, CellValue.MEAN);
      TokenVectors query = randomVectors(random(), TestUtil.nextInt(random(), 1, 10), dimension);
      TokenVectors document = randomVectors(random(), TestUtil.nextInt(random(), 1, 30), dimension);
      double least = 0;
      double greatest = 0;
      for (int i = 0; i < query.count(); i++) {
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < document.count(); j++) {
          min = Math.min(min, product(query, i, document, j));
          max = Math.max(max, product(query, i, document, j));
        }
        least += min;
        greatest += max;
      }
      double estimate = estimate(encoder, query, document);
      assertTrue(estimate + " below " + least, estimate >= least - 1e-4);
      assertTrue(estimate + " above " + greatest, estimate <= greatest + 1e-4);
    }
  }

  private static double estimate(FixedDimensionalEncoder encoder, TokenVectors query, TokenVectors document) {
    float[] encoded = encoder.encodeQuery(query);
    return (product(encoded, encoder.encodeDocument(document)) + encoder.productWithCentre(encoded))
        / encoder.options().repetitions();
  }

  /** Without planes it parts nothing, and takes the same from all products: with it or not, the estimate is one. */
  public void testTheCentreDoesNotChangeEstimates() {
    for (CellValue value : CellValue.values()) {
      int dimension = TestUtil.nextInt(random(), 2, 40);
      EncodingOptions options = new EncodingOptions(TestUtil.nextInt(random(), 1, 5), 0,
          TestUtil.nextInt(random(), 1, dimension), random().nextLong());
      float[] centre = randomVectors(random(), 1, dimension).values();
      FixedDimensionalEncoder plain = new FixedDimensionalEncoder(options, dimension, null, value);
      FixedDimensionalEncoder centred = new FixedDimensionalEncoder(options, dimension, centre, value);
      TokenVectors query = randomVectors(random(), TestUtil.nextInt(random(), 1, 10), dimension);
      TokenVectors document = randomVectors(random(), TestUtil.nextInt(random(), 1, 30), dimension);
      assertEquals(estimate(plain, query, document), estimate(centred, query, document), 1e-4);
      assertEquals(0, plain.productWithCentre(plain.encodeQuery(query)), 0);
      assertFalse(plain.equals(centred));
    }
  }

  /** What is left of documents is what they do not have in common, the larger part of a code's bits. */
  public void testWithTheCentreEncodingsPointEverywhere() {
    int dimension = 32;
    float[] common = randomVectors(new Random(1), 1, dimension).values();
    FixedDimensionalEncoder plain = means(new EncodingOptions(2, 2, dimension, 3), dimension);
    FixedDimensionalEncoder centred = new FixedDimensionalEncoder(plain.options(), dimension, common, CellValue.MEAN);
    float[] first = randomVectors(new Random(2), 20, dimension).values();
    float[] second = randomVectors(new Random(3), 20, dimension).values();
    for (int i = 0; i < first.length; i++) {
      first[i] = 0.3f * first[i] + common[i % dimension];
      second[i] = 0.3f * second[i] + common[i % dimension];
    }
    TokenVectors a = new TokenVectors(dimension, first);
    TokenVectors b = new TokenVectors(dimension, second);
    assertTrue(cosine(plain.encodeDocument(a), plain.encodeDocument(b)) > 0.9);
    assertTrue(cosine(centred.encodeDocument(a), centred.encodeDocument(b)) < 0.7);
  }

  private static double cosine(float[] a, float[] b) {
    return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
  }

  public void testEncodingsOfQueriesAdd() {
    FixedDimensionalEncoder encoder = means(4, 3, 8, 16);
    TokenVectors first = randomVectors(random(), 4, 16);
    TokenVectors second = randomVectors(random(), 3, 16);
    float[] both = encoder.encodeQuery(concatenated(first, second));
    float[] firstOnly = encoder.encodeQuery(first);
    float[] secondOnly = encoder.encodeQuery(second);
    for (int i = 0; i < both.length; i++) {
      assertEquals(firstOnly[i] + secondOnly[i], both[i], 1e-5f);
    }
  }

  private static TokenVectors concatenated(TokenVectors first, TokenVectors second) {
    float[] values = Arrays.copyOf(first.values(), first.values().length + second.values().length);
    System.arraycopy(second.values(), 0, values, first.values().length, second.values().length);
    return new TokenVectors(first.dimension(), values);
  }

  public void testLongerVectorsHaveLongerEncodings() {
    FixedDimensionalEncoder encoder = means(4, 3, 8, 16);
    TokenVectors vectors = randomVectors(random(), 6, 16);
    float[] twice = vectors.values().clone();
    for (int i = 0; i < twice.length; i++) {
      twice[i] *= 2;
    }
    float[] query = encoder.encodeQuery(vectors);
    float[] document = encoder.encodeDocument(vectors);
    float[] twiceQuery = encoder.encodeQuery(new TokenVectors(16, twice));
    float[] twiceDocument = encoder.encodeDocument(new TokenVectors(16, twice));
    for (int i = 0; i < query.length; i++) {
      assertEquals(2 * query[i], twiceQuery[i], 1e-5f);
      assertEquals(2 * document[i], twiceDocument[i], 1e-5f);
    }
  }

  public void testNeitherOrderNorRepetitionOfADocumentsVectorsMatters() {
    for (CellValue value : CellValue.values()) {
      EncodingOptions options = new EncodingOptions(4, 3, 8, random().nextLong());
      FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(options, 16, null, value);
      TokenVectors vectors = randomVectors(random(), 9, 16);
      List<float[]> shuffled = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        shuffled.add(vectors.vector(i));
        shuffled.add(vectors.vector(i));
      }
      Collections.shuffle(shuffled, random());
      float[] expected = encoder.encodeDocument(vectors);
      float[] actual = encoder.encodeDocument(TokenVectors.of(16, shuffled.toArray(float[][]::new)));
      assertArrayEquals(expected, actual, 1e-5f);
    }
  }

  public void testOfAQueryOnlyCellsWithVectorsAreNotZero() {
    FixedDimensionalEncoder encoder = means(7, 5, 4, 16);
    int notZero = 0;
    for (float x : encoder.encodeQuery(randomVectors(random(), 3, 16))) {
      notZero += x != 0 ? 1 : 0;
    }
    assertTrue(notZero <= 3 * 4 * 7);
  }

  public void testCellsOfADocumentHaveLengthOne() {
    FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(new EncodingOptions(3, 2, 16, 1), 16);
    float[] encoding = encoder.encodeDocument(randomVectors(random(), 9, 16));
    for (int cell = 0; cell < 12; cell++) {
      float[] block = Arrays.copyOfRange(encoding, cell * 16, cell * 16 + 16);
      assertEquals(1, product(block, block), 1e-5);
    }
  }

  /** A count sketch keeps products on average, with the variance that is known of it. */
  public void testProjectionsKeepProducts() {
    int draws = 6_000;
    int projected = 16;
    TokenVectors pair = randomVectors(new Random(5), 2, 64);
    TokenVectors x = new TokenVectors(64, pair.vector(0));
    TokenVectors y = new TokenVectors(64, pair.vector(1));
    double exact = product(pair, 0, pair, 1);
    double sum = 0;
    double squares = 0;
    for (int draw = 0; draw < draws; draw++) {
      FixedDimensionalEncoder encoder = means(new EncodingOptions(1, 0, projected, draw), 64);
      double estimate = product(encoder.encodeQuery(x), encoder.encodeDocument(y));
      sum += estimate;
      squares += (estimate - exact) * (estimate - exact);
    }
    double fourth = 0;
    for (int i = 0; i < 64; i++) {
      fourth += Math.pow(x.values()[i] * (double) y.values()[i], 2);
    }
    double variance = (1 + exact * exact - 2 * fourth) / projected;
    assertEquals(exact, sum / draws, 3 * Math.sqrt(variance / draws));
    assertEquals(variance, squares / draws, 0.08 * variance);
  }

  /** Each query vector has one document vector at a cosine of 0.9: measured of MUVERA with these parameters by others. */
  public void testTheEstimateOfPlantedSimilarities() {
    Random random = new Random(7);
    double sum = 0;
    int documents = 30;
    for (int i = 0; i < documents; i++) {
      FixedDimensionalEncoder encoder = means(new EncodingOptions(8, 5, 128, i), 128);
      TokenVectors query = randomVectors(random, 32, 128);
      TokenVectors document = randomVectors(random, 80, 128);
      float[] values = document.values().clone();
      TokenVectors noise = randomVectors(random, 32, 128);
      for (int j = 0; j < 32 * 128; j++) {
        values[j] = (float) (0.9 * query.values()[j] + Math.sqrt(1 - 0.81) * noise.values()[j]);
      }
      TokenVectors planted = new TokenVectors(128, values).normalized();
      sum += product(encoder.encodeQuery(query), encoder.encodeDocument(planted)) / (8 * 32);
    }
    assertEquals(0.171, sum / documents, 0.01);
  }

  /** Frozen: replicas on other hardware, and later versions, must come to the same bits. */
  public void testBitsAreFrozen() {
    float[] values = new float[5 * 40];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 % 101 - 50) / 64f;
    }
    TokenVectors vectors = new TokenVectors(40, values).normalized();
    FixedDimensionalEncoder projected = new FixedDimensionalEncoder(new EncodingOptions(3, 3, 8, 42), 40);
    FixedDimensionalEncoder whole = new FixedDimensionalEncoder(new EncodingOptions(2, 2, 40, 42), 40);
    assertEquals(FROZEN_QUERY, Arrays.hashCode(projected.encodeQuery(vectors)));
    assertEquals(FROZEN_DOCUMENT, Arrays.hashCode(projected.encodeDocument(vectors)));
    assertEquals(FROZEN_WHOLE, Arrays.hashCode(whole.encodeDocument(vectors)));
    assertFalse(Arrays.equals(projected.encodeQuery(vectors),
        new FixedDimensionalEncoder(new EncodingOptions(3, 3, 8, 43), 40).encodeQuery(vectors)));
  }

  private static final int FROZEN_QUERY = -859_108_307;
  private static final int FROZEN_DOCUMENT = -1_014_136_318;
  private static final int FROZEN_WHOLE = -1_360_391_526;

  public void testTheCentrePartsVectorsThatHaveMuchInCommon() {
    float[] common = randomVectors(new Random(1), 1, 32).values();
    TokenVectors apart = randomVectors(new Random(2), 40, 32);
    float[] values = apart.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.2f * values[i] + common[i % 32];
    }
    TokenVectors vectors = new TokenVectors(32, values);
    EncodingOptions options = new EncodingOptions(1, 5, 32, 3);
    int plain = cellsTaken(new FixedDimensionalEncoder(options, 32).encodeQuery(vectors));
    FixedDimensionalEncoder centred = new FixedDimensionalEncoder(options, 32, common, CellValue.DIRECTION);
    assertTrue(cellsTaken(centred.encodeQuery(vectors)) > 2 * plain);
    assertFalse(centred.equals(new FixedDimensionalEncoder(options, 32)));
  }

  private static int cellsTaken(float[] query) {
    int taken = 0;
    for (int cell = 0; cell < 32; cell++) {
      taken += query[cell * 32] != 0 ? 1 : 0;
    }
    return taken;
  }

  public void testNoVectorsAreZeros() {
    FixedDimensionalEncoder encoder = means(2, 3, 8, 16);
    TokenVectors none = new TokenVectors(16, new float[0]);
    assertArrayEquals(new float[128], encoder.encodeDocument(none), 0);
    assertArrayEquals(new float[128], encoder.encodeQuery(none), 0);
  }

  public void testVectorsOnAllPlanesAndEqualVectors() {
    for (CellValue value : CellValue.values()) {
      FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(new EncodingOptions(2, 3, 8, 5), 16, null, value);
      for (float x : encoder.encodeDocument(new TokenVectors(16, new float[16 * 2_048]))) {
        assertEquals(0, x, 0);
      }
      float[] one = new float[16];
      Arrays.fill(one, 0.25f);
      float[][] many = new float[2_048][];
      Arrays.fill(many, one);
      assertArrayEquals(encoder.encodeDocument(TokenVectors.of(16, one)),
          encoder.encodeDocument(TokenVectors.of(16, many)), 1e-5f);
    }
  }

  public void testWrongOptions() {
    expectThrows(IllegalArgumentException.class, () -> new EncodingOptions(0, 5, 16, 1));
    expectThrows(IllegalArgumentException.class, () -> new EncodingOptions(101, 5, 16, 1));
    expectThrows(IllegalArgumentException.class, () -> new EncodingOptions(1, -1, 16, 1));
    expectThrows(IllegalArgumentException.class, () -> new EncodingOptions(1, 11, 1, 1));
    expectThrows(IllegalArgumentException.class, () -> new EncodingOptions(1, 5, 0, 1));
    IllegalArgumentException tooLong = expectThrows(IllegalArgumentException.class,
        () -> new EncodingOptions(100, 10, 32_768, 1));
    assertTrue(tooLong.getMessage(), tooLong.getMessage().contains("32768"));
    assertEquals(32_768, new EncodingOptions(32, 10, 1, 1).dimensions());
    EncodingOptions options = new EncodingOptions(2, 2, 16, 1);
    expectThrows(IllegalArgumentException.class, () -> new FixedDimensionalEncoder(options, 15));
    expectThrows(IllegalArgumentException.class,
        () -> new FixedDimensionalEncoder(options, 16, new float[15], CellValue.MEAN));
    for (float wrong : new float[] {0.26f, 1e38f, Float.NaN, Float.NEGATIVE_INFINITY}) {
      float[] centre = new float[16];
      Arrays.fill(centre, wrong);
      expectThrows(IllegalArgumentException.class, () -> new FixedDimensionalEncoder(options, 16, centre));
    }
    FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(options, 16);
    expectThrows(IllegalArgumentException.class, () -> encoder.encodeQuery(randomVectors(random(), 1, 17)));
  }
}
