package dev.embedding.search;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;

/** The hits of one search: documents of a whole reader by number, their scores and their ranks. */
final class NearestHits {
  /** How a segment was searched. */
  enum Path {
    GRAPH("approximate search of the segment's index"), EXACT("exact scan of the segment's accepted vectors");

    final String description;

    Path(String description) {
      this.description = description;
    }
  }

  private final Object readerId;
  private final int[] docs;
  private final float[] scores;
  private final int[] ranks;
  private final Map<Integer, Path> pathByLeaf;

  /** @param best the hits, best first; kept and put into the order of their documents */
  NearestHits(IndexReader reader, ScoreDoc[] best, Map<Integer, Path> pathByLeaf) {
    this.readerId = reader.getContext().id();
    this.pathByLeaf = pathByLeaf;
    long[] docsAndIndices = new long[best.length];
    for (int i = 0; i < best.length; i++) {
      docsAndIndices[i] = (long) best[i].doc << Integer.SIZE | i;
    }
    Arrays.sort(docsAndIndices);
    docs = new int[best.length];
    scores = new float[best.length];
    ranks = new int[best.length];
    for (int i = 0; i < best.length; i++) {
      int index = (int) docsAndIndices[i];
      docs[i] = best[index].doc;
      scores[i] = best[index].score;
      ranks[i] = index + 1;
    }
  }

  private NearestHits(NearestHits all, int[] kept) {
    this.readerId = all.readerId;
    this.pathByLeaf = all.pathByLeaf;
    docs = new int[kept.length];
    scores = new float[kept.length];
    ranks = new int[kept.length];
    for (int i = 0; i < kept.length; i++) {
      docs[i] = all.docs[kept[i]];
      scores[i] = all.scores[kept[i]];
      ranks[i] = all.ranks[kept[i]];
    }
  }

  /** The hits with at least a score; they keep their ranks. */
  NearestHits atLeast(float score) {
    return new NearestHits(this, IntStream.range(0, docs.length).filter(i -> scores[i] >= score).toArray());
  }

  /** The scores, best first. */
  float[] bestScores() {
    float[] best = new float[scores.length];
    for (int i = 0; i < scores.length; i++) {
      best[ranks[i] - 1] = scores[i];
    }
    return best;
  }

  boolean isOf(IndexReader reader) {
    return readerId == reader.getContext().id();
  }

  /** How a segment was searched, or null if it needed no search. */
  Path path(LeafReaderContext context) {
    return pathByLeaf.get(context.ord);
  }

  Leaf leaf(LeafReaderContext context) {
    return new Leaf(context.docBase, lowerBound(context.docBase),
        lowerBound(context.docBase + context.reader().maxDoc()));
  }

  private int lowerBound(int doc) {
    int index = Arrays.binarySearch(docs, doc);
    return index < 0 ? -1 - index : index;
  }

  /** The hits of one segment, which are [from, to) of all. */
  final class Leaf {
    private final int docBase;
    private final int from;
    private final int to;

    private Leaf(int docBase, int from, int to) {
      this.docBase = docBase;
      this.from = from;
      this.to = to;
    }

    int size() {
      return to - from;
    }

    private NearestHits hits() {
      return NearestHits.this;
    }

    HitIterator iterator() {
      return new HitIterator(this);
    }

    /** The index of a document of the segment among all hits, or -1 if it is none. */
    int indexOf(int doc) {
      int index = Arrays.binarySearch(docs, from, to, docBase + doc);
      return index < 0 ? -1 : index;
    }
  }

  float score(int index) {
    return scores[index];
  }

  int rank(int index) {
    return ranks[index];
  }

  int size() {
    return docs.length;
  }

  /** Iterates the hits of a segment by document, and knows their scores. */
  static final class HitIterator extends DocIdSetIterator {
    private final NearestHits hits;
    private final Leaf leaf;
    private int index;
    private int doc = -1;

    private HitIterator(Leaf leaf) {
      this.leaf = leaf;
      this.hits = leaf.hits();
      this.index = leaf.from - 1;
    }

    float score() {
      return hits.scores[index];
    }

    /** The best score from the current hit up to and with the last one that is not behind {@code upTo}. */
    float maxScore(int upTo) {
      float max = 0;
      for (int i = Math.max(index, leaf.from); i < leaf.to && hits.docs[i] - leaf.docBase <= upTo; i++) {
        max = Math.max(max, hits.scores[i]);
      }
      return max;
    }

    @Override
    public int docID() {
      return doc;
    }

    @Override
    public int nextDoc() {
      return moveTo(index + 1);
    }

    @Override
    public int advance(int target) {
      long global = (long) target + leaf.docBase;
      if (global > Integer.MAX_VALUE) {
        return moveTo(leaf.to);
      }
      int found = Arrays.binarySearch(hits.docs, Math.min(index + 1, leaf.to), leaf.to, (int) global);
      return moveTo(found < 0 ? -1 - found : found);
    }

    private int moveTo(int next) {
      index = Math.min(next, leaf.to);
      doc = index == leaf.to ? NO_MORE_DOCS : hits.docs[index] - leaf.docBase;
      return doc;
    }

    @Override
    public long cost() {
      return leaf.size();
    }
  }
}
