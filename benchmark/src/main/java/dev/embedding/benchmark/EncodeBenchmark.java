package dev.embedding.benchmark;

import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.TrainedQuantizer;
import dev.embedding.codec.quantization.VectorQuantizer;
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

/** How many residuals of 384 dimensions are encoded a second, by kind, bits and sub-vectors. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class EncodeBenchmark {

  private static final int DIMENSION = 384;
  private static final int VECTORS = 4_096;
  private static final int VECTORS_PER_CALL = 256;
  /** As many as a merge encodes at once. */
  private static final int BATCH = 64;

  /** What makes the codes. */
  @Param({"binary 1 0", "binary 4 0", "scalar 8 0", "product 4 96", "product 8 96"})
  public String quantization;

  private final float[][] residuals = new float[VECTORS][DIMENSION];
  private final float[][] changed = new float[BATCH][DIMENSION];
  private TrainedQuantizer.Encoder encoder;

  /** Learns from noise: how long a vector takes does not depend on what was learned. */
  @Setup
  public void learn() {
    Random random = new Random(42);
    for (float[] residual : residuals) {
      for (int i = 0; i < DIMENSION; i++) {
        residual[i] = (float) random.nextGaussian();
      }
    }
    String[] parts = quantization.split(" ", -1);
    VectorQuantizer quantizer = Quantizers.of(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    encoder = quantizer.learn(residuals, DIMENSION).encoder();
  }

  /** Encodes copies, as the encoder changes what it is given. */
  @Benchmark
  @OperationsPerInvocation(VECTORS_PER_CALL)
  public float encode() {
    float factors = 0;
    for (int from = 0; from < VECTORS_PER_CALL; from += BATCH) {
      for (int i = 0; i < BATCH; i++) {
        System.arraycopy(residuals[from + i], 0, changed[i], 0, DIMENSION);
      }
      encoder.prepare(changed, BATCH);
      for (int i = 0; i < BATCH; i++) {
        encoder.encode(i);
        factors += encoder.factor();
      }
    }
    return factors;
  }
}
