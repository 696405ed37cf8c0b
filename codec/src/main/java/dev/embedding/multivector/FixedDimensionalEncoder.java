package dev.embedding.multivector;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Encodes sets of vectors as single ones whose dot product ranks as MaxSim does: MUVERA (Dhulipala and others, "MUVERA:
 * Multi-vector retrieval via fixed dimensional encodings", NeurIPS 2024, section 2). Random hyperplanes part the space into
 * cells. For each cell a query has the sum of its vectors there, and a document the mean of its own, or, where it has none,
 * of those in the cells that differ in the fewest bits; both are projected to few dimensions by a count sketch. Several such
 * partitions make an encoding. All vectors are scaled to length one first.
 *
 * <p>The estimate is far below MaxSim where cells are few; only its order is of use.
 *
 * <p>The randomness is frozen: {@link SplittableRandom}, whose algorithm its documentation fixes, normal numbers by the polar
 * method with {@link StrictMath}, and plain float operations in a fixed order. The same vectors have the same encoding, bit
 * for bit, on all hardware. Thread-safe.
 */
public final class FixedDimensionalEncoder {

  private final EncodingOptions options;
  private final int dimension;
  private final int planes;
  /** For each dimension of a vector its coefficients in all planes, those of one repetition after another. */
  private final float[] normals;
  private final int[] sketchIndex;
  private final float[] sketchSign;

  /**
   * @param dimension of the vectors, at least {@link EncodingOptions#projectionDimension}
   */
  public FixedDimensionalEncoder(EncodingOptions options, int dimension) {
    if (options.projectionDimension() > dimension) {
      throw new IllegalArgumentException("[projection_dimension] must be at most the dimension of the vectors, "
          + dimension + ", got " + options.projectionDimension());
    }
    this.options = options;
    this.dimension = dimension;
    this.planes = options.repetitions() * options.partitionBits();
    SplittableRandom random = new SplittableRandom(options.seed());
    this.normals = new float[planes * dimension];
    for (int plane = 0; plane < planes; plane++) {
      for (int i = 0; i < dimension; i++) {
        normals[i * planes + plane] = normal(random);
      }
    }
    this.sketchIndex = new int[options.repetitions() * dimension];
    this.sketchSign = new float[options.repetitions() * dimension];
    for (int i = 0; i < sketchIndex.length; i++) {
      sketchIndex[i] = random.nextInt(options.projectionDimension());
      sketchSign[i] = random.nextInt() < 0 ? -1 : 1;
    }
  }

  private static float normal(SplittableRandom random) {
    while (true) {
      double a = 2 * random.nextDouble() - 1;
      double b = 2 * random.nextDouble() - 1;
      double squares = a * a + b * b;
      if (squares > 0 && squares < 1) {
        return (float) (a * StrictMath.sqrt(-2 * StrictMath.log(squares) / squares));
      }
    }
  }

  public EncodingOptions options() {
    return options;
  }

  /** Of an encoding. */
  public int dimensions() {
    return options.dimensions();
  }

  /** The encoding of a query; all zeros if it has no vectors. */
  public float[] encodeQuery(TokenVectors query) {
    return encode(query, false);
  }

  /** The encoding of a document; all zeros if it has no vectors. */
  public float[] encodeDocument(TokenVectors document) {
    return encode(document, true);
  }

  private float[] encode(TokenVectors vectors, boolean isDocument) {
    if (vectors.dimension() != dimension) {
      throw new IllegalArgumentException(
          "the vectors must have the dimension " + dimension + ", got " + vectors.dimension());
    }
    float[] encoding = new float[dimensions()];
    if (vectors.count() == 0) {
      return encoding;
    }
    float[] units = vectors.normalized().values();
    int[] cells = cells(units, vectors.count());
    int cellCount = options.cells();
    int projected = options.projectionDimension();
    float[] sums = new float[cellCount * projected];
    int[] counts = new int[cellCount];
    for (int repetition = 0; repetition < options.repetitions(); repetition++) {
      Arrays.fill(sums, 0);
      Arrays.fill(counts, 0);
      for (int token = 0; token < vectors.count(); token++) {
        int cell = cells[token * options.repetitions() + repetition];
        counts[cell]++;
        project(units, token * dimension, repetition, sums, cell * projected);
      }
      int block = repetition * cellCount * projected;
      for (int cell = 0; cell < cellCount; cell++) {
        if (isDocument) {
          fill(cell, sums, counts, encoding, block + cell * projected);
        } else {
          System.arraycopy(sums, cell * projected, encoding, block + cell * projected, projected);
        }
      }
    }
    return encoding;
  }

  private int[] cells(float[] units, int count) {
    int[] cells = new int[count * options.repetitions()];
    float[] products = new float[planes];
    for (int token = 0; token < count; token++) {
      Arrays.fill(products, 0);
      for (int i = 0; i < dimension; i++) {
        float x = units[token * dimension + i];
        int row = i * planes;
        for (int plane = 0; plane < planes; plane++) {
          products[plane] += x * normals[row + plane];
        }
      }
      int plane = 0;
      for (int repetition = 0; repetition < options.repetitions(); repetition++) {
        int cell = 0;
        for (int bit = 0; bit < options.partitionBits(); bit++) {
          cell = cell << 1 | (products[plane++] > 0 ? 1 : 0);
        }
        cells[token * options.repetitions() + repetition] = cell;
      }
    }
    return cells;
  }

  private void project(float[] units, int from, int repetition, float[] to, int at) {
    if (options.projectionDimension() == dimension) {
      for (int i = 0; i < dimension; i++) {
        to[at + i] += units[from + i];
      }
      return;
    }
    int row = repetition * dimension;
    for (int i = 0; i < dimension; i++) {
      to[at + sketchIndex[row + i]] += sketchSign[row + i] * units[from + i];
    }
  }

  /** The mean of the nearest cells that are not empty: the cell itself, if it is not. */
  private void fill(int cell, float[] sums, int[] counts, float[] encoding, int at) {
    int projected = options.projectionDimension();
    int nearest = Integer.MAX_VALUE;
    for (int other = 0; other < counts.length; other++) {
      nearest = counts[other] == 0 ? nearest : Math.min(nearest, Integer.bitCount(cell ^ other));
    }
    int count = 0;
    for (int other = 0; other < counts.length; other++) {
      if (counts[other] > 0 && Integer.bitCount(cell ^ other) == nearest) {
        count += counts[other];
        for (int i = 0; i < projected; i++) {
          encoding[at + i] += sums[other * projected + i];
        }
      }
    }
    for (int i = 0; i < projected; i++) {
      encoding[at + i] /= count;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FixedDimensionalEncoder that && dimension == that.dimension && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return 31 * dimension + options.hashCode();
  }
}
