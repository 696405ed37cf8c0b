package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import java.lang.foreign.MemorySegment;

/**
 * The rotation and the centroids of a {@link ProductQuantizer}. On the heap are a matrix for each block of the rotation and the centroids: at 384 dimensions 0.6
 * MB.
 *
 * <p>Centroids of eight bits are numbered so that those with the same high nibble are near each other: then the high nibbles alone are a product code of
 * sixteen centroids, the means of each sixteen, which tells most vectors apart from the best (André, Kermarrec and Le Scouarnec, "Quicker ADC", PAMI 2021).
 */
final class TrainedProduct implements TrainedQuantizer {

  private static final int GROUPS = 16;

  private final ProductQuantizer kind;
  private final Split split;
  private final float[] learned;
  private final BlockRotation rotation;
  private final Centroids centroids;
  private final Centroids groups;
  private final int unused;

  /** @param learned the matrices of the rotation, then the coordinates of the centroids */
  TrainedProduct(ProductQuantizer kind, int dimension, float[] learned) {
    this(kind, kind.split(dimension), learned, 0);
  }

  private TrainedProduct(ProductQuantizer kind, Split split, float[] learned, int unused) {
    this.kind = kind;
    this.split = split;
    this.learned = learned;
    this.unused = unused;
    this.rotation = new BlockRotation(split, learned);
    int first = (int) BlockRotation.floats(split);
    this.centroids = new Centroids(split, kind.centroids(), learned, first);
    this.groups = kind.planes() == 1 ? centroids : groups();
  }

  static TrainedProduct learn(ProductQuantizer kind, float[][] residuals, int dimension) {
    Split split = kind.split(dimension);
    float[] learned = new float[Math.toIntExact(kind.learnedFloats(dimension))];
    BlockRotation.learn(split, residuals, learned);
    BlockRotation rotation = new BlockRotation(split, learned);
    rotation.apply(residuals, residuals.length);
    Centroids centroids = new Centroids(split, kind.centroids(), learned, (int) BlockRotation.floats(split));
    int unused = 0;
    for (int part = 0; part < split.parts() && residuals.length > 0; part++) {
      unused += kind.centroids() - new CentroidLearner(centroids, learned, split, part, residuals).learn();
      if (kind.planes() > 1) {
        CentroidGroups.order(centroids, learned, part, split.length(part), GROUPS);
      }
    }
    return new TrainedProduct(kind, split, learned, unused);
  }

  /** The means of each sixteen centroids. */
  private Centroids groups() {
    float[] columns = new float[split.dimension() * GROUPS];
    Centroids means = new Centroids(split, GROUPS, columns, 0);
    for (int part = 0; part < split.parts(); part++) {
      for (int d = 0; d < split.length(part); d++) {
        for (int centroid = 0; centroid < centroids.count(); centroid++) {
          columns[means.at(part, d) + centroid / GROUPS] += centroids.coordinate(part, centroid, d) / GROUPS;
        }
      }
      means.measure(part);
    }
    return means;
  }

  @Override
  public VectorQuantizer kind() {
    return kind;
  }

  @Override
  public float[] learned() {
    return learned;
  }

  @Override
  public Encoder encoder() {
    return new ProductEncoder(kind, split, rotation, centroids, groups);
  }

  @Override
  public QueryTables tables(QueryResidual residual) {
    float[] rotated = residual.coordinates().clone();
    rotation.apply(new float[][] {rotated}, 1);
    return new Tables(rotated);
  }

  @Override
  public String toString() {
    int all = split.parts() * centroids.count();
    return split.parts() + " sub-vectors of " + kind.bits() + " bits, " + (all - unused) + " of " + all
        + " centroids in use";
  }

  private final class Tables implements QueryTables {

    private final float[] rotated;
    private final QueryTable top;
    private Fine fine;

    Tables(float[] rotated) {
      this.rotated = rotated;
      this.top = table(groups, Kernel.MAX_COARSE_ENTRY);
    }

    /** The padding has no products, and codes of nothing but zeros. */
    private QueryTable table(Centroids of, int maxEntry) {
      int nibbles = 2 * QueryTable.rows(kind.planeBytes(split.dimension()));
      float[] products = new float[nibbles * of.count()];
      of.products(rotated, products);
      return QueryTable.ofProducts(products, split.parts(), of.count(), maxEntry);
    }

    @Override
    public QueryTable top() {
      return top;
    }

    @Override
    public Whole whole() {
      if (fine == null) {
        fine = new Fine(table(centroids, Kernel.MAX_FINE_ENTRY), kind.planes() > 1);
      }
      return fine;
    }
  }

  /** Where there are two planes, both nibbles of a sub-vector make one index. */
  private record Fine(QueryTable table, boolean pairs) implements QueryTables.Whole {

    @Override
    public void lookUp(Kernel kernel, MemorySegment segment, long planes, int rows, int lanes, int[] sums) {
      if (pairs) {
        kernel.lookUpPairs(segment, planes, planes + (long) rows * Kernel.LANES, rows, table.entries(), lanes, sums);
      } else {
        kernel.lookUpFine(segment, planes, rows, table.entries(), sums);
      }
    }

    @Override
    public float step() {
      return table.step();
    }

    @Override
    public float floor() {
      return table.floor();
    }
  }
}
