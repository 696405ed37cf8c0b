package dev.embedding.codec;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.codecs.lucene95.HasIndexSlice;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.hnsw.RandomVectorScorer;

/** Scores vectors as they were indexed, in batches, and collects them. */
final class FullPrecision {

  /** Up to so many vectors are not worth the look-up tables of a query. */
  static final int SCAN_UP_TO = 256;

  private static final int BATCH = 64;

  private final RandomVectorScorer scorer;
  private final KnnVectorValues values;
  private final KnnCollector collector;
  private final int[] batch = new int[BATCH];
  private final float[] scores = new float[BATCH];

  FullPrecision(RandomVectorScorer scorer, KnnVectorValues values, KnnCollector collector) {
    this.scorer = scorer;
    this.values = values;
    this.collector = collector;
  }

  /** Scores every accepted vector. */
  void scan(AcceptDocs acceptDocs) throws IOException {
    AcceptedVectors accepted = new AcceptedVectors(acceptDocs, values);
    int filled = accepted.next(batch);
    while (filled > 0 && !collector.earlyTerminated()) {
      collector.incVisitedCount(filled);
      score(filled);
      filled = accepted.next(batch);
    }
  }

  /**
   * Scores vectors that a search of codes has found, and has counted as visited.
   *
   * @return how many came among the best, which are moved to the front of the range; by later ones they may have been driven out
   */
  int score(int[] ordinals, int from, int to, BestScores best) throws IOException {
    Arrays.sort(ordinals, from, to);
    prefetch(ordinals, from, to);
    int taken = from;
    for (int start = from; start < to; start += BATCH) {
      int size = Math.min(BATCH, to - start);
      System.arraycopy(ordinals, start, batch, 0, size);
      score(size);
      for (int i = 0; i < size; i++) {
        if (best.offer(scores[i], batch[i])) {
          ordinals[taken++] = batch[i];
        }
      }
    }
    return taken - from;
  }

  private void score(int size) throws IOException {
    scorer.bulkScore(batch, scores, size);
    for (int i = 0; i < size; i++) {
      collector.collect(scorer.ordToDoc(batch[i]), scores[i]);
    }
  }

  /** Asks for all vectors before reading any, in the order of the file, so that a disk can work on them together. */
  private void prefetch(int[] ordinals, int from, int to) throws IOException {
    if (values instanceof HasIndexSlice file && file.getSlice() != null) {
      IndexInput slice = file.getSlice();
      int bytes = values.getVectorByteLength();
      for (int i = from; i < to; i++) {
        slice.prefetch((long) ordinals[i] * bytes, bytes);
      }
    }
  }
}
