package dev.embedding.codec.quantization;

/** A quantizer for residuals of one dimension, with what it has learned. Takes a while to make, and is thread-safe. */
public interface TrainedQuantizer {

  /** The kind and its settings. */
  VectorQuantizer kind();

  /** What was learned, as a file keeps it; empty for a kind that learns nothing. */
  float[] learned();

  /** Turns residuals into codes. */
  Encoder encoder();

  /** What the residual of a query says about codes. */
  QueryTables tables(QueryResidual residual);

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
      prepare(new float[][] {residual}, 1);
      encode(0);
    }

    /**
     * Prepares the first {@code count} residuals, which it changes, to be encoded: many at once, since what was learned may be larger than the processor's
     * caches.
     */
    void prepare(float[][] residuals, int count);

    /** Encodes one of those that were prepared last, once each. */
    void encode(int number);

    /** The planes of the last code. */
    byte[] code();

    /** Scales the product with the last code to an estimate. */
    float factor();

    /** The same for the heaviest plane alone. */
    float topFactor();
  }
}
