package dev.embedding.search;

import dev.embedding.multivector.MaxSim;
import dev.embedding.multivector.TokenVectors;
import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FilterScorer;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;

/** The hits of any other query, scored by {@link MaxSim}. A hit without vectors in the field stays one, with the score 0. */
public final class MaxSimScoreQuery extends Query {
  private final String field;
  private final TokenVectors vectors;
  private final Query query;

  /**
   * @param field made by {@link dev.embedding.multivector.MultiVectorField}
   * @param vectors the query, at least one, of the field's dimension
   * @param query whose hits are scored
   */
  public MaxSimScoreQuery(String field, TokenVectors vectors, Query query) {
    if (vectors.count() == 0) {
      throw new IllegalArgumentException("a query needs at least one vector");
    }
    this.field = Objects.requireNonNull(field, "field");
    this.vectors = vectors;
    this.query = Objects.requireNonNull(query, "query");
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query rewritten = query.rewrite(searcher);
    return rewritten.equals(query) ? this : new MaxSimScoreQuery(field, vectors, rewritten);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
    Weight inner = searcher.createWeight(query, ScoreMode.COMPLETE_NO_SCORES, 1);
    return scoreMode.needsScores() ? new ScoreWeight(inner, boost) : inner;
  }

  @Override
  public void visit(QueryVisitor visitor) {
    query.visit(visitor);
  }

  @Override
  public String toString(String defaultField) {
    return "max_sim(" + field + ", " + vectors + ", " + query.toString(defaultField) + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && equalsTo((MaxSimScoreQuery) other);
  }

  private boolean equalsTo(MaxSimScoreQuery other) {
    return field.equals(other.field) && query.equals(other.query) && vectors.equals(other.vectors);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), field, query, vectors);
  }

  private final class ScoreWeight extends Weight {
    private final Weight inner;
    private final MaxSim maxSim = new MaxSim(vectors);
    private final float boost;

    ScoreWeight(Weight inner, float boost) {
      super(MaxSimScoreQuery.this);
      this.inner = inner;
      this.boost = boost;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
      ScorerSupplier hits = inner.scorerSupplier(context);
      if (hits == null) {
        return null;
      }
      return new ScorerSupplier() {
        @Override
        public Scorer get(long leadCost) throws IOException {
          return new MaxSimScorer(hits.get(leadCost), maxSim.scorer(context.reader(), field));
        }

        @Override
        public long cost() {
          return hits.cost();
        }
      };
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return inner.isCacheable(context);
    }

    @Override
    public Explanation explain(LeafReaderContext context, int doc) throws IOException {
      Explanation hit = inner.explain(context, doc);
      return hit.isMatch() ? new MaxSimExplainer(field, vectors).explainScore(context, doc, boost) : hit;
    }

    private final class MaxSimScorer extends FilterScorer {
      private final MaxSim.Scorer scorer;

      MaxSimScorer(Scorer hits, MaxSim.Scorer scorer) {
        super(hits);
        this.scorer = scorer;
      }

      @Override
      public float score() throws IOException {
        float value = scorer.maxSim(docID());
        return Float.isNaN(value) ? 0 : maxSim.score(value) * boost;
      }

      @Override
      public float getMaxScore(int upTo) {
        return maxSim.score(maxSim.count()) * boost;
      }
    }
  }
}
