package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.io.IOException;

/** Orders cells by the closeness of their centres to a query, roughly: by a bucket sort, since the order within a bucket does not matter. */
final class CellOrder {

  private static final int BUCKETS = 256;

  private CellOrder() {}

  static int[] byCloseness(Cells cells, Query query, Kernel kernel) throws IOException {
    float[] closeness = closeness(cells, query, kernel);
    int count = cells.cells();
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

  private static float[] closeness(Cells cells, Query query, Kernel kernel) throws IOException {
    BlockLayout layout = cells.centreLayout();
    BlockScorer scorer = new BlockScorer(kernel, layout, cells.centreTables(query));
    BlockInput centres = cells.openCentres();
    int blocks = BlockLayout.blocks(cells.cells());
    float[] closeness = new float[blocks * Kernel.LANES];
    centres.seek(0, blocks);
    for (int block = 0; block < blocks; block++) {
      scorer.score(centres.segment(), centres.offset() + (long) block * layout.bytes(), Float.NEGATIVE_INFINITY, 0, -1);
      System.arraycopy(scorer.estimates(), 0, closeness, block * Kernel.LANES, Kernel.LANES);
    }
    return closeness;
  }
}
