package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.KnnCollector;

/**
 * One search of the codes of a field: reads the cells in the order of their centres' closeness until enough vectors were seen, keeps those with the best
 * estimates, and scores them in full precision as deeply as the error of the estimates asks.
 */
final class CellSearch {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A candidate is scored unless it would have to be better than estimated by so many times the expected error. */
  private static final float ERRORS = 2;

  /** Vectors to read for each of the collector's k, as a multiple of the square root of the number there is. */
  private static final double EFFORT = 0.5;

  /** Candidates to keep for each wanted result, besides itself, with codes of one bit a dimension; with more bits, so many times fewer. */
  private static final double CANDIDATES = 9;

  private final Cells cells;
  private final KnnVectorValues values;
  private final FullPrecision fullPrecision;
  private final KnnCollector collector;
  private final Filter filter;
  private final Query query;
  private final Kernel kernel = Kernels.best();
  private final BlockScorer scorer;
  private final BlockInput blocks;
  private final Cells.Centres centres;
  private final int k;
  private final float oversample;
  private final CandidatePool pool;

  /** @param fullPrecision null if there are only codes: then estimates are collected */
  CellSearch(Cells cells, float[] target, KnnVectorValues values, FullPrecision fullPrecision, KnnCollector collector,
      Filter filter) throws IOException {
    this.cells = cells;
    this.values = values;
    this.fullPrecision = fullPrecision;
    this.collector = collector;
    this.filter = filter;
    this.query = cells.query(target);
    this.scorer = new BlockScorer(kernel, cells.layout(), cells.codeTables(query));
    this.blocks = cells.openBlocks();
    this.centres = cells.openCentreFloats();
    RescoreStrategy strategy = RescoreStrategy.of(collector.getSearchStrategy());
    this.k = strategy == null ? collector.k() : Math.min(strategy.k(), collector.k());
    this.oversample = strategy == null ? RescoreStrategy.BY_ERROR_BOUND : strategy.oversample();
    this.pool = new CandidatePool((int) Math.min(cells.vectors(), wantedCandidates()));
  }

  /** The fewer bits, the more of the best estimates are not the best; and whoever looks widely wants to miss little. */
  private double wantedCandidates() {
    if (fullPrecision == null) {
      return collector.k();
    }
    if (oversample != RescoreStrategy.BY_ERROR_BOUND) {
      return Math.ceil((double) k * oversample);
    }
    return k + (CANDIDATES * k + collector.k()) / cells.bitsPerDimension();
  }

  /** @param passing about how many vectors pass the filter */
  void search(int passing) throws IOException {
    scan(Math.max(Kernel.LANES, (long) (EFFORT * collector.k() * Math.sqrt(passing))));
    if (fullPrecision == null) {
      collectEstimates();
    } else {
      rescore();
    }
  }

  private void collectEstimates() throws IOException {
    int size = pool.finish(collector.k());
    for (int i = 0; i < size; i++) {
      collector.collect(values.ordToDoc(ordinalAt(pool.positionAt(i))), query.score(pool.estimateAt(i)));
    }
  }

  private void scan(long budget) throws IOException {
    int[] order = cells.cells() == 1 ? new int[1] : CellOrder.byCloseness(cells, query, kernel);
    float slack = ERRORS * cells.topError() * query.length();
    prefetch(order, budget);
    long seen = 0;
    for (int i = 0; i < order.length && seen < budget && !collector.earlyTerminated(); i++) {
      seen += scanCell(order[i], slack);
    }
  }

  /** Asks for all cells before reading any, so that a disk can work on them together. */
  private void prefetch(int[] order, long budget) throws IOException {
    long seen = 0;
    for (int i = 0; i < order.length && seen < budget; i++) {
      int size = cells.vectors(order[i]);
      if (size > 0) {
        blocks.prefetch(cells.firstBlock(order[i]), BlockLayout.blocks(size));
      }
      seen += size;
    }
  }

  private int scanCell(int cell, float slack) throws IOException {
    int size = cells.vectors(cell);
    int first = cells.firstBlock(cell);
    int count = BlockLayout.blocks(size);
    if (count == 0) {
      return 0;
    }
    blocks.seek(first, count);
    float centre = cells.cells() == 1 ? 0 : query.product(centres.of(cell), kernel);
    int seen = 0;
    for (int block = 0; block < count && !collector.earlyTerminated(); block++) {
      int lanes = block == count - 1 ? -1 >>> (count * Kernel.LANES - size) : -1;
      seen += scanBlock(blocks.offset() + (long) block * cells.layout().bytes(), first + block, lanes, centre,
          slack);
    }
    return seen;
  }

  /** @param centre what the cell's centre adds to each estimate */
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

  /** Scores the best estimates first; their k-th best score then tells which of the others can still be among the best. */
  private void rescore() throws IOException {
    int first = oversample == RescoreStrategy.BY_ERROR_BOUND ? 2 * Math.min(k, cells.vectors()) : Integer.MAX_VALUE;
    int size = pool.finish(first);
    if (size == 0) {
      return;
    }
    int sure = Math.min(first, size);
    int[] ordinals = new int[size];
    for (int i = 0; i < sure; i++) {
      ordinals[i] = ordinalAt(pool.positionAt(i));
    }
    BestScores best = new BestScores(Math.min(k, size));
    fullPrecision.score(ordinals, sure, best);
    float bound = Math.max(best.worst(), collector.minCompetitiveSimilarity());
    float slack = ERRORS * cells.error() * query.length();
    int count = 0;
    for (int i = sure; i < size; i++) {
      int position = pool.positionAt(i);
      if (query.score(pool.estimateAt(i) + slack * factorAt(position)) >= bound) {
        ordinals[count++] = ordinalAt(position);
      }
    }
    fullPrecision.score(ordinals, count, best);
  }

  private float factorAt(int position) throws IOException {
    blocks.seek(position / Kernel.LANES, 1);
    return blocks.segment()
        .get(FLOAT, blocks.offset() + BlockLayout.FACTORS + (long) (position % Kernel.LANES) * Float.BYTES);
  }

  private int ordinalAt(int position) throws IOException {
    blocks.seek(position / Kernel.LANES, 1);
    int ordinal = blocks.segment()
        .get(INT, blocks.offset() + BlockLayout.ORDINALS + (long) (position % Kernel.LANES) * Integer.BYTES);
    if (ordinal < 0 || ordinal >= cells.vectors()) {
      throw new CorruptIndexException("no such ordinal: " + ordinal, cells.resource());
    }
    return ordinal;
  }
}
