package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Evenly spaced levels for each dimension of a randomly rotated residual: what binary and scalar codes are. Learns nothing. */
final class GridQuantizer implements TrainedQuantizer {

  private static final float[] NOTHING = {};

  private final VectorQuantizer kind;
  private final int dimension;
  private final Rotation rotation;

  GridQuantizer(VectorQuantizer kind, int dimension) {
    this.kind = kind;
    this.dimension = dimension;
    this.rotation = new Rotation(dimension, Rotation.SEED);
  }

  static int planeBytes(int dimension) {
    return (dimension + 7) / 8;
  }

  @Override
  public VectorQuantizer kind() {
    return kind;
  }

  @Override
  public float[] learned() {
    return NOTHING;
  }

  @Override
  public Encoder encoder() {
    return new GridEncoder(dimension, kind.bits(), rotation);
  }

  @Override
  public QueryTables tables(QueryResidual residual) {
    return new Tables(rotated(residual), kind.bits());
  }

  float[] rotated(QueryResidual residual) {
    return residual.rotated(rotation);
  }

  @Override
  public void decode(byte[] code, float[] residual) {
    int bits = kind.bits();
    int planeBytes = planeBytes(dimension);
    Arrays.fill(residual, -((1 << bits) - 1) / 2f);
    for (int plane = 0; plane < bits; plane++) {
      for (int i = 0; i < dimension; i++) {
        residual[i] += ((code[plane * planeBytes + (i >> 3)] >> (i & 7)) & 1) << plane;
      }
    }
    rotation.invert(residual);
  }

  @Override
  public String toString() {
    return kind.bits() + " bits a dimension";
  }

  /** The same table serves all planes. */
  private static final class Tables implements QueryTables {

    private final float[] rotated;
    private final int bits;
    private QueryTable top;
    private Planes planes;

    Tables(float[] rotated, int bits) {
      this.rotated = rotated;
      this.bits = bits;
    }

    @Override
    public QueryTable top() {
      if (top == null) {
        top = QueryTable.coarse(rotated);
      }
      return top;
    }

    @Override
    public Whole whole() {
      if (planes == null && bits > 1) {
        planes = new Planes(QueryTable.fine(rotated), bits);
      }
      return planes;
    }
  }

  /** Adds the planes by their weights: sums are in units of the lightest. */
  private static final class Planes implements QueryTables.Whole {

    private final QueryTable table;
    private final int bits;
    private final int[] planeSums = new int[Kernel.LANES];

    Planes(QueryTable table, int bits) {
      this.table = table;
      this.bits = bits;
    }

    @Override
    public void lookUp(Kernel kernel, MemorySegment segment, long planes, int rows, int lanes, int[] sums) {
      long planeBytes = (long) rows * Kernel.LANES;
      kernel.lookUpFine(segment, planes + (bits - 1) * planeBytes, rows, table.entries(), sums);
      for (int plane = bits - 2; plane >= 0; plane--) {
        kernel.lookUpFine(segment, planes + plane * planeBytes, rows, table.entries(), planeSums);
        for (int lane = 0; lane < Kernel.LANES; lane++) {
          sums[lane] = 2 * sums[lane] + planeSums[lane];
        }
      }
    }

    @Override
    public float step() {
      return table.step();
    }

    @Override
    public float floor() {
      return table.floor() * ((1 << bits) - 1);
    }
  }
}
