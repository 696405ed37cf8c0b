package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import dev.embedding.codec.quantization.KMeans;
import dev.embedding.codec.quantization.SignQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.TaskExecutor;
import org.apache.lucene.store.ByteArrayDataOutput;
import org.apache.lucene.store.DataOutput;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.NumericUtils;

/**
 * Finds the neighbours of the vectors of a segment. First each vector is compared with those of the closest cells, by their codes, and the best of them in
 * full precision. Then, as in NN-descent (Dong, Charikar and Li, "Efficient k-nearest neighbor graph construction for generic similarity measures", WWW
 * 2011), with the neighbours of its neighbours, by their signs, and the best in full precision: what is in a cell that was not looked at is mostly near to
 * something that was found. Lists wait in temporary files, so that the heap does not grow with them. The vectors are shared out among the threads that a merge has, in the order of the cells.
 */
final class NeighbourFinder {

  /** Neighbours in a row of the file: 19 take 3.4 MB for 100,000 vectors. With 16, up to one in a hundred less of the nearest is found. */
  static final int ROW = 19;

  /** As many of the nearest of a vector are looked for. */
  static final int NEAREST = 20;

  /**
   * Smaller segments have no rows: a search would gain at most a tenth of its time by them, as it does from here on and more the larger the segment is, and
   * they would be made again soon, as small segments are merged first. They double what indexing takes.
   */
  static final int FROM = 32_768;

  /** The codes of so many vectors are read for each, as a multiple of the square root of their number. */
  private static final double EFFORT = 8;

  /** The cells that are read are chosen from so many times as many that are close to the own one. */
  private static final double CHOICE = 3;

  /** So many of the best estimates from codes are compared in full precision, and so many of those from signs. */
  private static final int COMPARED = 32;
  private static final int COMPARED_AGAIN = 24;

  private static final int PASSES = 2;

  /** A task finds the lists of so many vectors, 160 KB; those of so many tasks, 2.6 MB, are written at once. */
  private static final int LISTS_OF_TASK = 1_024;
  private static final int TASKS = 16;

  /** Rows that are linked at once take no more bytes than this. */
  private static final long LINKED_BYTES = 16 << 20;
  private static final long LEAST_LINKED_BYTES = 1 << 20;

  private final SegmentWriteState state;
  private final String name;
  private final TrainingMemory memory;
  private final VectorSource vectors;
  private final Codebook codebook;
  private final CellMembers members;
  private final CellBlocks cellBlocks;
  private final int[] positions;
  private final EliasFanoNeighbours layout;
  private final Kernel kernel = Kernels.best();
  private final SignQuantizer signs;
  private final float[] halfSquares;

  /**
   * @param name what the names of temporary files begin with
   * @param positions of the vectors
   */
  NeighbourFinder(SegmentWriteState state, String name, TrainingMemory memory, VectorSource vectors, Codebook codebook,
      CellMembers members, CellBlocks cellBlocks, int[] positions) {
    this.state = state;
    this.name = name;
    this.memory = memory;
    this.vectors = vectors;
    this.codebook = codebook;
    this.members = members;
    this.cellBlocks = cellBlocks;
    this.positions = positions;
    this.layout = EliasFanoNeighbours.of(ROW, members.vectors());
    this.signs = new SignQuantizer(codebook.mean().length);
    this.halfSquares = KMeans.halfSquares(codebook.centres(), kernel);
  }

  /** How many neighbours the rows of a segment have; 0 if there are no rows. */
  static int neighbours(Codebook codebook, int vectors) {
    return codebook.keepsSigns() && vectors >= FROM ? ROW : 0;
  }

  /**
   * Writes the rows of neighbours of all vectors, by ordinal.
   *
   * @param blocks of codes
   * @param encoded rows that end with rows of signs
   * @param signsAt where in a row these begin
   */
  void write(TemporaryRows blocks, TemporaryRows encoded, int signsAt, DataOutput out) throws IOException {
    TemporaryRows lists = lists(() -> new ByCodes(blocks.blocks()));
    for (int pass = 0; pass < PASSES; pass++) {
      lists = improve(lists, encoded, signsAt);
    }
    try (TemporaryRows last = lists) {
      link(last, positions, out);
    }
  }

  private TemporaryRows improve(TemporaryRows lists, TemporaryRows encoded, int signsAt) throws IOException {
    try (lists;
        TemporaryRows rows = TemporaryRows.of(state, name, "links", layout.bytes(), to -> link(lists, null, to))) {
      return lists(() -> new ByNeighbours(lists.in(), rows.blocks(), encoded.blocks(), signsAt));
    }
  }

