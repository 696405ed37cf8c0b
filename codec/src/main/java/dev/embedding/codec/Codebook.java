package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import dev.embedding.codec.quantization.KMeans;
import dev.embedding.codec.quantization.SignQuantizer;
import dev.embedding.codec.quantization.SignTable;
import dev.embedding.codec.quantization.TrainedQuantizer;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.lucene.index.VectorSimilarityFunction;

/**
 * What is learned from the vectors of a field, once, and then frozen: their mean, the centres of the cells, what the quantizer learns, and how far estimates are
 * off. Segments
 * carry it with a hash; codes and cells of segments with equal hashes are the same, and merge by copying.
 */
final class Codebook {

  /**
   * Fewer vectors are one cell: reading all their codes costs less than choosing cells. Measured with 384 dimensions: 4,096 vectors are found faster in one
   * cell, 16,384 in many, and 8,192 in one for a recall@10 of 0.99, in many for 0.95.
   */
  static final int CELLS_FROM = 8_192;

  /** A sample of fewer vectors for each cell makes fewer cells. */
  static final int LEAST_SAMPLE_PER_CELL = 8;

  private static final long SEED = 0xce115L;

  /** The expected error of signs alone for coordinates that are normally distributed, as those of a rotated vector are. */
  private static final float SIGN_ERROR = (float) (Math.sqrt(1 - 2 / Math.PI) / 2);

  private final TrainedQuantizer quantizer;
  private final VectorSimilarityFunction similarity;
  private final float[] mean;
  private final float error;
  private final float topError;
  private final float signError;
  private final int trainedOn;
  private final float[][] centres;

  /**
   * @param error the expected error of an estimate, as {@link EstimateErrors} says
   * @param topError how far an estimate from the heaviest plane alone is off the one from all, likewise
   * @param signError the expected error of an estimate from signs, likewise; 0 if they are not kept
   * @param trainedOn how many vectors the segment had for which this was learned
   * @param centres of the cells, less the mean, as a {@link CentreRow} holds them; none if all vectors are in one cell
   */
  Codebook(TrainedQuantizer quantizer, VectorSimilarityFunction similarity, float[] mean, float error, float topError,
      float signError, int trainedOn, float[][] centres) {
    this.quantizer = quantizer;
    this.similarity = similarity;
    this.mean = mean;
    this.error = error;
    this.topError = topError;
    this.signError = signError;
    this.trainedOn = trainedOn;
    this.centres = centres;
  }

  /** How many cells a segment of so many vectors should have. */
  static int cells(int vectors) {
    return vectors < CELLS_FROM ? 1 : (int) (3 * Math.sqrt(vectors));
  }

  /**
   * Learns a codebook from evenly spaced vectors of the source.
   *
   * @param sampled how many of them
   */
  static Codebook train(VectorQuantizer quantizer, VectorSimilarityFunction similarity, int dimension,
      VectorSource source, int sampled) throws IOException {
    int cells = cells(source.size());
    float[][] sample = new float[sampled][];
    for (int i = 0; i < sampled; i++) {
      float[] vector = source.vector((int) ((long) i * source.size() / sampled));
      float[] normal = VectorEncoder.normalize(similarity, vector);
      sample[i] = normal == vector ? vector.clone() : normal;
    }
    float[] mean = mean(sample, dimension);
    for (float[] vector : sample) {
      subtract(mean, vector);
    }
    float[][] centres = cells == 1 ? new float[0][]
        : KMeans.centres(sample, Math.min(cells, sampled / LEAST_SAMPLE_PER_CELL), SEED);
    for (float[] centre : centres) {
      CentreRow.round(centre);
    }
    CellFinder cellFinder = cellFinder(centres, KMeans.halfSquares(centres, Kernels.best()));
    EstimateErrors errors = new EstimateErrors(sample);
    for (float[] vector : sample) {
      subtractCentre(centres, cellFinder, vector);
    }
    TrainedQuantizer trained = quantizer.learn(spread(sample, quantizer.enoughSample()), dimension);
    EstimateErrors.Expected expected = errors.measure(trained, vector -> {
      float[] residual = vector.clone();
      subtractCentre(centres, cellFinder, residual);
      return residual;
    });
    float signError = keepsSigns(quantizer, centres)
        ? errors.measure(new SignQuantizer(dimension).quantizer(), float[]::clone).whole()
        : 0;
    return new Codebook(trained, similarity, mean, expected.whole(), expected.top(), signError, source.size(), centres);
  }

