package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import java.util.Arrays;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

public class TestQuantizers extends LuceneTestCase {

  private static float[] randomVector(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random().nextGaussian() * (i % 5 + 1);
    }
    return vector;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  public void testUnknownKindsAndBitsAreRefusedByName() {
    assertTrue(expectThrows(IllegalArgumentException.class, () -> Quantizers.of("ternary", 1)).getMessage()
        .contains("[ternary]"));
    assertTrue(
        expectThrows(IllegalArgumentException.class, () -> Quantizers.of("binary", 3)).getMessage().contains("got 3"));
    assertTrue(
        expectThrows(IllegalArgumentException.class, () -> Quantizers.of("scalar", 7)).getMessage().contains("got 7"));
    assertTrue(expectThrows(IllegalArgumentException.class, () -> Quantizers.of(99, 1, 0)).getMessage().contains("99"));
  }

  public void testDuplicatesAreRefused() {
    Quantizers quantizers = new Quantizers().register("a", 1, BinaryQuantizer::new);
    expectThrows(IllegalArgumentException.class, () -> quantizers.register("a", 2, BinaryQuantizer::new));
    expectThrows(IllegalArgumentException.class, () -> quantizers.register("b", 1, BinaryQuantizer::new));
  }

  public void testNumbersInFilesNeverChange() {
    assertEquals("binary", Quantizers.of(1, 1, 0).name());
    assertEquals("scalar", Quantizers.of(2, 8, 0).name());
    assertEquals("product", Quantizers.of(3, 4, 7).name());
  }

  public void testRotationKeepsProducts() {
    for (int dimension : new int[] {1, 2, 3, 7, 8, 17, 96, 384, 768, 1_000}) {
      float[] a = randomVector(dimension);
      float[] b = randomVector(dimension);
      double expected = dot(a, b);
      double scale = Math.sqrt(dot(a, a) * dot(b, b));
      Rotation rotation = new Rotation(dimension, Rotation.SEED);
      rotation.apply(a);
      rotation.apply(b);
      assertEquals(expected, dot(a, b), 1e-5 * scale);
    }
  }

  /** These bits are in files: if they change, old segments are searched with the wrong rotation. */
  public void testRotationIsFrozen() {
    float[] vector = new float[24];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = i + 1;
    }
    new Rotation(vector.length, Rotation.SEED).apply(vector);
    assertEquals(FROZEN, Arrays.hashCode(vector));
  }

  private static final int FROZEN = 959141430;

  public void testErrorFallsWithBits() {
    int dimension = TestUtil.nextInt(random(), 100, 500);
    float[] query = randomVector(dimension);
    double last = Double.MAX_VALUE;
    for (VectorQuantizer quantizer : new VectorQuantizer[] {Quantizers.of("binary", 1), Quantizers.of("binary", 2),
        Quantizers.of("binary", 4),
        Quantizers.of("scalar", 8)}) {
      float[] rotated = query.clone();
      new Rotation(dimension, Rotation.SEED).apply(rotated);
      QueryTable table = QueryTable.fine(rotated);
      TrainedQuantizer.Encoder encoder = quantizer.restore(dimension, new float[0]).encoder();
      double squares = 0;
      int count = 200;
      for (int i = 0; i < count; i++) {
        float[] vector = randomVector(dimension);
        double exact = dot(query, vector);
        encoder.encode(vector);
        double error = estimate(encoder, quantizer.bits(), quantizer.planeBytes(dimension), table) - exact;
        squares += error * error;
      }
      assertTrue(quantizer.toString(), Math.sqrt(squares / count) < last / 1.5);
      last = Math.sqrt(squares / count);
    }
  }

  /** What the kernels compute, by the obvious loops. */
  private static double estimate(TrainedQuantizer.Encoder encoder, int bits, int planeBytes, QueryTable table) {
    long sum = 0;
    for (int plane = 0; plane < bits; plane++) {
      for (int i = 0; i < planeBytes; i++) {
        int code = encoder.code()[plane * planeBytes + i];
        int entries = i * Kernel.TABLE_BYTES;
        long low = table.entries()[entries + (code & 15)] & 255;
        long high = table.entries()[entries + 16 + ((code >> 4) & 15)] & 255;
        sum += (low + high) << plane;
      }
    }
    return encoder.factor() * (table.step() * (double) sum + table.floor() * ((1 << bits) - 1));
  }

  public void testTablesKeepToTheirLimits() {
    for (int dimension : new int[] {1, 4, 31, 384}) {
      float[] query = randomVector(dimension);
      int largest = 0;
      for (byte entry : QueryTable.coarse(query).entries()) {
        assertTrue(entry >= 0 && entry <= Kernel.MAX_COARSE_ENTRY);
        largest = Math.max(largest, entry);
      }
      assertEquals(Kernel.MAX_COARSE_ENTRY, largest);
      assertEquals((long) QueryTable.rows((dimension + 7) / 8) * Kernel.TABLE_BYTES,
          QueryTable.fine(query).entries().length);
    }
    assertEquals(0, QueryTable.coarse(new float[8]).step(), 0);
  }

  public void testVectorsWithoutLengthHaveNoFactor() {
    VectorQuantizer quantizer = Quantizers.of("binary", 4);
    TrainedQuantizer.Encoder encoder = quantizer.restore(16, new float[0]).encoder();
    encoder.encode(new float[16]);
    assertEquals(0, encoder.factor(), 0);
    assertEquals(0, encoder.topFactor(), 0);
  }

  public void testCentresDependOnTheSampleAlone() {
    float[][] sample = new float[400][];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = randomVector(12);
    }
    float[][] centres = KMeans.centres(sample, 40, 7);
    assertTrue(centres.length >= 30 && centres.length <= 50);
    assertTrue(Arrays.deepEquals(centres, KMeans.centres(sample, 40, 7)));
    assertEquals(1, KMeans.centres(sample, 1, 7).length);
  }

  public void testCentresOfEqualVectorsAreThatVector() {
    float[][] sample = new float[100][];
    Arrays.setAll(sample, i -> new float[] {1, 2, 3});
    for (float[] centre : KMeans.centres(sample, 12, 7)) {
      assertArrayEquals(new float[] {1, 2, 3}, centre, 1e-6f);
    }
  }
}
