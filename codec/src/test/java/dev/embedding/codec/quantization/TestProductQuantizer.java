package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

public class TestProductQuantizer extends LuceneTestCase {

  /** Vectors of few principal axes, in a direction of no meaning. */
  private static float[][] vectors(int count, int dimension) {
    Rotation rotation = new Rotation(dimension, 7);
    float[][] vectors = new float[count][dimension];
    for (float[] vector : vectors) {
      for (int i = 0; i < dimension; i++) {
        vector[i] = (float) (random().nextGaussian() / Math.sqrt(1 + i));
      }
      rotation.apply(vector);
    }
    return vectors;
  }

  private static float[][] copy(float[][] vectors) {
    return Arrays.stream(vectors).map(float[]::clone).toArray(float[][]::new);
  }

  private static ProductQuantizer randomQuantizer(int dimension) {
    return new ProductQuantizer(random().nextBoolean() ? 4 : 8, TestUtil.nextInt(random(), 1, dimension));
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  public void testWhatIsNotThereIsRefused() {
    for (int bits : new int[] {0, 1, 5, 16, -4}) {
      assertTrue(expectThrows(IllegalArgumentException.class, () -> Quantizers.of("product", bits, 8)).getMessage()
          .contains("got " + bits));
    }
    for (int subvectors : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertTrue(
          expectThrows(IllegalArgumentException.class, () -> Quantizers.of("product", 4, subvectors)).getMessage()
              .contains("got " + subvectors));
    }
    expectThrows(IllegalArgumentException.class, () -> Quantizers.of("binary", 1, 8));
    expectThrows(IllegalArgumentException.class, () -> Quantizers.of("scalar", 8, 8));
  }

  public void testSubvectorsCoverTheDimensions() {
    for (int i = 0; i < 200; i++) {
      int dimension = TestUtil.nextInt(random(), 1, 5_000);
      Split split = new ProductQuantizer(4, TestUtil.nextInt(random(), 1, 6_000)).split(dimension);
      assertEquals(0, split.start(0));
      assertEquals(dimension, split.start(split.parts()));
      for (int part = 0; part < split.parts(); part++) {
        int length = split.length(part);
        assertTrue(length >= 1 && length <= 65);
        assertTrue(length == dimension / split.parts() || length == dimension / split.parts() + 1);
      }
    }
  }

  /** The kernels' sums against products with the centroids themselves. */
  public void testEstimatesAreProductsWithCentroids() {
    for (int i = 0; i < 20; i++) {
      int dimension = TestUtil.nextInt(random(), 1, 90);
      ProductQuantizer kind = randomQuantizer(dimension);
      TrainedProduct trained = TrainedProduct.learn(kind, vectors(400, dimension), dimension);
      TrainedQuantizer.Encoder encoder = trained.encoder();
      float[] query = vectors(1, dimension)[0];
      QueryTables tables = trained.tables(new QueryResidual(query));
      float[] rotated = rotated(new BlockRotation(kind.split(dimension), trained.learned()), query);
      int planeBytes = kind.planeBytes(dimension);
      int rows = QueryTable.rows(planeBytes);
      for (float[] vector : vectors(5, dimension)) {
        encoder.encode(vector.clone());
        byte[] block = new byte[kind.planes() * rows * Kernel.LANES];
        int lane = random().nextInt(Kernel.LANES);
        for (int at = 0; at < encoder.code().length; at++) {
          int row = at / planeBytes * rows + at % planeBytes;
          block[row * Kernel.LANES + Kernel.byteOfLane(lane)] = encoder.code()[at];
        }
        double expected = dot(rotated, decode(trained, kind.split(dimension), encoder.code(), planeBytes));
        int[] sums = new int[Kernel.LANES];
        tables.whole().lookUp(Kernels.best(), MemorySegment.ofArray(block), 0, rows, 1 << lane, sums);
        double estimate = tables.whole().step() * (double) sums[lane] + tables.whole().floor();
        // An entry is off by half a step at most, and so is what the floor makes up for, the mean of a sub-vector's entries.
        assertEquals(expected, estimate, 1.0001 * tables.whole().step() * kind.split(dimension).parts() + 1e-6);
      }
    }
  }

  private static float[] decode(TrainedProduct trained, Split split, byte[] code, int planeBytes) {
    float[] vector = new float[split.dimension()];
    ProductQuantizer kind = (ProductQuantizer) trained.kind();
    Centroids centroids = new Centroids(split, kind.centroids(), trained.learned(), (int) BlockRotation.floats(split));
    for (int part = 0; part < split.parts(); part++) {
      int number = 0;
      for (int plane = 0; plane < kind.planes(); plane++) {
        number |= (code[plane * planeBytes + part / 2] >>> (4 * (part % 2)) & 15) << (4 * plane);
      }
      for (int d = 0; d < split.length(part); d++) {
        vector[split.start(part) + d] = centroids.coordinate(part, number, d);
      }
    }
    return vector;
  }

  public void testCodesAreTheNearestCentroids() {
    int dimension = TestUtil.nextInt(random(), 1, 60);
    ProductQuantizer kind = randomQuantizer(dimension);
    float[][] sample = vectors(500, dimension);
    TrainedProduct trained = TrainedProduct.learn(kind, copy(sample), dimension);
    Split split = kind.split(dimension);
    BlockRotation rotation = new BlockRotation(split, trained.learned());
    Centroids centroids = new Centroids(split, kind.centroids(), trained.learned(), (int) BlockRotation.floats(split));
    TrainedQuantizer.Encoder encoder = trained.encoder();
    for (int i = 0; i < 20; i++) {
      encoder.encode(sample[i].clone());
      float[] decoded = decode(trained, split, encoder.code(), kind.planeBytes(dimension));
      float[] rotated = rotated(rotation, sample[i]);
      for (int part = 0; part < split.parts(); part++) {
        double chosen = 0;
        for (int d = split.start(part); d < split.start(part + 1); d++) {
          chosen += Math.pow(rotated[d] - decoded[d], 2);
        }
        for (int other = 0; other < kind.centroids(); other++) {
          double distance = 0;
          for (int d = 0; d < split.length(part); d++) {
            distance += Math.pow(rotated[split.start(part) + d] - centroids.coordinate(part, other, d), 2);
          }
          assertTrue(chosen <= distance + 1e-5);
        }
      }
    }
  }

  /** The rotation must be worth its while where axes are hidden, as they are in embeddings. */
  public void testRotationMakesSmallerErrors() {
    int dimension = 64;
    float[][] sample = vectors(2_000, dimension);
    ProductQuantizer kind = new ProductQuantizer(4, 16);
    Split split = kind.split(dimension);
    TrainedProduct rotated = TrainedProduct.learn(kind, copy(sample), dimension);
    float[] plain = new float[rotated.learned().length];
    for (int i = 0; i < dimension; i++) {
      plain[i * dimension + i] = 1;
    }
    int first = (int) BlockRotation.floats(split);
    Centroids centroids = new Centroids(split, 16, plain, first);
    for (int part = 0; part < split.parts(); part++) {
      new CentroidLearner(centroids, plain, split, part, sample).learn();
    }
    double with = error(rotated, sample);
    double without = error(new TrainedProduct(kind, dimension, plain), sample);
    assertTrue(with + " and without " + without, with < 0.8 * without);
  }

  private static double error(TrainedProduct trained, float[][] sample) {
    int dimension = sample[0].length;
    ProductQuantizer kind = (ProductQuantizer) trained.kind();
    BlockRotation rotation = new BlockRotation(kind.split(dimension), trained.learned());
    TrainedQuantizer.Encoder encoder = trained.encoder();
    double error = 0;
    for (float[] vector : sample) {
      encoder.encode(vector.clone());
      float[] rotated = rotated(rotation, vector);
      float[] decoded = decode(trained, kind.split(dimension), encoder.code(), kind.planeBytes(dimension));
      for (int i = 0; i < dimension; i++) {
        error += Math.pow(rotated[i] - decoded[i], 2);
      }
    }
    return error;
  }

  private static float[] rotated(BlockRotation rotation, float[] vector) {
    float[] rotated = vector.clone();
    rotation.apply(new float[][] {rotated}, 1);
    return rotated;
  }

  public void testManyAreRotatedAsOneByOne() {
    int dimension = TestUtil.nextInt(random(), 1, 600);
    ProductQuantizer kind = randomQuantizer(dimension);
    TrainedProduct trained = TrainedProduct.learn(kind, vectors(400, dimension), dimension);
    float[][] several = vectors(TestUtil.nextInt(random(), 1, 80), dimension);
    float[][] rotated = copy(several);
    TrainedQuantizer.Encoder encoder = trained.encoder();
    encoder.prepare(rotated, several.length - 1);
    BlockRotation rotation = new BlockRotation(kind.split(dimension), trained.learned());
    for (int i = 0; i < several.length - 1; i++) {
      assertArrayEquals(rotated(rotation, several[i]), rotated[i], 0);
    }
    assertArrayEquals(several[several.length - 1], rotated[several.length - 1], 0);
  }

  public void testRotationKeepsProducts() {
    for (int dimension : new int[] {1, 5, 64, 600, 1_100}) {
      ProductQuantizer kind = new ProductQuantizer(4, Math.max(1, dimension / TestUtil.nextInt(random(), 1, 9)));
      Split split = kind.split(dimension);
      float[] matrices = new float[(int) BlockRotation.floats(split)];
      float[][] sample = vectors(300, dimension);
      BlockRotation.learn(split, sample, matrices);
      BlockRotation rotation = new BlockRotation(split, matrices);
      float[] a = rotated(rotation, sample[0]);
      float[] b = rotated(rotation, sample[1]);
      assertEquals(dot(sample[0], sample[1]), dot(a, b),
          1e-4 * Math.sqrt(dot(sample[0], sample[0]) * dot(sample[1], sample[1])));
    }
  }

  public void testTheSameSampleLearnsTheSameBits() {
    int dimension = TestUtil.nextInt(random(), 1, 70);
    ProductQuantizer kind = randomQuantizer(dimension);
    float[][] sample = vectors(700, dimension);
    float[] once = kind.learn(copy(sample), dimension).learned();
    assertArrayEquals(once, kind.learn(copy(sample), dimension).learned(), 0);
    TrainedQuantizer restored = kind.restore(dimension, once);
    TrainedQuantizer.Encoder a = kind.learn(copy(sample), dimension).encoder();
    TrainedQuantizer.Encoder b = restored.encoder();
    for (float[] vector : sample) {
      a.encode(vector.clone());
      b.encode(vector.clone());
      assertArrayEquals(a.code(), b.code());
      assertEquals(a.factor(), b.factor(), 0);
    }
  }

  /** What a sample of a fixed seed learns is in files, and must be learned again by every version of the format. */
  public void testLearningIsFrozen() {
    int dimension = 21;
    SplittableRandom random = new SplittableRandom(5);
    float[][] sample = new float[600][dimension];
    for (float[] vector : sample) {
      for (int i = 0; i < dimension; i++) {
        vector[i] = (random.nextFloat() - 0.5f) / (1 + i);
      }
    }
    assertEquals(FROZEN_4, Arrays.hashCode(new ProductQuantizer(4, 6).learn(copy(sample), dimension).learned()));
    assertEquals(FROZEN_8, Arrays.hashCode(new ProductQuantizer(8, 6).learn(copy(sample), dimension).learned()));
  }

  private static final int FROZEN_4 = 1396541787;
  private static final int FROZEN_8 = 1748709780;

  public void testAllCentroidsAreInUseWhereThereAreEnoughVectors() {
    int dimension = 24;
    for (int bits : new int[] {4, 8}) {
      TrainedProduct trained = TrainedProduct.learn(new ProductQuantizer(bits, 8), vectors(3_000, dimension),
          dimension);
      int all = 8 << bits;
      assertTrue(trained.toString(), trained.toString().contains(all + " of " + all + " centroids in use"));
    }
  }

  public void testDegenerateSamples() {
    int dimension = 10;
    float[][] none = {};
    float[][] equal = new float[50][];
    Arrays.setAll(equal, i -> new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    for (float[][] sample : new float[][][] {none, equal, new float[70][dimension], scaled(1e-30f), scaled(1e-18f),
        scaled(1e18f), scaled(1e30f)}) {
      for (int bits : new int[] {4, 8}) {
        TrainedQuantizer trained = new ProductQuantizer(bits, 3).learn(copy(sample), dimension);
        TrainedQuantizer.Encoder encoder = trained.encoder();
        for (float[] vector : sample) {
          encoder.encode(vector.clone());
        }
        trained.tables(new QueryResidual(equal[0])).whole();
        if (sample.length > 0 && sample[0][0] == 1) {
          assertEquals(1, encoder.factor(), 1e-4);
        }
      }
    }
  }

  private static float[][] scaled(float scale) {
    float[][] vectors = vectors(100, 10);
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] *= scale;
      }
    }
    return vectors;
  }
}
