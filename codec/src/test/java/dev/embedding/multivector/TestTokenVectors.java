package dev.embedding.multivector;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Sets of vectors, the blocks that they are kept in, and pooling. */
public class TestTokenVectors extends LuceneTestCase {

  private static TokenVectors random(int count, int dimension) {
    float[] values = TestFixedDimensionalEncoder.randomVectors(random(), count, dimension).values();
    float scale = (float) Math.pow(10, random().nextInt(60) - 30);
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return new TokenVectors(dimension, values);
  }

  public void testWrongVectorsAreNamedByTheirPosition() {
    assertMessage("vector 1 has the dimension 3", () -> TokenVectors.of(2, new float[2], new float[3]));
    assertMessage("vector 2 has a number that is not finite at 1",
        () -> new TokenVectors(2, new float[] {0, 1, 2, 3, 4, Float.NaN}));
    assertMessage("no whole number", () -> new TokenVectors(2, new float[3]));
    assertMessage("1048576", () -> new TokenVectors(1, new float[TokenVectors.MAX_VALUES + 1]));
    assertMessage("at least 1", () -> new TokenVectors(0, new float[0]));
  }

  private static void assertMessage(String part, org.junit.function.ThrowingRunnable runnable) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, runnable);
    assertTrue(e.getMessage(), e.getMessage().contains(part));
  }

  public void testFirst() {
    TokenVectors vectors = TokenVectors.of(1, new float[] {1}, new float[] {2}, new float[] {3});
    assertEquals(TokenVectors.of(1, new float[] {1}, new float[] {2}), vectors.first(2));
    assertSame(vectors, vectors.first(3));
  }

  private static TokenBlock block(BytesRef bytes, int dimension) throws IOException {
    return TokenBlock.of(MemorySegment.ofArray(bytes.bytes).asSlice(bytes.offset, bytes.length), dimension, "field");
  }

  public void testABlockIsNearItsVectors() throws Exception {
    for (int iteration = 0; iteration < 50; iteration++) {
      TokenVectors vectors = random(TestUtil.nextInt(random(), 0, 50), TestUtil.nextInt(random(), 1, 200));
      TokenBlock block = block(TokenBlock.encode(vectors), vectors.dimension());
      TokenVectors decoded = block.decode();
      assertEquals(vectors.count(), decoded.count());
      for (int i = 0; i < vectors.count(); i++) {
        float[] x = vectors.vector(i);
        float[] y = decoded.vector(i);
        float largest = 0;
        for (float value : x) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(x, y, largest / 250);
        double squares = 0;
        double length = 0;
        double rowLength = 0;
        for (int j = 0; j < x.length; j++) {
          length += (double) x[j] * x[j];
          rowLength += (double) y[j] * y[j];
        }
        for (int j = 0; j < x.length; j++) {
          squares += Math.pow(x[j] / Math.sqrt(length) - y[j] / Math.sqrt(rowLength), 2);
        }
        assertTrue(Math.sqrt(squares) <= block.error() + 1e-6);
      }
    }
  }

  public void testABlockOfWhatWasReadHasTheSameBytes() throws Exception {
    for (int iteration = 0; iteration < 200; iteration++) {
      TokenVectors vectors = random(TestUtil.nextInt(random(), 1, 20), TestUtil.nextInt(random(), 1, 100));
      BytesRef bytes = TokenBlock.encode(vectors);
      TokenVectors decoded = block(bytes, vectors.dimension()).decode();
      BytesRef again = TokenBlock.encode(decoded);
      assertEquals(decoded, block(again, vectors.dimension()).decode());
      // All but the error, which is smaller the second time.
      assertEquals(new BytesRef(bytes.bytes, 12, bytes.length - 12), new BytesRef(again.bytes, 12, again.length - 12));
    }
  }

  public void testExtremeNumbers() throws Exception {
    for (float x : new float[] {0, Float.MIN_VALUE, Float.MIN_NORMAL, 1e-40f, Float.MAX_VALUE, -Float.MAX_VALUE}) {
      TokenVectors vectors = new TokenVectors(3, new float[] {x, 0, x / 2});
      TokenVectors decoded = block(TokenBlock.encode(vectors), 3).decode();
      assertArrayEquals(vectors.values(), decoded.values(), Math.max(Math.abs(x) / 127, 5e-41f));
    }
  }

  public void testDamagedBlocks() throws Exception {
    BytesRef bytes = TokenBlock.encode(random(5, 7));
    for (int length = 0; length < bytes.length; length++) {
      BytesRef cut = new BytesRef(bytes.bytes, 0, length);
      expectThrows(CorruptIndexException.class, () -> block(cut, 7));
    }
    for (int i : new int[] {0, 1, 2, 3, 4, 5, 6, 7}) {
      byte[] damaged = Arrays.copyOf(bytes.bytes, bytes.length);
      damaged[i] ^= 0x55;
      expectThrows(CorruptIndexException.class, () -> block(new BytesRef(damaged), 7));
    }
    expectThrows(IllegalArgumentException.class, () -> block(bytes, 8));
  }

  public void testPoolingLeavesTheNumberAskedFor() {
    for (int iteration = 0; iteration < 20; iteration++) {
      TokenVectors vectors = random(TestUtil.nextInt(random(), 1, 1_300), TestUtil.nextInt(random(), 2, 8));
      int count = TestUtil.nextInt(random(), 1, vectors.count());
      TokenVectors pooled = TokenPooling.pool(vectors, count);
      assertEquals(count, pooled.count());
      if (count == vectors.count()) {
        assertSame(vectors, pooled);
      }
    }
  }

  public void testPoolingJoinsWhatIsNear() {
    TokenVectors vectors = TokenVectors.of(2, new float[] {2, 0}, new float[] {0, 1}, new float[] {3, 0.3f},
        new float[] {-0.1f, 1}, new float[] {-1, -1});
    TokenVectors pooled = TokenPooling.pool(vectors, 3);
    double half = Math.atan2(0.3, 3) / 2;
    assertArrayEquals(new float[] {(float) Math.cos(half), (float) Math.sin(half)}, pooled.vector(0), 1e-5f);
    assertEquals(1, Math.hypot(pooled.vector(1)[0], pooled.vector(1)[1]), 1e-5);
    assertTrue(pooled.vector(1)[0] < 0 && pooled.vector(1)[1] > 0.99f);
    assertArrayEquals(new float[] {(float) -Math.sqrt(0.5), (float) -Math.sqrt(0.5)}, pooled.vector(2), 1e-5f);
  }

  /** Against merging the two nearest of all pairs, again and again. */
  public void testPoolingMergesTheNearestPair() {
    for (int iteration = 0; iteration < 20; iteration++) {
      TokenVectors vectors = TestFixedDimensionalEncoder.randomVectors(random(), TestUtil.nextInt(random(), 2, 30), 4);
      int count = TestUtil.nextInt(random(), 1, vectors.count() - 1);
      java.util.List<double[]> sums = new java.util.ArrayList<>();
      for (int i = 0; i < vectors.count(); i++) {
        float[] x = vectors.vector(i);
        sums.add(new double[] {x[0], x[1], x[2], x[3]});
      }
      while (sums.size() > count) {
        int bestA = 0;
        int bestB = 1;
        double best = Double.NEGATIVE_INFINITY;
        for (int a = 0; a < sums.size(); a++) {
          for (int b = a + 1; b < sums.size(); b++) {
            double cosine = cosine(sums.get(a), sums.get(b));
            if (cosine > best) {
              best = cosine;
              bestA = a;
              bestB = b;
            }
          }
        }
        for (int i = 0; i < 4; i++) {
          sums.get(bestA)[i] += sums.get(bestB)[i];
        }
        sums.remove(bestB);
      }
      TokenVectors pooled = TokenPooling.pool(vectors, count);
      for (int i = 0; i < count; i++) {
        float[] x = pooled.vector(i);
        assertEquals(1, cosine(sums.get(i), new double[] {x[0], x[1], x[2], x[3]}), 1e-5);
      }
    }
  }

  private static double cosine(double[] a, double[] b) {
    double product = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * b[i];
      squaresA += a[i] * a[i];
      squaresB += b[i] * b[i];
    }
    return product / Math.sqrt(squaresA * squaresB);
  }

  public void testPoolingOfEqualVectors() {
    TokenVectors pooled = TokenPooling.pool(new TokenVectors(2, new float[20]), 3);
    assertArrayEquals(new float[6], pooled.values(), 0);
    expectThrows(IllegalArgumentException.class, () -> TokenPooling.pool(pooled, 0));
  }
}
