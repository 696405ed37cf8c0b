package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import dev.embedding.codec.quantization.KMeans;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.lucene.index.VectorSimilarityFunction;

/**
 * What is learned from the vectors of a field, once, and then frozen: their mean, the centres of the cells, and how far estimates are off. Segments
 * carry it with a hash; codes and cells of segments with equal hashes are the same, and merge by copying.
 */
final class Codebook {

  /** Fewer vectors are one cell: reading all their codes costs less than choosing cells. */
  static final int CELLS_FROM = 8_192;

  /** The training sample: so many vectors for a cell, and so many bytes at most. */
  private static final int SAMPLE_PER_CELL = 32;
  private static final int LEAST_SAMPLE_PER_CELL = 8;
  private static final int MAX_SAMPLE_BYTES = 64 << 20;
  private static final int ERROR_SAMPLE = 1_024;

  private static final long SEED = 0xce115L;

  /** The expected error of signs alone for coordinates that are normally distributed, as those of a rotated vector are. */
  private static final float SIGN_ERROR = (float) (Math.sqrt(1 - 2 / Math.PI) / 2);

  private final VectorQuantizer quantizer;
  private final VectorSimilarityFunction similarity;
  private final float[] mean;
  private final float error;
  private final float topError;
  private final int trainedOn;
  private final float[][] centres;

  /**
   * @param error the expected error of an estimate, as a multiple of the vector's factor and the length of the query's residual
   * @param topError the same for the heaviest plane alone
   * @param trainedOn how many vectors the segment had for which this was learned
   * @param centres of the cells; none if all vectors are in one cell
   */
  Codebook(VectorQuantizer quantizer, VectorSimilarityFunction similarity, float[] mean, float error, float topError,
      int trainedOn, float[][] centres) {
    this.quantizer = quantizer;
    this.similarity = similarity;
    this.mean = mean;
    this.error = error;
    this.topError = topError;
    this.trainedOn = trainedOn;
    this.centres = centres;
  }

  /** Learns a codebook from evenly spaced vectors of the source. */
  static Codebook train(VectorQuantizer quantizer, VectorSimilarityFunction similarity, int dimension,
      VectorSource source) throws IOException {
    int cells = source.size() < CELLS_FROM ? 1 : (int) (3 * Math.sqrt(source.size()));
    int room = MAX_SAMPLE_BYTES / (Float.BYTES * dimension);
    int sampled = Math.min(source.size(), Math.min(room, cells == 1 ? ERROR_SAMPLE : cells * SAMPLE_PER_CELL));
    float[][] sample = new float[sampled][];
    for (int i = 0; i < sampled; i++) {
      float[] vector = source.vector((int) ((long) i * source.size() / sampled));
      float[] normal = VectorEncoder.normalize(similarity, vector);
      sample[i] = normal == vector ? vector.clone() : normal;
    }
    float[] mean = mean(sample, dimension);
    float[][] centres = cells == 1 ? new float[0][]
        : KMeans.centres(sample, Math.min(cells, sampled / LEAST_SAMPLE_PER_CELL), SEED);
    float[] errors = errors(new VectorEncoder(similarity, quantizer, mean), sample);
    return new Codebook(quantizer, similarity, mean, errors[0], errors[1], source.size(), centres);
  }

  /**
   * A codebook that knows nothing of the vectors: no mean, and one cell. The same for all segments, so that codes are only ever copied.
   */
  static Codebook untrained(VectorQuantizer quantizer, VectorSimilarityFunction similarity, int dimension) {
    return new Codebook(quantizer, similarity, new float[dimension], 0, SIGN_ERROR, 0, new float[0][]);
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

  private static float[] errors(VectorEncoder encoder, float[][] sample) {
    double error = 0;
    double topError = 0;
    int count = Math.min(sample.length, ERROR_SAMPLE);
    for (int i = 0; i < count; i++) {
      encoder.encode(sample[(int) ((long) i * sample.length / count)]);
      error += encoder.error();
      topError += encoder.topError();
    }
    return new float[] {(float) (error / Math.max(1, count)), (float) (topError / Math.max(1, count))};
  }

  VectorQuantizer quantizer() {
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

  int trainedOn() {
    return trainedOn;
  }

  float[][] centres() {
    return centres;
  }

  int cells() {
    return Math.max(1, centres.length);
  }

  /** Finds cells of normalized vectors. */
  CellFinder cellFinder() {
    Kernel kernel = Kernels.best();
    float[] halfSquares = KMeans.halfSquares(centres, kernel);
    return vector -> centres.length == 0 ? 0 : KMeans.nearest(vector, centres, halfSquares, kernel);
  }

  /** Whether a codebook is fit for a segment of so many vectors: cells should be about as many as the square root asks. */
  static boolean fits(int vectors, int trainedOn, int cells) {
    return vectors < CELLS_FROM || (cells > 1 && vectors / 4 < trainedOn);
  }

  /** Over everything that codes and cells depend on. */
  CodebookHash hash() {
    byte[] header = {(byte) quantizer.wireNumber(), (byte) quantizer.bits(),
        (byte) CellsReader.SIMILARITIES.indexOf(similarity)};
    return CodebookHash.of(header, mean, centres);
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
