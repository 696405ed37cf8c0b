package dev.embedding.codec.quantization;

/**
 * A kind of code for vectors. A code is a number of bits for each dimension; the bits of equal weight form a plane, packed eight dimensions a byte, and
 * planes lie one after another from the lightest to the heaviest. What a kind decides is how a residual, a vector less the mean of its field, becomes
 * these bits; everything else, from estimates to files, is the same for all kinds.
 */
public interface VectorQuantizer {

  /** What the kind is called in a mapping. */
  String name();

  /** What the kind is called in a file, for ever. */
  int wireNumber();

  /** Bits for a dimension. */
  int bits();

  /** Moves residuals of one dimension to where the codes are. Takes a while to make, and is thread-safe. */
  Transform transform(int dimension);

  /** Turns residuals into codes; not thread-safe. */
  Encoder encoder(int dimension, Transform transform);

  /** What is done to a residual, of a vector or a query, before all else. */
  interface Transform {

    void apply(float[] residual);

    /** Moves back what {@link #apply} moved, up to rounding. */
    void invert(float[] moved);
  }

  /**
   * Encodes residuals. The estimate of the dot product of two residuals, of which only one is encoded, is RaBitQ's: {@code factor · ⟨û, q⟩}, where û
   * are the coordinates of the code, centred, and {@code factor = ‖x‖² / ⟨x, û⟩} makes the estimate unbiased over rotations (Gao and Long, "RaBitQ",
   * SIGMOD 2024, theorem 3.2; for several bits, Gao and others, "Practical and asymptotically optimal quantization", SIGMOD 2025).
   */
  interface Encoder {

    /** Bytes of one plane. */
    int planeBytes();

    /** Encodes a residual, which it changes. */
    void encode(float[] residual);

    /** The planes of the last code. */
    byte[] code();

    /** Scales the product with the last code to an estimate. */
    float factor();

    /** The same for the heaviest plane alone, taken as a code of one bit. */
    float topFactor();

    /** The expected error of an estimate with the last code, as a multiple of its factor and the query's length. */
    float error();

    /** The expected error of an estimate with the heaviest plane alone, as a multiple of the top factor and the query's length. */
    float topError();
  }
}
