package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.util.Bits;

/**
 * One search of the codes of a field: reads the cells in the order of their centres' closeness until enough vectors were seen, keeps those with the best
 * estimates, and scores them in full precision as deeply as the error of the estimates asks.
 */
final class CellSearch {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A candidate is scored unless it would have to be better than estimated by so many times the expected error. */
  private static final float ERRORS = Float.parseFloat(System.getProperty("errors", "2"));

  /** Vectors to read for each of the collector's k, as a multiple of the square root of the number there is. */
  private static final double EFFORT = Double.parseDouble(System.getProperty("effort", "0.5"));

  private final Cells cells;
  private final FullPrecision fullPrecision;
  private final KnnCollector collector;
  private final VectorEncoder.Query query;
  private final Kernel kernel = Kernels.best();
  private final BlockScorer scorer;
  private final int k;
  private final float oversample;
  private final CandidatePool pool;
  private Bits accepted;

  CellSearch(Cells cells, float[] target, FullPrecision fullPrecision, KnnCollector collector) {
    this.cells = cells;
    this.fullPrecision = fullPrecision;
    this.collector = collector;
    this.query = cells.encoder().query(VectorEncoder.normalize(cells.similarity(), target));
    this.scorer = new BlockScorer(kernel, cells.layout(), query.table());
    RescoreStrategy strategy = collector.getSearchStrategy() instanceof RescoreStrategy rescore ? rescore : null;
    this.k = strategy == null ? collector.k() : Math.min(strategy.k(), collector.k());
    this.oversample = strategy == null ? RescoreStrategy.BY_ERROR_BOUND : strategy.oversample();
    this.pool = new CandidatePool(poolSize());
  }

  /** How many candidates there may be: the fewer bits, the more of the best estimates are not the best. */
  private int poolSize() {
    double wanted = oversample == RescoreStrategy.BY_ERROR_BOUND
        ? collector.k() * Math.max(1.0, 4.0 / cells.layout().planes())
        : Math.ceil((double) k * oversample);
    return (int) Math.min(cells.vectors(), wanted);
  }

  void search(AcceptDocs acceptDocs, int passing) throws IOException {
    accepted = fullPrecision.acceptedOrdinals(acceptDocs.bits());
    scan(Math.max(Kernel.LANES, (long) (EFFORT * collector.k() * Math.sqrt(passing))));
    rescore();
  }

  private void scan(long budget) throws IOException {
    BlockInput blocks = cells.openBlocks();
    int[] order = cells.cells() == 1 ? new int[1] : CellOrder.byCloseness(cells, query, kernel);
    float topSlack = ERRORS * cells.topError() * query.table().length();
    long seen = 0;
    for (int i = 0; i < order.length && seen < budget; i++) {
      int cell = order[i];
      int size = cells.vectors(cell);
      int first = cells.firstBlock(cell);
      if (size > 0) {
        blocks.seek(first, BlockLayout.blocks(size));
      }
      for (int start = 0; start < size; start += Kernel.LANES) {
        if (collector.earlyTerminated()) {
          return;
        }
        int block = start / Kernel.LANES;
        seen += scanBlock(blocks.segment(), blocks.offset() + (long) block * cells.layout().bytes(), first + block,
            Math.min(Kernel.LANES, size - start),
            topSlack);
      }
    }
  }

  private int scanBlock(MemorySegment segment, long at, int block, int size, float topSlack) throws IOException {
    int lanes = size == Kernel.LANES ? -1 : (1 << size) - 1;
    if (accepted != null) {
      lanes = accepted(segment, at, size);
      if (lanes == 0) {
        return 0;
      }
    }
    int above = lanes & scorer.score(segment, at, pool.bound(), topSlack, lanes);
    while (above != 0) {
      int lane = Integer.numberOfTrailingZeros(above);
      above &= above - 1;
      pool.add(scorer.estimates()[lane], block * Kernel.LANES + lane);
    }
    int count = Integer.bitCount(lanes);
    collector.incVisitedCount(count);
    return count;
  }

  private int accepted(MemorySegment segment, long at, int size) throws IOException {
    int lanes = 0;
    for (int lane = 0; lane < size; lane++) {
      if (accepted.get(ordinal(segment, at, lane))) {
        lanes |= 1 << lane;
      }
    }
    return lanes;
  }

  private int ordinal(MemorySegment block, long at, int lane) throws IOException {
    int ordinal = block.get(INT, at + BlockLayout.ORDINALS + (long) lane * Integer.BYTES);
    if (ordinal < 0 || ordinal >= cells.vectors()) {
      throw new CorruptIndexException("no such ordinal: " + ordinal, cells.resource());
    }
    return ordinal;
  }

  /** Scores the best estimates first; their k-th best score then tells which of the others can still be among the best. */
  private void rescore() throws IOException {
    int first = oversample == RescoreStrategy.BY_ERROR_BOUND ? 2 * k : Integer.MAX_VALUE;
    int size = pool.finish(first);
    int sure = Math.min(first, size);
    int[] ordinals = new int[size];
    BlockInput blocks = cells.openBlocks();
    for (int i = 0; i < sure; i++) {
      ordinals[i] = ordinalAt(blocks, pool.positionAt(i));
    }
    BestScores best = new BestScores(Math.min(k, size));
    fullPrecision.score(ordinals, sure, best);
    float bound = Math.max(best.worst(), collector.minCompetitiveSimilarity());
    float slack = ERRORS * cells.error() * query.table().length();
    int count = 0;
    for (int i = sure; i < size; i++) {
      int position = pool.positionAt(i);
      blocks.seek(position >>> 5, 1);
      float factor = blocks.segment()
          .get(FLOAT, blocks.offset() + BlockLayout.FACTORS + (long) (position & 31) * Float.BYTES);
      if (query.score(pool.estimateAt(i) + slack * factor) >= bound) {
        ordinals[count++] = ordinalAt(blocks, position);
      }
    }
    fullPrecision.score(ordinals, count, best);
  }

  private int ordinalAt(BlockInput blocks, int position) throws IOException {
    blocks.seek(position >>> 5, 1);
    return ordinal(blocks.segment(), blocks.offset(), position & 31);
  }
}
