package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import dev.embedding.codec.quantization.TrainedQuantizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.store.ByteBuffersDataOutput;

/**
 * Measures how far estimates are off, with vectors of a sample as queries for those of the others that are near them: it is among these that a search must tell
 * which are the best. An error is a multiple of the vector's factor and the length of the query's residual; the expected one is the root of the mean square.
 */
final class EstimateErrors {

  /** As many vectors are enough. */
  static final int SAMPLE = 1_024;

  private static final int QUERIES = 64;

  /** One of so many vectors is near. */
  private static final int NEAR = 16;

  private final Kernel kernel = Kernels.best();
  private final TrainedQuantizer quantizer;
  private final float[][] vectors;
  private final float[][] residuals;
  private final BlockLayout layout;
  private final float[] factors;
  private final float[] topFactors;
  private final MemorySegment blocks;
  private final float[] estimates;
  private final Mean whole = new Mean();
  private final Mean top = new Mean();

  /**
   * Measures the errors.
   *
   * @param vectors of the sample, less the mean
   * @param residuals the same, each less the centre of its cell
   */
  EstimateErrors(TrainedQuantizer quantizer, int dimension, float[][] vectors, float[][] residuals)
      throws IOException {
    this.quantizer = quantizer;
    this.vectors = vectors;
    this.residuals = residuals;
    this.layout = BlockLayout.of(quantizer.kind(), dimension);
    this.factors = new float[residuals.length];
    this.topFactors = new float[residuals.length];
    this.blocks = encode(quantizer.kind().planeBytes(dimension));
    this.estimates = new float[BlockLayout.blocks(residuals.length) * Kernel.LANES];
    int queries = Math.min(QUERIES, vectors.length);
    for (int i = 0; i < queries; i++) {
      measure((int) ((long) i * vectors.length / queries));
    }
  }

  /** The expected error of an estimate. */
  float whole() {
    return whole.root();
  }

  /** The expected error of an estimate from the heaviest plane alone. */
  float top() {
    return top.root();
  }

  /** Codes with bases of zero, so that estimates are of the products alone. */
  private MemorySegment encode(int planeBytes) throws IOException {
    TrainedQuantizer.Encoder encoder = quantizer.encoder();
    CodeRow row = new CodeRow(encoder.code().length);
    BlockBuffer block = new BlockBuffer(layout, planeBytes);
    ByteBuffersDataOutput out = new ByteBuffersDataOutput();
    for (int i = 0; i < residuals.length; i++) {
      encoder.encode(residuals[i].clone());
      factors[i] = encoder.factor();
      topFactors[i] = encoder.topFactor();
      row.set(encoder);
      block.add(i, row, out);
    }
    block.flush(out);
    return MemorySegment.ofArray(out.toArrayCopy());
  }

  private void measure(int number) {
    float[] query = vectors[number];
    float[] products = products(query, vectors);
    products[number] = Float.NEGATIVE_INFINITY;
    float[] sorted = products.clone();
    Arrays.sort(sorted);
    float near = sorted[sorted.length - Math.max(1, sorted.length / NEAR)];
    float[] exact = products(query, residuals);
    float length = (float) Math.sqrt(kernel.dot(query, query, 0));
    BlockScorer scorer = new BlockScorer(kernel, layout, quantizer.tables(query));
    for (int block = 0; block < estimates.length / Kernel.LANES; block++) {
      scorer.score(blocks, (long) block * layout.bytes(), Float.NEGATIVE_INFINITY, 0, -1);
      System.arraycopy(scorer.estimates(), 0, estimates, block * Kernel.LANES, Kernel.LANES);
    }
    add(whole, products, near, exact, factors, length);
    for (int block = 0; block < estimates.length / Kernel.LANES; block++) {
      scorer.coarse(blocks, (long) block * layout.bytes(), Float.NEGATIVE_INFINITY, 0);
      System.arraycopy(scorer.estimates(), 0, estimates, block * Kernel.LANES, Kernel.LANES);
    }
    add(top, products, near, exact, topFactors, length);
  }

  private float[] products(float[] query, float[][] others) {
    float[] products = new float[others.length];
    for (int i = 0; i < products.length; i++) {
      products[i] = kernel.dot(query, others[i], 0);
    }
    return products;
  }

  private void add(Mean mean, float[] products, float near, float[] exact, float[] scales, float length) {
    for (int i = 0; i < products.length; i++) {
      if (products[i] >= near && products[i] > Float.NEGATIVE_INFINITY) {
        mean.add((estimates[i] - exact[i]) / scales[i] / length);
      }
    }
  }

  /** The root of the mean square of what is a number. */
  private static final class Mean {

    private double squares;
    private long count;

    void add(double error) {
      if (Double.isFinite(error)) {
        squares += error * error;
        count++;
      }
    }

    float root() {
      return count == 0 ? 0 : (float) Math.sqrt(squares / count);
    }
  }
}
