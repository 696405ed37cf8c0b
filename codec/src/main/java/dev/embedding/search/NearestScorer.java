package dev.embedding.search;

import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;

/** Gives the scores that a search has already found. */
final class NearestScorer extends Scorer {
  private final NearestHits.HitIterator hits;
  private final float boost;

  NearestScorer(NearestHits.Leaf leaf, float boost) {
    this.hits = leaf.iterator();
    this.boost = boost;
  }

  @Override
  public float score() {
    return hits.score() * boost;
  }

  @Override
  public float getMaxScore(int upTo) {
    return hits.maxScore(upTo) * boost;
  }

  @Override
  public DocIdSetIterator iterator() {
    return hits;
  }

  @Override
  public int docID() {
    return hits.docID();
  }
}
