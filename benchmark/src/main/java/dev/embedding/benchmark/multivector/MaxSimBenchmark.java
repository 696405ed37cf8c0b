package dev.embedding.benchmark.multivector;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.TokenVectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.LateInteractionFloatValuesSource.ScoreFunction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Microseconds to compare a document of 80 vectors with a query of 32, in the cache nearest to the core; and to encode both as a field
 * does that names no options.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class MaxSimBenchmark {

  private static final int QUERY = 32;
  private static final int DOCUMENT = 80;

  @Param({"64", "128"})
  public int dimension;

  private final Kernel kernel = Kernels.best();
  private MemorySegment bytes;
  private float[] rows;
  private final float[] factors = new float[DOCUMENT];
  private float[][] panels;
  private float[][] best;
  private float[][] queryArrays;
  private float[][] documentArrays;
  private FixedDimensionalEncoder encoder;
  private TokenVectors query;
  private TokenVectors document;

  /** Fills everything with noise. */
  @Setup
  public void fill() {
    Random random = new Random(42);
    byte[] noise = new byte[DOCUMENT * dimension];
    random.nextBytes(noise);
    bytes = Arena.ofAuto().allocate(noise.length).copyFrom(MemorySegment.ofArray(noise));
    rows = new float[noise.length];
    Arrays.fill(factors, 0.01f);
    panels = noise(random, QUERY / kernel.panel(), kernel.panel() * dimension);
    best = new float[panels.length][kernel.panel()];
    queryArrays = noise(random, QUERY, dimension);
    documentArrays = noise(random, DOCUMENT, dimension);
    EncodingOptions usual = EncodingOptions.DEFAULT;
    encoder = new FixedDimensionalEncoder(new EncodingOptions(usual.repetitions(), usual.partitionBits(),
        Math.min(usual.projectionDimension(), dimension), usual.seed()), dimension);
    query = TokenVectors.of(dimension, queryArrays).normalized();
    document = TokenVectors.of(dimension, documentArrays).normalized();
  }

  private static float[][] noise(Random random, int count, int length) {
    float[][] arrays = new float[count][length];
    for (float[] array : arrays) {
      for (int i = 0; i < length; i++) {
        array[i] = random.nextFloat() - 0.5f;
      }
    }
    return arrays;
  }

  /** Ours: eight bits a number, off-heap as in a mapped file, widened to floats, against the packed query. */
  @Benchmark
  public float[][] ours() {
    kernel.widen(bytes, 0, rows.length, rows);
    for (int panel = 0; panel < panels.length; panel++) {
      Arrays.fill(best[panel], Float.NEGATIVE_INFINITY);
      kernel.maxProducts(panels[panel], dimension, rows, DOCUMENT, factors, best[panel]);
    }
    return best;
  }

  /** Ours without the widening. */
  @Benchmark
  public float[][] oursOnFloats() {
    for (int panel = 0; panel < panels.length; panel++) {
      Arrays.fill(best[panel], Float.NEGATIVE_INFINITY);
      kernel.maxProducts(panels[panel], dimension, rows, DOCUMENT, factors, best[panel]);
    }
    return best;
  }

  /** Lucene's, of arrays that are decoded already. */
  @Benchmark
  public float lucene() {
    return ScoreFunction.SUM_MAX_SIM.compare(queryArrays, documentArrays, VectorSimilarityFunction.DOT_PRODUCT);
  }

  /** The encoding of a document, as floats. */
  @Benchmark
  public float[] encodeDocument() {
    return encoder.encodeDocument(document);
  }

  /** The encoding of a query. */
  @Benchmark
  public float[] encodeQuery() {
    return encoder.encodeQuery(query);
  }
}
