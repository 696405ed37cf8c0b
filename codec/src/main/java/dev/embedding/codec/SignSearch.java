package dev.embedding.codec;

import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;

/** A search that estimates every vector that passes a filter by its row of signs: for so few that most blocks of codes would be read for one or two. */
final class SignSearch extends CodeSearch {

  /** A row takes as long as so many vectors of a block. */
  private static final double BLOCK_VECTORS = 2;

  private static final int BATCH = 128;

  private final AcceptDocs acceptDocs;
  private final KnnVectorValues values;
  private final SignRows rows;

  SignSearch(Cells cells, float[] target, KnnVectorValues values, FullPrecision fullPrecision, KnnCollector collector,
      AcceptDocs acceptDocs) throws IOException {
    super(cells, target, values, fullPrecision, collector, 1);
    this.acceptDocs = acceptDocs;
    this.values = values;
    this.rows = new SignRows(cells, query);
  }

  /** Whether it takes less time than a {@link CellSearch} that reads until it has seen enough vectors that pass. */
  static boolean isShorter(Cells cells, KnnCollector collector, int passing) {
    double read = Math.min(passing, CellSearch.budget(collector, passing)) * (double) cells.vectors() / passing;
    return cells.keepsSigns() && passing * BLOCK_VECTORS < read;
  }

  /** First some ordinals, then their rows, so that the processor waits for many rows at once. */
  @Override
  void scan() throws IOException {
    AcceptedVectors accepted = new AcceptedVectors(acceptDocs, values);
    int[] ordinals = new int[BATCH];
    int filled = accepted.next(ordinals);
    while (filled > 0 && !collector.earlyTerminated()) {
      for (int i = 0; i < filled; i++) {
        rows.touch(ordinals[i]);
      }
      for (int i = 0; i < filled; i++) {
        estimate(ordinals[i]);
      }
      collector.incVisitedCount(filled);
      filled = accepted.next(ordinals);
    }
  }

  private void estimate(int ordinal) throws IOException {
    float estimate = rows.estimate(ordinal, 0);
    if (estimate > pool.bound()) {
      pool.add(estimate, ordinal);
    }
  }

  @Override
  int ordinalAt(int position) {
    return position;
  }

  @Override
  float factorAt(int position) throws IOException {
    return rows.factor(position);
  }

  @Override
  float error() {
    return cells.signError();
  }
}
