package dev.embedding.multivector;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Encodes sets of vectors as single ones whose dot product ranks as MaxSim does: MUVERA (Dhulipala and others, "MUVERA:
 * Multi-vector retrieval via fixed dimensional encodings", NeurIPS 2024, section 2). Random hyperplanes part the space into
 * cells. For each cell a query has the sum of its vectors there, and a document one vector for all that it has there, or,
 * where it has none, in the cells that differ in the fewest bits. They are projected to few dimensions by a count sketch.
 * Several such partitions make an encoding. The estimate is of use for its order; it is far from MaxSim.
 *
 * <p>What stands for several vectors of a document is their mean in MUVERA ({@link CellValue#MEAN}), here the direction of the
 * mean by default: means are the shorter the more their vectors differ, so that they favour documents that repeat themselves.
 * Measured, that is worth more than anything else one can choose.
 *
 * <p>Models put their vectors into a narrow part of space, some more than others. A frozen mean of them, the centre, undoes that
 * twice: the hyperplanes meet there instead of in zero, so that they part the vectors at all; and it is taken from what stands in
 * each cell of a document, so that the few bits that are kept of an encoding tell documents apart and not what all have in common.
 * The latter takes the same from the products of a query with all documents ({@link #productWithCentre}): their order stays.
 *
 * <p>The randomness is frozen: {@link SplittableRandom}, whose algorithm its documentation fixes, normal numbers by the polar
 * method with {@link StrictMath}, and plain float operations in a fixed order. The same vectors have the same encoding, bit
 * for bit, on all hardware. Thread-safe.
 */
public final class FixedDimensionalEncoder {

  /** What stands for the vectors of a document in a cell. */
  public enum CellValue {
    /** Their mean. */
    MEAN,
    /** Their mean, scaled to length one. */
    DIRECTION
  }

  private static final Kernel KERNEL = Kernels.best();
  private static final float[] ONE = {1};
  /** One, and what rounding may add. */
  private static final double MAX_SQUARED_CENTRE = 1.001;

  private final EncodingOptions options;
  private final int dimension;
  private final int planes;
  private final CellValue cellValue;
  /** Of the planes of the first repetition, then of the second, and so on. */
  private final float[] normals;
  /** What the product with each plane must exceed: that of the centre. */
  private final float[] thresholds;
  /** The centre as each repetition projects it, null if there is none. */
  private final float[] projectedCentre;
  private final int[] sketchIndex;
  private final float[] sketchSign;

  /** An encoder without centre. */
  public FixedDimensionalEncoder(EncodingOptions options, int dimension) {
    this(options, dimension, null);
  }

  /** An encoder of directions. */
  public FixedDimensionalEncoder(EncodingOptions options, int dimension, float[] centre) {
    this(options, dimension, centre, CellValue.DIRECTION);
  }

  /**
   * @param dimension of the vectors, at least {@link EncodingOptions#projectionDimension}
   * @param centre the mean of vectors of length one such as are encoded, so no longer than one itself; null for none. Encodings with
   *     different centres cannot be compared.
   */
  public FixedDimensionalEncoder(EncodingOptions options, int dimension, float[] centre, CellValue cellValue) {
    if (options.projectionDimension() > dimension) {
      throw new IllegalArgumentException("[projection_dimension] must be at most the dimension of the vectors, "
          + dimension + ", got " + options.projectionDimension());
    }
    if (centre != null) {
      check(centre, dimension);
    }
    this.options = options;
    this.dimension = dimension;
    this.cellValue = Objects.requireNonNull(cellValue);
    this.planes = options.repetitions() * options.partitionBits();
    SplittableRandom random = new SplittableRandom(options.seed());
    this.normals = new float[planes * dimension];
    for (int plane = 0; plane < planes; plane++) {
      for (int i = 0; i < dimension; i++) {
        normals[plane * dimension + i] = normal(random);
      }
    }
    this.sketchIndex = new int[options.repetitions() * dimension];
    this.sketchSign = new float[options.repetitions() * dimension];
    for (int i = 0; i < sketchIndex.length; i++) {
      sketchIndex[i] = random.nextInt(options.projectionDimension());
      sketchSign[i] = random.nextInt() < 0 ? -1 : 1;
    }
    this.thresholds = new float[planes];
    for (int plane = 0; plane < planes && centre != null; plane++) {
      thresholds[plane] = product(centre, plane);
    }
    this.projectedCentre = centre == null ? null : projected(centre);
  }

  private static void check(float[] centre, int dimension) {
    if (centre.length != dimension) {
      throw new IllegalArgumentException("the centre must have the dimension " + dimension + ", got " + centre.length);
    }
    double squares = 0;
    for (float x : centre) {
      squares += (double) x * x;
    }
    if (!(squares <= MAX_SQUARED_CENTRE)) {
      throw new IllegalArgumentException(
          "the centre must be the mean of vectors of length 1, so no longer than that, got the length "
              + Math.sqrt(squares));
    }
  }

  private float[] projected(float[] centre) {
    int projected = options.projectionDimension();
    float[] all = new float[options.repetitions() * projected];
    Partition partition = new Partition();
    for (int repetition = 0; repetition < options.repetitions(); repetition++) {
      partition.add(centre, 0, repetition, all, repetition * projected);
    }
    return all;
  }

  /** An encoder with given hyperplanes and no projection. */
  FixedDimensionalEncoder(EncodingOptions options, int dimension, CellValue cellValue, float[] normals) {
    this.options = options;
    this.dimension = dimension;
    this.cellValue = cellValue;
    this.planes = options.repetitions() * options.partitionBits();
    this.normals = normals;
    this.thresholds = new float[planes];
    this.projectedCentre = null;
    this.sketchIndex = new int[0];
    this.sketchSign = new float[0];
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
    int[] cellOf = cells(vectors);
    Partition partition = new Partition();
    for (int repetition = 0; repetition < options.repetitions(); repetition++) {
      partition.fill(vectors, cellOf, repetition);
      for (int cell = 0; cell < options.cells(); cell++) {
        int at = (repetition * options.cells() + cell) * options.projectionDimension();
        if (isDocument) {
          partition.documentCell(cell, encoding, at);
          takeCentre(repetition, encoding, at);
        } else {
          partition.addCell(cell, encoding, at);
        }
      }
    }
    return encoding;
  }

  private void takeCentre(int repetition, float[] encoding, int at) {
    if (projectedCentre != null) {
      int projected = options.projectionDimension();
      for (int i = 0; i < projected; i++) {
        encoding[at + i] -= projectedCentre[repetition * projected + i];
      }
    }
  }

  /**
   * What the product of a query's encoding with that of any document lacks for the centre, which was taken from the document's.
   * Both together, over the number of repetitions, are the estimate of MaxSim.
   */
  public float productWithCentre(float[] encodedQuery) {
    double sum = 0;
    if (projectedCentre != null) {
      int projected = options.projectionDimension();
      for (int i = 0; i < encodedQuery.length; i++) {
        int repetition = i / (options.cells() * projected);
        sum += (double) encodedQuery[i] * projectedCentre[repetition * projected + i % projected];
      }
    }
    return (float) sum;
  }

  /** The cells of all vectors in the first repetition, then in the second, and so on. */
  private int[] cells(TokenVectors vectors) {
    int count = vectors.count();
    int[] cells = new int[options.repetitions() * count];
    float[] vector = new float[dimension];
    for (int token = 0; token < count; token++) {
      System.arraycopy(vectors.values(), token * dimension, vector, 0, dimension);
      for (int plane = 0; plane < planes; plane++) {
        int bit = product(vector, plane) > thresholds[plane] ? 1 : 0;
        int at = plane / options.partitionBits() * count + token;
        cells[at] = cells[at] << 1 | bit;
      }
    }
    return cells;
  }

  /** The same bits on all hardware, as the kernel promises. */
  private float product(float[] vector, int plane) {
    return KERNEL.dot(vector, normals, plane * dimension);
  }

  /** The cells of one repetition, for one set of vectors. */
  private final class Partition {

    private final int projected = options.projectionDimension();
    private final float[] sums = new float[options.cells() * projected];
    private final int[] counts = new int[options.cells()];
    private final int[] taken = new int[options.cells()];
    private final float[] signed = new float[dimension];
    private int takenCount;

    void fill(TokenVectors vectors, int[] cellOf, int repetition) {
      Arrays.fill(sums, 0);
      Arrays.fill(counts, 0);
      int first = repetition * vectors.count();
      for (int token = 0; token < vectors.count(); token++) {
        counts[cellOf[first + token]]++;
      }
      takenCount = 0;
      for (int cell = 0; cell < counts.length; cell++) {
        if (counts[cell] > 0) {
          taken[takenCount++] = cell;
        }
      }
      for (int token = 0; token < vectors.count(); token++) {
        add(vectors.values(), token * dimension, repetition, sums, cellOf[first + token] * projected);
      }
    }

    /** Adds a vector as the repetition projects it. */
    void add(float[] values, int from, int repetition, float[] to, int at) {
      if (projected == dimension) {
        sum(values, from, to, at);
      } else {
        project(values, from, repetition * dimension, to, at);
      }
    }

    /** By the kernel, because the compiler makes no SIMD of a loop whose arrays might be one. */
    private void sum(float[] values, int from, float[] to, int at) {
      KERNEL.addProducts(ONE, 0, 1, values, from, projected, to, at);
    }

    private void project(float[] values, int from, int row, float[] to, int at) {
      for (int i = 0; i < dimension; i++) {
        signed[i] = sketchSign[row + i] * values[from + i];
      }
      for (int i = 0; i < dimension; i++) {
        to[at + sketchIndex[row + i]] += signed[i];
      }
    }

    /** Of a cell without vectors that of the nearest ones that have some. */
    void documentCell(int cell, float[] encoding, int at) {
      int nearest = counts[cell] > 0 ? 0 : Integer.MAX_VALUE;
      for (int i = 0; i < takenCount && nearest > 0; i++) {
        nearest = Math.min(nearest, Integer.bitCount(cell ^ taken[i]));
      }
      int count = 0;
      for (int i = 0; i < takenCount; i++) {
        if (Integer.bitCount(cell ^ taken[i]) == nearest) {
          count += counts[taken[i]];
          addCell(taken[i], encoding, at);
        }
      }
      float scale = cellValue == CellValue.MEAN ? 1f / count : inverseLength(encoding, at);
      for (int i = at; i < at + projected; i++) {
        encoding[i] *= scale;
      }
    }

    void addCell(int cell, float[] encoding, int at) {
      sum(sums, cell * projected, encoding, at);
    }

    private float inverseLength(float[] encoding, int at) {
      double squares = 0;
      for (int i = at; i < at + projected; i++) {
        squares += (double) encoding[i] * encoding[i];
      }
      return squares > 0 ? (float) (1 / Math.sqrt(squares)) : 0;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FixedDimensionalEncoder that && dimension == that.dimension && cellValue == that.cellValue
        && options.equals(that.options) && Arrays.equals(projectedCentre, that.projectedCentre)
        && Arrays.equals(thresholds, that.thresholds);
  }

  @Override
  public int hashCode() {
    return Objects.hash(dimension, cellValue, options, Arrays.hashCode(projectedCentre), Arrays.hashCode(thresholds));
  }
}
