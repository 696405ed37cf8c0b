package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import dev.embedding.codec.quantization.QueryResidual;
import dev.embedding.codec.quantization.TrainedQuantizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.util.NumericUtils;

/**
 * Measures how far estimates are off, with some vectors of a sample as queries for those that are nearest to them: it is these that a search must not miss, and
 * codes of centroids are off by more for them than for others. An error is a multiple of the vector's factor and the length of the query's residual; the
 * expected one is the root of the mean square.
 */
final class EstimateErrors {

  private static final int QUERIES = 64;
  private static final int NEAREST = 16;

  /** How many vectors it keeps at most. */
  static final int MAX_VECTORS = QUERIES * (1 + NEAREST);

  private final Kernel kernel = Kernels.best();
  private final float[][] queries;
  private final float[][][] nearest;

  /**
   * Chooses queries and finds their nearest.
   *
   * @param sample vectors less their mean; those that are kept are copied
   */
  EstimateErrors(float[][] sample) {
    queries = new float[Math.min(QUERIES, sample.length)][];
    nearest = new float[queries.length][][];
    for (int i = 0; i < queries.length; i++) {
      int number = (int) ((long) i * sample.length / queries.length);
      queries[i] = sample[number].clone();
      int[] numbers = nearest(sample, number, queries[i], kernel);
      nearest[i] = new float[numbers.length][];
      Arrays.setAll(nearest[i], j -> sample[numbers[j]].clone());
    }
  }

  private static int[] nearest(float[][] sample, int without, float[] query, Kernel kernel) {
    long[] order = new long[sample.length];
    for (int i = 0; i < sample.length; i++) {
      float product = i == without ? Float.NEGATIVE_INFINITY : kernel.dot(query, sample[i], 0);
      order[i] = (long) NumericUtils.floatToSortableInt(-product) << 32 | i;
    }
    Arrays.sort(order);
    return Arrays.stream(order, 0, Math.min(NEAREST, sample.length - 1)).mapToInt(entry -> (int) entry).toArray();
  }

  /** What codes are made of. */
  interface Residuals {

    /** A vector of the sample less the centre of its cell, as a copy. */
    float[] of(float[] vector);
  }

  /**
   * What is expected of a quantizer.
   *
   * @param whole the error of an estimate
   * @param top how far an estimate from the heaviest plane alone is off the one from all
   */
  record Expected(float whole, float top) {}

  /** Measures the errors of a quantizer. */
  Expected measure(TrainedQuantizer quantizer, Residuals residuals) throws IOException {
    Mean whole = new Mean();
    Mean top = new Mean();
    TrainedQuantizer.Encoder encoder = quantizer.encoder();
    for (int i = 0; i < queries.length; i++) {
      float[][] ofNearest = new float[nearest[i].length][];
      for (int j = 0; j < ofNearest.length; j++) {
        ofNearest[j] = residuals.of(nearest[i][j]);
      }
      measure(quantizer, encoder, queries[i], ofNearest, whole, top);
    }
    return new Expected(whole.root(), top.root());
  }

  /** One block of codes with bases of zero, so that estimates are of the products alone. */
  private void measure(TrainedQuantizer quantizer, TrainedQuantizer.Encoder encoder, float[] query, float[][] residuals,
      Mean whole, Mean top) throws IOException {
    BlockLayout layout = BlockLayout.of(quantizer.kind(), query.length);
    CodeRow row = new CodeRow(encoder.code().length);
    BlockBuffer buffer = new BlockBuffer(layout, quantizer.kind().planeBytes(query.length));
    ByteBuffersDataOutput out = new ByteBuffersDataOutput();
    double[] exact = new double[residuals.length];
    float[] scales = new float[residuals.length];
    float[] topScales = new float[residuals.length];
    float length = (float) Math.sqrt(kernel.dot(query, query, 0));
    for (int i = 0; i < residuals.length; i++) {
      exact[i] = kernel.dot(query, residuals[i], 0);
    }
    encoder.prepare(residuals, residuals.length);
    for (int i = 0; i < residuals.length; i++) {
      encoder.encode(i);
      scales[i] = encoder.factor() * length;
      topScales[i] = encoder.topFactor() * length;
      row.set(encoder);
      buffer.add(i, row, out);
    }
    buffer.flush(out);
    if (residuals.length > 0) {
      MemorySegment block = MemorySegment.ofArray(out.toArrayCopy());
      BlockScorer scorer = new BlockScorer(kernel, layout, quantizer.tables(new QueryResidual(query)));
      scorer.score(block, 0, Float.NEGATIVE_INFINITY, 0, -1);
      float[] estimates = scorer.estimates().clone();
      scorer.coarse(block, 0, Float.NEGATIVE_INFINITY, 0);
      for (int i = 0; i < residuals.length; i++) {
        whole.add((estimates[i] - exact[i]) / scales[i]);
        top.add((scorer.estimates()[i] - estimates[i]) / topScales[i]);
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
