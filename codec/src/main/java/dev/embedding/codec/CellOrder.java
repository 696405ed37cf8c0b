package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The cells in the order of their centres' closeness to a query, roughly: by a bucket sort, since the order within a bucket does not matter. Closeness is
 * estimated from the centres' codes, and with it what a centre adds to the estimates of its vectors.
 */
final class CellOrder {

  private static final int BUCKETS = 256;

  private final int[] order;
  private final float[] products;

  private CellOrder(int[] order, float[] products) {
    this.order = order;
    this.products = products;
  }

  static CellOrder of(Cells cells, Query query, Kernel kernel) throws IOException {
    if (cells.cells() == 1) {
      return new CellOrder(new int[1], new float[1]);
    }
    float[] closeness = new float[BlockLayout.blocks(cells.cells()) * Kernel.LANES];
    float[] products = new float[closeness.length];
    estimate(cells, query, kernel, closeness, products);
    return new CellOrder(byCloseness(closeness, cells.cells()), products);
  }

  int size() {
    return order.length;
  }

  int cell(int i) {
    return order[i];
  }

  /** About the product of a cell's centre less the mean with the query's residual; 0 if it is too large for a float, or there are no centres. */
  float product(int cell) {
    return products[cell];
  }

  private static void estimate(Cells cells, Query query, Kernel kernel, float[] closeness, float[] products)
      throws IOException {
    BlockLayout layout = cells.centreLayout();
    BlockScorer scorer = new BlockScorer(kernel, layout, cells.centreTables(query));
    BlockInput centres = cells.openCentres();
    int blocks = BlockLayout.blocks(cells.cells());
    centres.seek(0, blocks);
    MemorySegment segment = centres.segment();
    for (int block = 0; block < blocks; block++) {
      long at = centres.offset() + (long) block * layout.bytes();
      scorer.score(segment, at, Float.NEGATIVE_INFINITY, 0, -1);
      for (int lane = 0; lane < Kernel.LANES; lane++) {
        float estimate = scorer.estimates()[lane];
        float product = estimate - segment.get(BlockInput.FLOAT, at + BlockLayout.BASES + (long) lane * Float.BYTES);
        closeness[block * Kernel.LANES + lane] = estimate;
        products[block * Kernel.LANES + lane] = Query.orZero(product);
      }
    }
  }

  private static int[] byCloseness(float[] closeness, int count) {
    float max = Float.NEGATIVE_INFINITY;
    float min = Float.POSITIVE_INFINITY;
    for (int cell = 0; cell < count; cell++) {
      max = Math.max(max, closeness[cell]);
      min = Math.min(min, closeness[cell]);
    }
    float scale = max > min ? (BUCKETS - 1) / (max - min) : 0;
    int[] starts = new int[BUCKETS + 1];
    for (int cell = 0; cell < count; cell++) {
      starts[bucket(closeness[cell], max, scale) + 1]++;
    }
    for (int i = 1; i < BUCKETS; i++) {
      starts[i] += starts[i - 1];
    }
    int[] order = new int[count];
    for (int cell = 0; cell < count; cell++) {
      order[starts[bucket(closeness[cell], max, scale)]++] = cell;
    }
    return order;
  }

  /** What is not a number goes into the first bucket. */
  private static int bucket(float closeness, float max, float scale) {
    return Math.max(0, Math.min(BUCKETS - 1, (int) ((max - closeness) * scale)));
  }
}
