package dev.embedding.codec;

import dev.embedding.codec.quantization.SignQuantizer;
import dev.embedding.codec.quantization.TrainedQuantizer;
import org.apache.lucene.index.VectorSimilarityFunction;

/**
 * Encodes vectors for a similarity function. Each function is monotone in a closeness that splits into a part of the query alone, a base of the vector
 * alone, and the product of both residuals. With the mean m, q' = q − m and x' = x − m:
 *
 * <ul>
 * <li>dot product: ⟨q, x⟩ = ⟨q, m⟩ + ⟨x', m⟩ + ⟨q', x'⟩; for cosine the same of vectors that were scaled to length one;
 * <li>euclidean: −‖q − x‖²/2 = −‖q'‖²/2 − ‖x'‖²/2 + ⟨q', x'⟩.
 * </ul>
 *
 * With the centre c of the vector's cell ⟨q', x'⟩ = ⟨q', c − m⟩ + ⟨q', x − c⟩: the first is computed or estimated once a cell, the second is what codes estimate.
 *
 * <p>Not thread-safe.
 */
final class VectorEncoder {

  private static final byte[] NONE = {};

  private final VectorSimilarityFunction similarity;
  private final float[] mean;
  private final TrainedQuantizer.Encoder encoder;
  /** Null if signs are not kept. */
  private final TrainedQuantizer.Encoder signEncoder;
  private final float[][] residuals;
  /** The vectors less the mean; none if signs are not kept. */
  private final float[][] signResiduals;
  private final float[] bases;
  private float base;
  private float factor;
  private float topFactor;
  private float signFactor;

  /**
   * @param keepsSigns whether vectors get signs beside their codes
   * @param batch how many vectors it takes at once
   */
  VectorEncoder(VectorSimilarityFunction similarity, TrainedQuantizer quantizer, float[] mean, boolean keepsSigns,
      int batch) {
    this.similarity = similarity;
    this.mean = mean;
    this.encoder = quantizer.encoder();
    this.signEncoder = keepsSigns ? new SignQuantizer(mean.length).quantizer().encoder() : null;
    this.residuals = new float[batch][mean.length];
    this.signResiduals = new float[keepsSigns ? batch : 0][mean.length];
    this.bases = new float[batch];
  }

  /** The vector itself, or for cosine a copy of length one. */
  static float[] normalize(VectorSimilarityFunction similarity, float[] vector) {
    if (similarity != VectorSimilarityFunction.COSINE) {
      return vector;
    }
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] * scale);
    }
    return unit;
  }

  /**
   * Encodes a {@linkplain #normalize normalized} vector of a cell.
   *
   * @param centre of its cell less the mean; null if there is one cell, whose centre is the mean
   */
  void encode(float[] vector, float[] centre) {
    take(0, vector, centre);
    prepare(1);
    encode(0);
  }

  /** Takes a vector likewise, as that of a number within the batch. */
  void take(int number, float[] vector, float[] centre) {
    float[] residual = residuals[number];
    double squares = 0;
    double product = 0;
    for (int i = 0; i < mean.length; i++) {
      float x = vector[i] - mean[i];
      residual[i] = x;
      squares += (double) x * x;
      product += (double) x * mean[i];
    }
    bases[number] = (float) (similarity == VectorSimilarityFunction.EUCLIDEAN ? -squares / 2 : product);
    if (signEncoder != null) {
      System.arraycopy(residual, 0, signResiduals[number], 0, residual.length);
    }
    if (centre != null) {
      Codebook.subtract(centre, residual);
    }
  }

  /** Prepares the first so many of the batch. */
  void prepare(int count) {
    encoder.prepare(residuals, count);
    if (signEncoder != null) {
      signEncoder.prepare(signResiduals, count);
    }
  }

  /** Encodes one of the batch after {@link #prepare}, once. */
  void encode(int number) {
    encoder.encode(number);
    if (signEncoder != null) {
      signEncoder.encode(number);
    }
    base = bases[number];
    factor = encoder.factor();
    topFactor = encoder.topFactor();
    signFactor = signEncoder == null ? 0 : signEncoder.factor();
    if (!Float.isFinite(base) || !Float.isFinite(factor) || !Float.isFinite(topFactor) || !Float.isFinite(signFactor)) {
      // Numbers so large that no estimate is possible: the vector is taken for the best, and scored in full precision.
      base = Float.MAX_VALUE;
      factor = 0;
      topFactor = 0;
      signFactor = 0;
    }
  }

  byte[] code() {
    return encoder.code();
  }

  float base() {
    return base;
  }

  float factor() {
    return factor;
  }

  float topFactor() {
    return topFactor;
  }

  /** The signs of the last vector less the mean; none if they are not kept. */
  byte[] signs() {
    return signEncoder == null ? NONE : signEncoder.code();
  }

  /** Scales the product with the signs to an estimate. */
  float signFactor() {
    return signFactor;
  }
}