  /** The lists of all vectors, in the order of the cells. */
  private TemporaryRows lists(ListFinders finders) throws IOException {
    return TemporaryRows.of(state, name, "nearest", NEAREST * NearestList.BYTES, to -> {
      TaskExecutor executor = new TaskExecutor(vectors.executor());
      List<Callable<byte[]>> tasks = new ArrayList<>();
      for (int from = 0; from < members.vectors(); from += LISTS_OF_TASK) {
        int first = from;
        int end = Math.min(members.vectors(), from + LISTS_OF_TASK);
        tasks.add(() -> finders.open().lists(first, end));
        if (tasks.size() == TASKS || end == members.vectors()) {
          for (byte[] lists : executor.invokeAll(tasks)) {
            to.writeBytes(lists, lists.length);
          }
          tasks.clear();
        }
      }
    });
  }

  private void link(TemporaryRows lists, int[] notOfOwnCell, DataOutput out) throws IOException {
    long wanted = Math.min(LINKED_BYTES, (long) members.vectors() * NeighbourLinker.ROW_BYTES);
    long reserved = memory.reserve(wanted, Math.min(wanted, LEAST_LINKED_BYTES));
    try {
      NeighbourLinker.write(lists, members, cellBlocks, layout, notOfOwnCell,
          (int) (reserved / NeighbourLinker.ROW_BYTES), out);
    } finally {
      memory.release(reserved);
    }
  }

  private interface ListFinders {

    ListFinder open() throws IOException;
  }

  /** Finds the lists of some vectors, in one thread. */
  private abstract class ListFinder {

    private final VectorSource own = vectors.forTask();
    final float[] vector = new float[codebook.mean().length];
    final NearestList nearest = new NearestList(NEAREST);

    ListFinder() throws IOException {}

    /** Finds the lists of a range of places. */
    final byte[] lists(int from, int end) throws IOException {
      byte[] lists = new byte[(end - from) * NEAREST * NearestList.BYTES];
      DataOutput out = new ByteArrayDataOutput(lists);
      for (int place = from; place < end; place++) {
        find(place);
        nearest.write(out);
      }
      return lists;
    }

    /** Finds the nearest of the vector in a place. */
    abstract void find(int place) throws IOException;

    /** Takes the next vector; returns it as a query. */
    final Query take(int ordinal) throws IOException {
      System.arraycopy(own.vector(ordinal), 0, vector, 0, vector.length);
      return new Query(codebook.similarity(), VectorEncoder.normalize(codebook.similarity(), vector), codebook.mean());
    }

    /** Compares the vector that was taken with the best of a pool. */
    final void compare(int ordinal, CandidatePool pool, int most) throws IOException {
      int size = pool.finish(most);
      for (int i = 0; i < Math.min(most, size); i++) {
        int other = pool.positionAt(i);
        if (other != ordinal) {
          nearest.offer(other, codebook.similarity().compare(vector, own.vector(other)));
        }
      }
    }
  }

  /** Finds the first lists. */
  private final class ByCodes extends ListFinder {

    private final BlockInput blocks;
    private final BlockLayout blockLayout = BlockLayout.of(codebook.quantizer().kind(), vector.length);
    private final double budget = EFFORT * Math.sqrt(members.vectors());
    private int cell = -1;
    /** The cells that are close to it. */
    private int[] choice;

    ByCodes(BlockInput blocks) throws IOException {
      this.blocks = blocks;
    }

    /** The cells by the distance of their centres from that of one of them, as many as are chosen from. */
    private int[] closest(int cell) {
      float[][] centres = codebook.centres();
      long[] keys = new long[centres.length];
      for (int other = 0; other < keys.length; other++) {
        keys[other] = key(kernel.dot(centres[cell], centres[other], 0) - halfSquares[other], other);
      }
      Arrays.sort(keys);
      int[] closest = new int[keys.length];
      int count = 0;
      for (long seen = 0; count < keys.length && seen < CHOICE * budget; count++) {
        closest[count] = (int) keys[count];
        seen += members.size(closest[count]);
      }
      return Arrays.copyOf(closest, count);
    }

