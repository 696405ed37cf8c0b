package dev.embedding.codec;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.Bits;

/**
 * Goes on from the first of the best vectors that a search has found to their neighbours, and from those of these that came among the best to theirs, until
 * none comes: what is close to a query but lies in a cell that was not read is a neighbour of what was found. A neighbour is estimated by its signs, and
 * scored in full precision if it may be among the best.
 */
final class NeighbourSearch {

  /** From more of the best than this part of the root of the number of vectors, to read more cells finds as much in the same time. */
  private static final double MOST_FOLLOWED = 1 / 6.0;

  /** A neighbour is scored unless it would have to be better than estimated by so many times the expected error; more find hardly more. */
  private static final float ERRORS = 1;

  private final Cells cells;
  private final Query query;
  private final FullPrecision fullPrecision;
  private final KnnCollector collector;
  /** By ordinal; null if everything passes. */
  private final Bits accepted;
  private final BlockInput neighbours;
  private final NeighbourLayout layout;
  private final SignRows signs;
  private final OrdinalSet seen = new OrdinalSet();
  private final int[] row;
  private int[] found;

  NeighbourSearch(Cells cells, Query query, FullPrecision fullPrecision, KnnCollector collector, Bits accepted)
      throws IOException {
    this.cells = cells;
    this.query = query;
    this.fullPrecision = fullPrecision;
    this.collector = collector;
    this.accepted = accepted;
    this.neighbours = cells.openNeighbours();
    this.layout = cells.neighbourLayout();
    this.signs = new SignRows(cells, query);
    this.row = new int[layout.neighbours()];
    this.found = new int[16 * row.length];
  }

  /** From how many of the best at most neighbours are followed in a segment of so many vectors; those that come among the best by it are followed all. */
  static int mostFollowed(int vectors) {
    return (int) (MOST_FOLLOWED * Math.sqrt(vectors));
  }

  /**
   * @param scored the ordinals of all vectors that were scored
   * @param best of these
   */
  void search(int[] scored, int count, BestScores best) throws IOException {
    for (int i = 0; i < count; i++) {
      seen.add(scored[i]);
    }
    int[] from = best.ordinals(mostFollowed(cells.vectors()));
    int left = from.length;
    while (left > 0 && !collector.earlyTerminated()) {
      int size = gather(from, left);
      collector.incVisitedCount(size);
      from = found;
      left = fullPrecision.score(found, 0, promising(size, best), best);
    }
  }

  /** Finds the neighbours of some vectors that were not seen and pass, and has their signs read. */
  private int gather(int[] from, int count) throws IOException {
    int[] sources = from == found ? Arrays.copyOf(from, count) : from;
    for (int i = 0; i < count; i++) {
      neighbours.touch(sources[i]);
    }
    int size = 0;
    for (int i = 0; i < count; i++) {
      found = ArrayUtil.grow(found, size + row.length);
      neighbours.seek(sources[i], 1);
      layout.read(neighbours.segment(), neighbours.offset(), row);
      for (int ordinal : row) {
        if (ordinal < 0 || ordinal >= cells.vectors()) {
          throw new CorruptIndexException("no such ordinal: " + ordinal, cells.resource());
        }
        if (seen.add(ordinal) && (accepted == null || accepted.get(ordinal))) {
          signs.touch(ordinal);
          found[size++] = ordinal;
        }
      }
    }
    return size;
  }

  /** Moves those that may be among the best to the front; returns how many. */
  private int promising(int size, BestScores best) throws IOException {
    float bound = Math.max(best.worst(), collector.minCompetitiveSimilarity());
    float slack = ERRORS * cells.signError() * query.length();
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (query.score(signs.estimate(found[i], slack)) >= bound) {
        found[kept++] = found[i];
      }
    }
    return kept;
  }
}
