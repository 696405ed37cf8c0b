package dev.embedding.multivector;

/**
 * How a {@link FixedDimensionalEncoder} encodes. Encodings of other options cannot be compared.
 *
 * @param repetitions how many independent partitions of space, 1–{@value #MAX_REPETITIONS}
 * @param partitionBits hyperplanes of a partition, 0–{@value #MAX_PARTITION_BITS}: it has two to the power of it cells
 * @param projectionDimension what the vector of a cell is projected to, at least 1; at the vectors' own dimension they stay as they are
 * @param seed of all randomness
 */
public record EncodingOptions(int repetitions, int partitionBits, int projectionDimension, long seed) {

  /** The largest {@code repetitions}. */
  public static final int MAX_REPETITIONS = 100;
  /** The largest {@code partitionBits}. */
  public static final int MAX_PARTITION_BITS = 10;
  /** The largest dimension of an encoding. */
  public static final int MAX_DIMENSIONS = 32_768;

  /**
   * What fields have that name no options, for vectors of at least its {@code projectionDimension}; shorter ones are not
   * projected. Few cells of whole vectors find more, of the same number of bytes, than many cells of short ones.
   */
  public static final EncodingOptions DEFAULT = new EncodingOptions(10, 2, 128, 42);

  public EncodingOptions {
    check("repetitions", repetitions, 1, MAX_REPETITIONS);
    check("partition_bits", partitionBits, 0, MAX_PARTITION_BITS);
    check("projection_dimension", projectionDimension, 1, MAX_DIMENSIONS);
    long dimensions = ((long) repetitions << partitionBits) * projectionDimension;
    if (dimensions > MAX_DIMENSIONS) {
      throw new IllegalArgumentException("an encoding has at most " + MAX_DIMENSIONS + " dimensions; [repetitions] "
          + repetitions + " times 2 to the power of [partition_bits] " + partitionBits
          + " times [projection_dimension] "
          + projectionDimension + " is " + dimensions);
    }
  }

  private static void check(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException("[" + name + "] must be between " + min + " and " + max + ", got " + value);
    }
  }

  /** Cells of one partition. */
  public int cells() {
    return 1 << partitionBits;
  }

  /** The dimension of an encoding, at most {@value #MAX_DIMENSIONS}. */
  public int dimensions() {
    return repetitions * cells() * projectionDimension;
  }
}
