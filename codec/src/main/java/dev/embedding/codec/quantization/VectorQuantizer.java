package dev.embedding.codec.quantization;

/**
 * A kind of code for vectors, with its settings. A code is a number of planes of as many bytes each, from the lightest to the heaviest; a byte is two
 * nibbles, the earlier one low, and each nibble an index into a table of sixteen that is made from a query. What a kind decides is how a residual, a vector
 * less the centre of its cell, becomes these nibbles, and what the tables say; everything else, from estimates to files, is the same for all kinds.
 */
public interface VectorQuantizer {

  /** What the kind is called in a mapping. */
  String name();

  /** What the kind is called in a file, for ever. */
  int wireNumber();

  /** Bits for a dimension, or for a sub-vector if there are any. */
  int bits();

  /** The sub-vectors that are encoded together, or 0 for a kind that encodes each dimension by itself. */
  default int subvectors() {
    return 0;
  }

  /** Planes of a code. */
  int planes();

  /** Bytes of one plane of a code. */
  int planeBytes(int dimension);

  /**
   * Whether the signs of each rotated vector less the mean are kept beside its code, where searches of a few vectors that lie far apart find them; kinds that
   * are there to save memory keep none.
   */
  default boolean keepsSigns() {
    return false;
  }

  /** How many floats there are in {@link TrainedQuantizer#learned}; 0 for a kind that learns nothing. */
  default long learnedFloats(int dimension) {
    return 0;
  }

  /** How much memory learning takes at most beside the vectors, with what is learned; 0 for a kind that learns nothing. */
  default long learningBytes(int dimension) {
    return 0;
  }

  /** The fewest vectors that are worth learning from, and how many are enough; 0 for a kind that learns nothing. */
  default int leastSample() {
    return 0;
  }

  /** How many vectors are enough to learn from. */
  default int enoughSample() {
    return 0;
  }

  /**
   * Learns from residuals. The result depends on them alone, on all hardware.
   *
   * @param residuals of one dimension; they are left as they are
   * @param dimension for when there are none
   */
  TrainedQuantizer learn(float[][] residuals, int dimension);

  /**
   * What was learned before.
   *
   * @param learned as many as {@link #learnedFloats}, of any value
   */
  TrainedQuantizer restore(int dimension, float[] learned);
}
