package dev.embedding.codec.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

public class TestKernels extends LuceneTestCase {

  private static final List<Kernel> SIMD = List.of(new PanamaKernel(128), new PanamaKernel(256), new PanamaKernel(512),
      Kernels.best());

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static MemorySegment randomBytes(long size) {
    MemorySegment segment = random().nextBoolean() ? Arena.ofAuto().allocate(size)
        : MemorySegment.ofArray(new byte[(int) size]);
    for (long i = 0; i < size; i++) {
      segment.set(ValueLayout.JAVA_BYTE, i, (byte) random().nextInt());
    }
    return segment;
  }

  public void testSimdIsUsedWhereTheModuleIs() {
    assertTrue(Kernels.isSimd());
  }

  public void testLookUpsAreTheScalarOnes() {
    for (int iteration = 0; iteration < 20; iteration++) {
      // Beyond 512 rows sums leave 16 bits.
      int rows = Kernel.ROWS * TestUtil.nextInt(random(), 1, iteration < 18 ? 40 : 300);
      MemorySegment codes = randomBytes(rows * Kernel.LANES + 7);
      byte[] coarse = table(rows, Kernel.MAX_COARSE_ENTRY);
      byte[] fine = table(rows, Kernel.MAX_FINE_ENTRY);
      int[] expected = new int[Kernel.LANES];
      int[] sums = new int[Kernel.LANES];
      for (Kernel kernel : SIMD) {
        Kernels.scalar().lookUp(codes, 7, rows, coarse, expected);
        kernel.lookUp(codes, 7, rows, coarse, sums);
        assertArrayEquals(expected, sums);
        Kernels.scalar().lookUpFine(codes, 7, rows, fine, expected);
        kernel.lookUpFine(codes, 7, rows, fine, sums);
        assertArrayEquals(expected, sums);
      }
    }
  }

  private static byte[] table(int rows, int max) {
    byte[] table = new byte[rows * Kernel.TABLE_BYTES];
    boolean full = random().nextInt(4) == 0;
    for (int i = 0; i < table.length; i++) {
      table[i] = (byte) (full ? max : random().nextInt(max + 1));
    }
    return table;
  }

  public void testEstimatesAreTheScalarOnesBitForBit() {
    MemorySegment factors = Arena.ofAuto().allocate(2 * Kernel.LANES * Float.BYTES + 12);
    for (int iteration = 0; iteration < 100; iteration++) {
      int[] sums = new int[Kernel.LANES];
      for (int lane = 0; lane < Kernel.LANES; lane++) {
        sums[lane] = random().nextInt(1 << TestUtil.nextInt(random(), 1, 30));
        factors.set(FLOAT, 12 + lane * 4L,
            random().nextInt(9) == 0 ? Float.NEGATIVE_INFINITY : random().nextFloat() - 0.5f);
        factors.set(FLOAT, 12 + (Kernel.LANES + lane) * 4L, (float) Math.pow(10, random().nextInt(40) - 20));
      }
      float bound = random().nextFloat();
      float[] expected = new float[Kernel.LANES];
      int above = Kernels.scalar().estimate(factors, 12, 12 + 128, sums, 0.37f, -21, bound, expected);
      for (Kernel kernel : SIMD) {
        float[] estimates = new float[Kernel.LANES];
        assertEquals(above, kernel.estimate(factors, 12, 12 + 128, sums, 0.37f, -21, bound, estimates));
        assertArrayEquals(expected, estimates, 0);
      }
    }
  }

