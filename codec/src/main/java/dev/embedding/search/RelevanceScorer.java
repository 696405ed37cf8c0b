package dev.embedding.search;

import java.io.IOException;

import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TwoPhaseIterator;

import dev.embedding.relevance.QueryCut;

/** Scores hits by their relevance or as they were, and leaves out what is not relevant enough unless that is done. */
final class RelevanceScorer extends Scorer {
  /** Gives the cosine of the current hit. */
  private interface CurrentCosine {
    float get() throws IOException;
  }

  private final Scorer in;
  private final TwoPhaseIterator matches;
  private final CurrentCosine cosine;
  private final QueryCut cut;
  private final RelevanceFilterQuery.Score score;
  private final float boost;

  private RelevanceScorer(Scorer in, TwoPhaseIterator matches, CurrentCosine cosine, QueryCut cut,
      RelevanceFilterQuery.Score score, float boost) {
    this.in = in;
    this.matches = matches;
    this.cosine = cosine;
    this.cut = cut;
    this.score = score;
    this.boost = boost;
  }

  /** For hits that are all relevant enough, whose scores tell the cosine. */
  static RelevanceScorer scoring(Scorer in, CosineScale scale, QueryCut cut, RelevanceFilterQuery.Score score,
      float boost) {
    return new RelevanceScorer(in, in.twoPhaseIterator(), () -> scale.cosine(in.score()), cut, score, boost);
  }

  /** For hits of which only those with a smallest cosine match. */
  static RelevanceScorer filtering(Scorer in, HitCosines cosines, double smallest, QueryCut cut,
      RelevanceFilterQuery.Score score, float boost) {
    CosineFilter filter = new CosineFilter(in, cosines, smallest);
    return new RelevanceScorer(in, filter, () -> filter.last, cut, score, boost);
  }

  private static final class CosineFilter extends TwoPhaseIterator {
    private final TwoPhaseIterator inner;
    private final HitCosines cosines;
    private final double smallest;
    private float last;

    CosineFilter(Scorer in, HitCosines cosines, double smallest) {
      super(in.twoPhaseIterator() == null ? in.iterator() : in.twoPhaseIterator().approximation());
      this.inner = in.twoPhaseIterator();
      this.cosines = cosines;
      this.smallest = smallest;
    }

    @Override
    public boolean matches() throws IOException {
      if (inner != null && inner.matches() == false) {
        return false;
      }
      last = cosines.cosine(approximation.docID());
      return last >= smallest;
    }

    @Override
    public float matchCost() {
      return 100 + (inner == null ? 0 : inner.matchCost()); // a dot product
    }
  }

  @Override
  public float score() throws IOException {
    return score == RelevanceFilterQuery.Score.ORIGINAL ? in.score() : (float) cut.relevance(cosine.get()) * boost;
  }

  @Override
  public float getMaxScore(int upTo) throws IOException {
    return score == RelevanceFilterQuery.Score.ORIGINAL ? in.getMaxScore(upTo) : boost;
  }

  @Override
  public DocIdSetIterator iterator() {
    return matches == null ? in.iterator() : TwoPhaseIterator.asDocIdSetIterator(matches);
  }

  @Override
  public TwoPhaseIterator twoPhaseIterator() {
    return matches;
  }

  @Override
  public int docID() {
    return in.docID();
  }
}
