package dev.embedding.codec.quantization;

/** A quantizer for residuals of one dimension, with what it has learned. Takes a while to make, and is thread-safe. */
public interface TrainedQuantizer {

  /** The kind and its settings. */
  VectorQuantizer kind();

  /** What was learned, as a file keeps it; empty for a kind that learns nothing. */
  float[] learned();

  /** Turns residuals into codes. */
  Encoder encoder();

  /** What the residual of a query says about codes; the residual is left as it is. */
  QueryTables tables(float[] residual);

  /**
   * The residual that a code stands for, before its factor.
   *
   * @throws UnsupportedOperationException for a kind that learns something
   */
  default void decode(byte[] code, float[] residual) {
    throw new UnsupportedOperationException("codes of [" + kind().name() + "] are not decoded");
  }

  /**
   * Encodes residuals; not thread-safe. The estimate of the dot product of two residuals, of which only one, x, is encoded, is {@code factor · ⟨x̂, q⟩},
   * where x̂ is the vector that the code stands for.
   */
  interface Encoder {

    /** Encodes a residual, which it changes. */
    default void encode(float[] residual) {
      rotate(new float[][] {residual}, 1);
      encodeRotated(residual);
    }

    /** Rotates the first {@code count} residuals in place: many at once, since what a rotation has learned may be larger than the processor's caches. */
    void rotate(float[][] residuals, int count);

    /** Encodes a residual that was rotated. */
    void encodeRotated(float[] rotated);

    /** The planes of the last code. */
    byte[] code();

    /** Scales the product with the last code to an estimate. */
    float factor();

    /** The same for the heaviest plane alone. */
    float topFactor();
  }
}