  private static void subtractCentre(float[][] centres, CellFinder cells, float[] vector) {
    if (centres.length > 0) {
      subtract(centres[cells.cell(vector)], vector);
    }
  }

  static void subtract(float[] centre, float[] vector) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] -= centre[i];
    }
  }

  /** Evenly spaced vectors of the sample. */
  private static float[][] spread(float[][] sample, int most) {
    float[][] some = new float[Math.min(sample.length, most)][];
    for (int i = 0; i < some.length; i++) {
      some[i] = sample[(int) ((long) i * sample.length / some.length)];
    }
    return some;
  }

  /**
   * A codebook that knows nothing of the vectors: no mean, and one cell. The same for all segments, so that codes are only ever copied.
   */
  static Codebook untrained(VectorQuantizer quantizer, VectorSimilarityFunction similarity, int dimension) {
    TrainedQuantizer untrained = quantizer.restore(dimension, new float[0]);
    return new Codebook(untrained, similarity, new float[dimension], 0, SIGN_ERROR, 0, 0, new float[0][]);
  }

  private static float[] mean(float[][] sample, int dimension) {
    double[] sums = new double[dimension];
    for (float[] vector : sample) {
      for (int i = 0; i < dimension; i++) {
        sums[i] += vector[i];
      }
    }
    float[] mean = new float[dimension];
    for (int i = 0; i < dimension && sample.length > 0; i++) {
      mean[i] = (float) (sums[i] / sample.length);
    }
    return mean;
  }

  TrainedQuantizer quantizer() {
    return quantizer;
  }

  VectorSimilarityFunction similarity() {
    return similarity;
  }

  float[] mean() {
    return mean;
  }

  float error() {
    return error;
  }

  float topError() {
    return topError;
  }

  float signError() {
    return signError;
  }

  /** Whether vectors have signs beside their codes: where all are in one cell, they all are looked at anyway. */
  boolean keepsSigns() {
    return keepsSigns(quantizer.kind(), centres);
  }

  private static boolean keepsSigns(VectorQuantizer quantizer, float[][] centres) {
    return quantizer.keepsSigns() && centres.length > 0;
  }

  /** Bytes of the signs of a vector. */
  int signBytes() {
    return keepsSigns() ? SignTable.rowBytes(mean.length) : 0;
  }

  int trainedOn() {
    return trainedOn;
  }

  /** Of the cells, less the mean; none if all vectors are in one cell. */
  float[][] centres() {
    return centres;
  }

  int cells() {
    return Math.max(1, centres.length);
  }

  /** The centre of a cell less the mean, or null if there is one cell: its centre is the mean. */
  float[] centre(int cell) {
    return centres.length == 0 ? null : centres[cell];
  }

  /** Finds cells of normalized vectors. */
  CellFinder cellFinder() {
    Kernel kernel = Kernels.best();
    float[] biases = KMeans.halfSquares(centres, kernel);
    for (int cell = 0; cell < biases.length; cell++) {
      biases[cell] += kernel.dot(mean, centres[cell], 0);
    }
    return cellFinder(centres, biases);
  }

  /** @param biases of the centres: closeness is the product less these */
  private static CellFinder cellFinder(float[][] centres, float[] biases) {
    Kernel kernel = Kernels.best();
    return vector -> centres.length == 0 ? 0 : KMeans.nearest(vector, centres, biases, kernel);
  }

  /** Whether a codebook is fit for a segment of so many vectors: cells should be about as many as the square root asks. */
  static boolean fits(int vectors, int trainedOn, int cells) {
    return vectors < CELLS_FROM || (cells > 1 && vectors / 4 < trainedOn);
  }

  /** Over everything that codes and cells depend on. */
  CodebookHash hash() {
    VectorQuantizer kind = quantizer.kind();
    byte[] header = {(byte) kind.wireNumber(), (byte) kind.bits(), (byte) CellsReader.SIMILARITIES.indexOf(similarity),
        (byte) kind.subvectors(), (byte) (kind.subvectors() >>> 8)};
    return CodebookHash.of(header, mean, centres, quantizer.learned());
  }

  static byte[] bytes(float[] floats) {
    ByteBuffer bytes = ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
    return bytes.array();
  }

  /** Finds the cell of a vector. */
  interface CellFinder {

    int cell(float[] normalized);
  }
}
