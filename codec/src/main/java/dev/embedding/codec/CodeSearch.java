package dev.embedding.codec;

import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.KnnCollector;

/**
 * One search of the codes of a field: keeps the vectors with the best estimates, and scores them in full precision as deeply as the error of the estimates
 * asks. Which vectors are estimated, and from what, is up to subclasses.
 */
abstract class CodeSearch {

  /** A candidate is scored unless it would have to be better than estimated by so many times the expected error. */
  static final float ERRORS = 2;

  /**
   * Candidates to keep, besides as many as are wanted, with codes of one bit a dimension, as a multiple of the root of that number; with more bits, so many
   * times fewer. Codes mistake vectors that are about as close, of which there are more around the last of many results than around the last of few, but not
   * as many times more as there are results.
   */
  private static final double CANDIDATES = 28;

  final Cells cells;
  final KnnCollector collector;
  final Query query;
  final CandidatePool pool;
  private final KnnVectorValues values;
  final FullPrecision fullPrecision;
  private final RescoreStrategy strategy;
  /** How many results are wanted from this segment. */
  final int k;

  /** @param fullPrecision null if there are only codes: then estimates are collected */
  CodeSearch(Cells cells, float[] target, KnnVectorValues values, FullPrecision fullPrecision, KnnCollector collector,
      double bitsPerDimension) {
    this.cells = cells;
    this.values = values;
    this.fullPrecision = fullPrecision;
    this.collector = collector;
    this.query = cells.query(target);
    this.strategy = RescoreStrategy.of(collector);
    this.k = (int) Math.min(strategy.part(strategy.k()), collector.k());
    this.pool = new CandidatePool((int) Math.min(cells.vectors(), wantedCandidates(bitsPerDimension)));
  }

  /** The fewer bits, the more of the best estimates are not the best; and whoever looks widely wants to miss little. */
  private double wantedCandidates(double bitsPerDimension) {
    if (fullPrecision == null) {
      return collector.k();
    }
    double all = strategy.oversample() == RescoreStrategy.BY_ERROR_BOUND
        ? strategy.k() + (CANDIDATES * Math.sqrt(strategy.k()) + collector.k()) / bitsPerDimension
        : Math.ceil((double) strategy.k() * strategy.oversample());
    return strategy.part(all);
  }

  /** Fills the pool. */
  abstract void scan() throws IOException;

  /** The ordinal of a position in the pool. */
  abstract int ordinalAt(int position) throws IOException;

  /** What the error of an estimate is a multiple of, for a position in the pool. */
  abstract float factorAt(int position) throws IOException;

  /** The expected error of an estimate, as a multiple of the vector's factor and the length of the query's residual. */
  abstract float error();

  final void search() throws IOException {
    scan();
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

  /** Scores the best estimates first; their k-th best score then tells which of the others can still be among the best. */
  private void rescore() throws IOException {
    int first = strategy.oversample() == RescoreStrategy.BY_ERROR_BOUND ? 2 * Math.min(k, cells.vectors())
        : Integer.MAX_VALUE;
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
    fullPrecision.score(ordinals, 0, sure, best);
    float bound = Math.max(best.worst(), collector.minCompetitiveSimilarity());
    float slack = ERRORS * error() * query.length();
    int count = sure;
    for (int i = sure; i < size; i++) {
      int position = pool.positionAt(i);
      if (query.score(pool.estimateAt(i) + slack * factorAt(position)) >= bound) {
        ordinals[count++] = ordinalAt(position);
      }
    }
    fullPrecision.score(ordinals, sure, count, best);
    goOn(ordinals, count, best);
  }

  /** Looks for more around the best of the vectors that were scored. */
  void goOn(int[] scored, int count, BestScores best) throws IOException {}
}