  public void testDotProductsAreTheScalarOnesBitForBit() {
    for (int iteration = 0; iteration < 100; iteration++) {
      float[] a = new float[TestUtil.nextInt(random(), 1, 300)];
      float[] b = new float[a.length + 5];
      for (int i = 0; i < b.length; i++) {
        b[i] = random().nextFloat() * 1e3f - 500;
        a[i % a.length] = random().nextFloat() - 0.5f;
      }
      float expected = Kernels.scalar().dot(a, b, 5);
      for (Kernel kernel : SIMD) {
        assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(kernel.dot(a, b, 5)));
      }
      MemorySegment memory = randomBytes(4L * b.length + 3);
      MemorySegment.copy(MemorySegment.ofArray(b), ValueLayout.JAVA_FLOAT, 0, memory, FLOAT, 3, b.length);
      assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(Kernels.scalar().dot(a, memory, 23)));
      for (Kernel kernel : SIMD) {
        assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(kernel.dot(a, memory, 23)));
      }
      MemorySegment bytes = randomBytes(b.length);
      expected = Kernels.scalar().dotBytes(a, bytes, 5);
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * bytes.get(ValueLayout.JAVA_BYTE, i + 5);
      }
      assertEquals(sum, expected, 0.01);
      for (Kernel kernel : SIMD) {
        assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(kernel.dotBytes(a, bytes, 5)));
      }
    }
  }

  public void testButterfliesAreAsDefined() {
    for (int iteration = 0; iteration < 100; iteration++) {
      int step = 1 << random().nextInt(7);
      int from = random().nextInt(3);
      int to = from + 2 * step * TestUtil.nextInt(random(), 1, 4);
      float[] v = new float[to + 3];
      for (int i = 0; i < v.length; i++) {
        v[i] = random().nextFloat() - 0.5f;
      }
      float[] expected = v.clone();
      for (int i = from; i < to; i++) {
        boolean isSum = (i - from) / step % 2 == 0;
        expected[i] = isSum ? v[i] + v[i + step] : v[i - step] - v[i];
      }
      float[] scalar = v.clone();
      Kernels.scalar().butterflies(scalar, from, to, step);
      assertArrayEquals(expected, scalar, 0);
      for (Kernel kernel : SIMD) {
        float[] simd = v.clone();
        kernel.butterflies(simd, from, to, step);
        assertArrayEquals(expected, simd, 0);
      }
    }
  }

  public void testPairsAreLookedUpAsDefined() {
    for (int iteration = 0; iteration < 20; iteration++) {
      int rows = Kernel.ROWS * TestUtil.nextInt(random(), 1, 12);
      MemorySegment codes = randomBytes(2L * rows * Kernel.LANES + 7);
      byte[] table = new byte[rows * 512];
      random().nextBytes(table);
      int lanes = random().nextInt();
      for (Kernel kernel : List.of(Kernels.scalar(), Kernels.best())) {
        int[] sums = new int[Kernel.LANES];
        kernel.lookUpPairs(codes, 7, 7 + (long) rows * Kernel.LANES, rows, table, lanes, sums);
        for (int lane = 0; lane < Kernel.LANES; lane++) {
          int expected = 0;
          for (int nibble = 0; nibble < 2 * rows && (lanes >>> lane & 1) == 1; nibble++) {
            long at = 7 + (long) (nibble / 2) * Kernel.LANES + Kernel.byteOfLane(lane);
            int low = codes.get(ValueLayout.JAVA_BYTE, at) >>> (4 * (nibble % 2)) & 15;
            int high = codes.get(ValueLayout.JAVA_BYTE, at + (long) rows * Kernel.LANES) >>> (4 * (nibble % 2)) & 15;
            expected += table[nibble * 256 + 16 * high + low] & 255;
          }
          assertEquals(expected, sums[lane]);
        }
      }
    }
  }

  public void testProductsWithColumnsAreTheScalarOnesBitForBit() {
    for (int iteration = 0; iteration < 100; iteration++) {
      int rows = TestUtil.nextInt(random(), 1, 40);
      int columns = TestUtil.nextInt(random(), 1, 300);
      float[] x = randomFloats(rows + 3);
      float[] matrix = randomFloats(rows * columns + 5);
      float[] start = randomFloats(columns + 2);
      float[] expected = start.clone();
      Kernels.scalar().addProducts(x, 3, rows, matrix, 5, columns, expected, 2);
      for (int j = 0; j < columns; j++) {
        double sum = start[2 + j];
        for (int i = 0; i < rows; i++) {
          sum += (double) x[3 + i] * matrix[5 + i * columns + j];
        }
        assertEquals(sum, expected[2 + j], 1e-3);
      }
      for (Kernel kernel : SIMD) {
        float[] out = start.clone();
        kernel.addProducts(x, 3, rows, matrix, 5, columns, out, 2);
        assertArrayEquals(expected, out, 0);
        assertSeveralAddUpAlike(kernel, x.length, rows, matrix, columns, start);
      }
    }
  }

  private static void assertSeveralAddUpAlike(Kernel kernel, int length, int rows, float[] matrix, int columns,
      float[] start) {
    int count = random().nextInt(10);
    float[][] xs = new float[count + 1][];
    float[][] outs = new float[count + 1][];
    for (int v = 0; v <= count; v++) {
      xs[v] = randomFloats(length);
      outs[v] = start.clone();
    }
    kernel.addProducts(xs, count, 3, rows, matrix, 5, columns, outs, 2);
    for (int v = 0; v < count; v++) {
      float[] expected = start.clone();
      Kernels.scalar().addProducts(xs[v], 3, rows, matrix, 5, columns, expected, 2);
      assertArrayEquals(expected, outs[v], 0);
    }
    assertArrayEquals(start, outs[count], 0);
  }

  private static float[] randomFloats(int count) {
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = random().nextFloat() * 10 - 5;
    }
    return floats;
  }

  public void testTheNearestIsTheFirstOfEquals() {
    float[] specials = {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 0f, -0f, Float.MAX_VALUE};
    for (int iteration = 0; iteration < 300; iteration++) {
      int length = random().nextBoolean() ? 4 : TestUtil.nextInt(random(), 1, 9);
      int count = TestUtil.nextInt(random(), 1, 256);
      float[] x = smallNumbers(length * Kernel.GROUP);
      float[] centroids = smallNumbers(5 + count * (length + 1) * Kernel.GROUP);
      for (int i = 0; i < centroids.length && iteration % 3 == 0; i++) {
        centroids[i] = random().nextInt(20) == 0 ? specials[random().nextInt(specials.length)] : centroids[i];
      }
      int first = random().nextInt(1_000);
      float[] before = new float[Kernel.GROUP];
      float[] expected = new float[Kernel.GROUP];
      for (int lane = 0; lane < Kernel.GROUP; lane++) {
        double best = random().nextBoolean() ? Double.NEGATIVE_INFINITY : random().nextInt(20);
        before[lane] = (float) best;
        expected[lane] = -1;
        for (int c = 0; c < count; c++) {
          int centroid = 5 + c * (length + 1) * Kernel.GROUP + lane;
          // Whole numbers, so that sums are exact.
          float sum = -centroids[centroid];
          for (int i = 0; i < length; i++) {
            sum += x[i * Kernel.GROUP + lane] * centroids[centroid + (i + 1) * Kernel.GROUP];
          }
          if (sum > best) {
            best = sum;
            expected[lane] = first + c;
          }
        }
      }
      List<Kernel> kernels = new ArrayList<>(SIMD);
      kernels.add(Kernels.scalar());
      for (Kernel kernel : kernels) {
        float[] numbers = new float[Kernel.GROUP];
        Arrays.fill(numbers, -1);
        kernel.nearest(x, length, centroids, 5, first, count, before.clone(), numbers);
        assertArrayEquals(expected, numbers, 0);
      }
    }
  }

  private static float[] smallNumbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random().nextInt(9) - 4;
    }
    return numbers;
  }

  public void testTheLargestIsTheFirstOfEquals() {
    float[] specials = {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 0f, -0f, Float.MAX_VALUE};
    for (int iteration = 0; iteration < 1_000; iteration++) {
      int count = 16 * TestUtil.nextInt(random(), 1, 16);
      float[] values = new float[count + 1];
      for (int i = 0; i < values.length; i++) {
        values[i] = random().nextInt(iteration % 30 + 1) - 15;
        if (random().nextInt(10) == 0) {
          values[i] = specials[random().nextInt(specials.length)];
        }
      }
      if (iteration == 0) {
        Arrays.fill(values, Float.NaN);
      }
      for (Kernel kernel : SIMD) {
        assertEquals(Kernels.scalar().largest(values, count), kernel.largest(values, count));
      }
    }
  }

  public void testBytesBecomeFloats() {
    for (int iteration = 0; iteration < 20; iteration++) {
      int count = TestUtil.nextInt(random(), 1, 100);
      MemorySegment bytes = randomBytes(3 + count);
      for (Kernel kernel : SIMD) {
        float[] expected = new float[count + 1];
        float[] floats = new float[count + 1];
        Kernels.scalar().widen(bytes, 3, count, expected);
        kernel.widen(bytes, 3, count, floats);
        for (int i = 0; i < count; i++) {
          assertEquals(bytes.get(ValueLayout.JAVA_BYTE, 3 + i), floats[i], 0);
        }
        assertArrayEquals(expected, floats, 0);
        expectThrows(IndexOutOfBoundsException.class, () -> kernel.widen(bytes, 4, count, floats));
      }
    }
  }

  public void testLargestProductsAreTheScalarOnesBitForBit() {
    for (int iteration = 0; iteration < 100; iteration++) {
      int dimension = TestUtil.nextInt(random(), 1, 150);
      int count = TestUtil.nextInt(random(), 1, 20);
      float[] rows = gaussians(count * dimension + 5);
      float[] factors = gaussians(count);
      float[] queries = gaussians(Kernels.scalar().panel() * dimension);
      float[] expected = gaussians(Kernels.scalar().panel());
      float[] before = expected.clone();
      Kernels.scalar().maxProducts(queries, dimension, rows, count, factors, expected);
      for (Kernel kernel : SIMD) {
        int panel = kernel.panel();
        float[] wide = new float[panel * dimension];
        float[] best = new float[panel];
        for (int lane = 0; lane < panel; lane++) {
          int of = lane % before.length;
          best[lane] = before[of];
          for (int i = 0; i < dimension; i++) {
            wide[i * panel + lane] = queries[i * before.length + of];
          }
        }
        kernel.maxProducts(wide, dimension, rows, count, factors, best);
        for (int lane = 0; lane < panel; lane++) {
          assertEquals(Float.floatToIntBits(expected[lane % before.length]), Float.floatToIntBits(best[lane]));
        }
      }
    }
  }

  private static float[] gaussians(int count) {
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = (float) random().nextGaussian();
    }
    return floats;
  }
}
