package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.util.Bits;

/** A search that reads the cells in the order of their centres' closeness until enough vectors were seen. */
final class CellSearch extends CodeSearch {

  /** Vectors to read for each of the collector's k, as a multiple of the square root of the number there is. */
  private static final double EFFORT = 0.5;

  /** Of the results from which neighbours are followed, more than these need no more vectors to be read: some lead to the others. */
  static final int LEADING = 32;

  /** That holds where more than this part of all vectors passes; where fewer do, too many of the neighbours do not. */
  private static final double NEARLY_ALL = 0.9;

  /**
   * With one bit a dimension centres are multiplied with the query in the nearest cells only: these have most of what is found, and vectors that are much
   * closer to their centre than to others are told apart by it alone. To read hundreds of centres takes up to a fifth of a search.
   */
  private static final int NEAR = 32;

  /**
   * A vector is estimated by all planes unless it would have to be better than the heaviest one says by so many times the expected difference. Those that are
   * missed by it would be the last of the candidates.
   */
  private static final float TOP_ERRORS = 1;

  private final Filter filter;
  private final Bits accepted;
  private final boolean followsNeighbours;
  private final long budget;
  private final Kernel kernel = Kernels.best();
  private final BlockScorer scorer;
  private final BlockInput blocks;
  private final CellBlocks cellBlocks;
  private final CentreProducts centres;
  /** The centres of so many of the first cells are multiplied with the query, those of the others estimated. */
  private final int exactCentres;

  /**
   * @param fullPrecision null if there are only codes
   * @param accepted by ordinal; null if everything passes
   * @param filter the same by block; null if everything passes
   * @param passing about how many vectors pass the filter
   */
  CellSearch(Cells cells, float[] target, KnnVectorValues values, FullPrecision fullPrecision, KnnCollector collector,
      Bits accepted, Filter filter, int passing) throws IOException {
    super(cells, target, values, fullPrecision, collector, cells.bitsPerDimension());
    this.filter = filter;
    this.accepted = accepted;
    this.followsNeighbours = cells.keepsNeighbours();
    this.budget = followsNeighbours ? budgetToFollow(collector, passing, cells.vectors(), k)
        : budget(collector, passing);
    this.scorer = new BlockScorer(kernel, cells.layout(), cells.codeTables(query));
    this.blocks = cells.openBlocks();
    this.cellBlocks = cells.blocks();
    this.centres = cells.centreProducts(query, kernel);
    this.exactCentres = cells.bitsPerDimension() < 2 ? Math.min(NEAR, cells.centres()) : cells.centres();
  }

  /** How many vectors that pass are seen, if there are so many. */
  static long budget(KnnCollector collector, int passing) {
    return Math.max(Kernel.LANES, (long) (EFFORT * collector.k() * Math.sqrt(passing)));
  }

  /** The same where neighbours are followed, of so many vectors and for so many results in the end. */
  static long budgetToFollow(KnnCollector collector, int passing, int vectors, int k) {
    long budget = budget(collector, passing);
    int led = Math.max(0, Math.min(k, NeighbourSearch.mostFollowed(vectors)) - LEADING);
    return passing > NEARLY_ALL * vectors ? Math.max(Kernel.LANES, budget * (k - led) / k) : budget;
  }

  @Override
  void scan() throws IOException {
    CellOrder order = CellOrder.of(cells, query, kernel);
    float slack = TOP_ERRORS * cells.topError() * query.length();
    prefetch(order);
    long seen = 0;
    for (int i = 0; i < order.size() && seen < budget && !collector.earlyTerminated(); i++) {
      int cell = order.cell(i);
      seen += scanCell(cell, i < exactCentres ? centres.of(cell) : order.product(cell), slack);
    }
  }

  /** Asks for all cells before reading any, so that a disk can work on them together. */
  private void prefetch(CellOrder order) throws IOException {
    long seen = 0;
    for (int i = 0; i < order.size() && seen < budget; i++) {
      int cell = order.cell(i);
      int size = cellBlocks.size(cell);
      if (size > 0) {
        blocks.prefetch(cellBlocks.firstBlock(cell), cellBlocks.count(cell));
      }
      seen += size;
    }
  }

  /** @param centre what the cell's centre adds to each estimate */
  private int scanCell(int cell, float centre, float slack) throws IOException {
    if (cellBlocks.size(cell) == 0) {
      return 0;
    }
    int first = cellBlocks.firstBlock(cell);
    int end = first + cellBlocks.count(cell);
    blocks.seek(first, end - first);
    long at = blocks.offset();
    int blockBytes = cells.layout().bytes();
    int seen = 0;
    for (int block = first; block < end && !collector.earlyTerminated(); block++) {
      seen += scanBlock(at, block, cellBlocks.lanes(cell, block), centre, slack);
      at += blockBytes;
    }
    return seen;
  }

  private int scanBlock(long at, int block, int allLanes, float centre, float slack) throws IOException {
    MemorySegment segment = blocks.segment();
    int lanes = filter == null ? allLanes : filter.lanes(block, segment, at + BlockLayout.ORDINALS, allLanes);
    if (lanes == 0) {
      return 0;
    }
    int above = lanes & scorer.score(segment, at, pool.bound() - centre, slack, lanes);
    while (above != 0) {
      int lane = Integer.numberOfTrailingZeros(above);
      above &= above - 1;
      pool.add(scorer.estimates()[lane] + centre, block * Kernel.LANES + lane);
    }
    int count = Integer.bitCount(lanes);
    collector.incVisitedCount(count);
    return count;
  }

  @Override
  void goOn(int[] scored, int count, BestScores best) throws IOException {
    if (followsNeighbours) {
      new NeighbourSearch(cells, query, fullPrecision, collector, accepted).search(scored, count, best);
    }
  }

  @Override
  float factorAt(int position) throws IOException {
    blocks.seek(position / Kernel.LANES, 1);
    return blocks.segment()
        .get(BlockInput.FLOAT, blocks.offset() + BlockLayout.FACTORS + (long) (position % Kernel.LANES) * Float.BYTES);
  }

  @Override
  int ordinalAt(int position) throws IOException {
    blocks.seek(position / Kernel.LANES, 1);
    int ordinal = blocks.segment()
        .get(BlockInput.INT, blocks.offset() + BlockLayout.ORDINALS + (long) (position % Kernel.LANES) * Integer.BYTES);
    if (ordinal < 0 || ordinal >= cells.vectors()) {
      throw new CorruptIndexException("no such ordinal: " + ordinal, cells.resource());
    }
    return ordinal;
  }

  @Override
  float error() {
    return cells.error();
  }
}
