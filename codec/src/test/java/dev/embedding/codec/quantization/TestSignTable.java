package dev.embedding.codec.quantization;

import java.lang.foreign.MemorySegment;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

public class TestSignTable extends LuceneTestCase {

  public void testProductsAreThoseOfTheRoundedQuery() {
    for (int iteration = 0; iteration < 50; iteration++) {
      int dimension = TestUtil.nextInt(random(), 1, 300);
      float scale = (float) Math.pow(10, random().nextInt(13) - 6);
      float[] query = new float[dimension];
      float largest = 0;
      for (int i = 0; i < dimension; i++) {
        query[i] = (float) random().nextGaussian() * scale;
        largest = Math.max(largest, Math.abs(query[i]));
      }
      byte[] row = new byte[5 + SignTable.rowBytes(dimension)];
      double expected = 0;
      double exact = 0;
      for (int i = 0; i < dimension; i++) {
        float step = largest / 7;
        boolean positive = random().nextBoolean();
        row[5 + i / 8] |= (byte) ((positive ? 1 : 0) << i % 8);
        expected += (positive ? Math.round(query[i] * (7 / largest)) * step : 0) - query[i] / 2;
        exact += positive ? query[i] / 2 : -query[i] / 2;
      }
      float product = SignTable.of(query).product(MemorySegment.ofArray(row), 5);
      assertEquals(expected, product, 1e-4 * largest * dimension);
      assertEquals(exact, product, largest / 14 * dimension);
    }
  }

  public void testQueriesWithoutDirection() {
    MemorySegment row = MemorySegment.ofArray(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1});
    assertEquals(0, SignTable.of(new float[3]).product(row, 0), 0);
    assertEquals(0, SignTable.of(new float[] {Float.MIN_VALUE}).product(row, 0), Float.MIN_VALUE);
    float infinite = SignTable.of(new float[] {Float.POSITIVE_INFINITY, 1}).product(row, 0);
    assertEquals(Float.NEGATIVE_INFINITY, infinite, 0);
  }

  public void testRowsAreWholeLongs() {
    assertEquals(8, SignTable.rowBytes(1));
    assertEquals(8, SignTable.rowBytes(64));
    assertEquals(16, SignTable.rowBytes(65));
    assertEquals(48, SignTable.rowBytes(384));
  }
}