    @Override
    void find(int place) throws IOException {
      int ownCell = members.cellAt(place);
      if (ownCell != cell) {
        cell = ownCell;
        choice = closest(ownCell);
      }
      int ordinal = members.ordinal(place);
      Query query = take(ordinal);
      BlockScorer scorer = new BlockScorer(kernel, blockLayout, codebook.quantizer().tables(query.residual()));
      float slack = CodeSearch.ERRORS * codebook.topError() * query.length();
      float[] products = new float[choice.length];
      long[] keys = new long[choice.length];
      for (int i = 0; i < choice.length; i++) {
        products[i] = query.product(codebook.centre(choice[i]), kernel);
        keys[i] = key(products[i] - halfSquares[choice[i]], i);
      }
      Arrays.sort(keys);
      CandidatePool pool = new CandidatePool(COMPARED);
      long seen = 0;
      for (int i = 0; i < keys.length && seen < budget; i++) {
        int number = (int) keys[i];
        scan(choice[number], products[number], scorer, slack, pool);
        seen += members.size(choice[number]);
      }
      nearest.clear();
      compare(ordinal, pool, COMPARED);
    }

    private void scan(int cell, float centre, BlockScorer scorer, float slack, CandidatePool pool) throws IOException {
      if (members.size(cell) == 0) {
        return;
      }
      int first = cellBlocks.firstBlock(cell);
      int end = first + cellBlocks.count(cell);
      blocks.seek(first, end - first);
      long at = blocks.offset();
      for (int block = first; block < end; block++, at += blockLayout.bytes()) {
        int lanes = cellBlocks.lanes(cell, block);
        int above = lanes & scorer.score(blocks.segment(), at, pool.bound() - centre, slack, lanes);
        while (above != 0) {
          int lane = Integer.numberOfTrailingZeros(above);
          above &= above - 1;
          int place = block * Kernel.LANES + lane - cellBlocks.start(cell);
          pool.add(scorer.estimates()[lane] + centre, members.ordinal(cell, place));
        }
      }
    }

    /** Sorts the closest first. */
    private static long key(float closeness, int number) {
      return (long) ~NumericUtils.floatToSortableInt(closeness) << Integer.SIZE | number;
    }
  }

  /** Finds better lists among the neighbours of neighbours. */
  private final class ByNeighbours extends ListFinder {

    private final IndexInput lists;
    private final BlockInput rows;
    private final BlockInput encoded;
    private final int signsAt;
    private final OrdinalSet seen = new OrdinalSet();
    private final int[] row = new int[ROW];
    private final int[] ofLinked = new int[ROW];
    private final int[] found = new int[ROW * (ROW + 1)];

    ByNeighbours(IndexInput lists, BlockInput rows, BlockInput encoded, int signsAt) throws IOException {
      this.lists = lists;
      this.rows = rows;
      this.encoded = encoded;
      this.signsAt = signsAt;
    }

    @Override
    void find(int place) throws IOException {
      lists.seek((long) place * NEAREST * NearestList.BYTES);
      nearest.read(lists);
      int ordinal = members.ordinal(place);
      Query query = take(ordinal);
      SignRows estimates = new SignRows(encoded, signsAt, SignLayout.ROUNDED, signs.table(query.residual()));
      CandidatePool pool = new CandidatePool(COMPARED_AGAIN);
      int count = gather(ordinal);
      for (int i = 0; i < count; i++) {
        float estimate = estimates.estimate(found[i], 0);
        if (estimate > pool.bound()) {
          pool.add(estimate, found[i]);
        }
      }
      compare(ordinal, pool, COMPARED_AGAIN);
    }

    /** Finds those that are linked to a vector and those that are linked to them, but for those of its list. */
    private int gather(int ordinal) throws IOException {
      seen.clear();
      seen.add(ordinal);
      for (int i = 0; i < nearest.size(); i++) {
        seen.add(nearest.ordinal(i));
      }
      rows.seek(ordinal, 1);
      layout.read(rows.segment(), rows.offset(), row);
      for (int linked : row) {
        rows.touch(linked);
      }
      int count = 0;
      for (int linked : row) {
        count = add(linked, count);
        rows.seek(linked, 1);
        layout.read(rows.segment(), rows.offset(), ofLinked);
        for (int other : ofLinked) {
          count = add(other, count);
        }
      }
      return count;
    }

    private int add(int ordinal, int count) {
      if (!seen.add(ordinal)) {
        return count;
      }
      encoded.touch(ordinal);
      found[count] = ordinal;
      return count + 1;
    }
  }
}
