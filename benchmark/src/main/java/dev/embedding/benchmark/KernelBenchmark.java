package dev.embedding.benchmark;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds a vector of 384 dimensions, of codes in the cache nearest to the core. {@link #read} only reads the same bytes, eight at a time: what the
 * memory allows.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
public class KernelBenchmark {

  private static final int ROWS = 48;
  private static final int BLOCKS = 8;
  private static final int VECTORS = BLOCKS * Kernel.LANES;
  private static final int BLOCK_BYTES = (2 * Float.BYTES + ROWS) * Kernel.LANES;
  private static final int FACTORS = ROWS * Kernel.LANES;

  /** Whether SIMD or plain Java. */
  @Param({"true", "false"})
  public boolean simd;

  private final MemorySegment blocks = Arena.ofAuto().allocate((long) BLOCKS * BLOCK_BYTES, 64);
  private final byte[] table = new byte[ROWS * Kernel.TABLE_BYTES];
  private final int[] sums = new int[Kernel.LANES];
  private final float[] estimates = new float[Kernel.LANES];
  private final float[] query = new float[8 * ROWS];
  private final float[] matrix = new float[VECTORS * query.length];
  private Kernel kernel;

  /** Fills everything with noise. */
  @Setup
  public void fill() {
    kernel = simd ? Kernels.best() : Kernels.scalar();
    Random random = new Random(42);
    for (long i = 0; i < blocks.byteSize(); i++) {
      blocks.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
    }
    for (int i = 0; i < table.length; i++) {
      table[i] = (byte) random.nextInt(Kernel.MAX_COARSE_ENTRY + 1);
    }
    for (int i = 0; i < query.length; i++) {
      query[i] = random.nextFloat();
    }
  }

  /** One plane against a coarse table. */
  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public int lookUp() {
    int last = 0;
    for (int block = 0; block < BLOCKS; block++) {
      kernel.lookUp(blocks, (long) block * BLOCK_BYTES, ROWS, table, sums);
      last += sums[block];
    }
    return last;
  }

  /** One plane against a fine table. */
  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public int lookUpFine() {
    int last = 0;
    for (int block = 0; block < BLOCKS; block++) {
      kernel.lookUpFine(blocks, (long) block * BLOCK_BYTES, ROWS, table, sums);
      last += sums[block];
    }
    return last;
  }

  /** From sums to estimates. */
  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public int estimate() {
    int above = 0;
    for (int block = 0; block < BLOCKS; block++) {
      long factors = (long) block * BLOCK_BYTES + FACTORS;
      above += kernel.estimate(blocks, factors, factors + Kernel.LANES * Float.BYTES, sums, 0.1f, -1, 0, estimates);
    }
    return above;
  }

  /** Dot products of floats, as in training. */
  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public float dot() {
    float sum = 0;
    for (int i = 0; i < VECTORS; i++) {
      sum += kernel.dot(query, matrix, i * query.length);
    }
    return sum;
  }

  /** Reads the codes and does nothing else. */
  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public long read() {
    long sum = 0;
    for (int block = 0; block < BLOCKS; block++) {
      for (long i = 0; i < FACTORS; i += Long.BYTES) {
        sum += blocks.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) block * BLOCK_BYTES + i);
      }
    }
    return sum;
  }
}
