package dev.embedding.search;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.VectorUtil;

import dev.embedding.relevance.QueryCut;

/**
 * The hits of a query that are relevant enough, by the cosine of a vector of theirs with a query vector.
 *
 * <p>What is relevant enough is a cut on the cosine, and known before the search. Around a {@link NearestQuery} of the
 * same vector it becomes the smallest score of that search, with the same hits as filtering afterwards; around any other
 * query the exact cosine of each hit decides. If no cosine can be enough, nothing is searched.
 */
public final class RelevanceFilterQuery extends Query {
  /** What the score of a hit is. */
  public enum Score {
    /** Its relevance, 0–1, times the boost. */
    RELEVANCE,
    /** That of the query inside. */
    ORIGINAL
  }

  private final Query in;
  private final String field;
  private final float[] vector;
  private final VectorSimilarityFunction similarity;
  private final QueryCut cut;
  private final Score score;
  /** The query inside with the cut as its smallest score; null where the cut is not a score. */
  private final NearestQuery pushedDown;

  /**
   * @param in the query whose hits are filtered; documents without a vector are no hits
   * @param field a float vector field
   * @param vector the query vector, finite and not zero; not copied
   * @param similarity of the field
   * @param cut what is relevant enough for this vector
   */
  public RelevanceFilterQuery(Query in, String field, float[] vector, VectorSimilarityFunction similarity, QueryCut cut,
      Score score) {
    this.in = Objects.requireNonNull(in, "in");
    this.field = Objects.requireNonNull(field, "field");
    this.vector = checkNotZero(vector);
    this.similarity = Objects.requireNonNull(similarity, "similarity");
    this.cut = Objects.requireNonNull(cut, "cut");
    this.score = Objects.requireNonNull(score, "score");
    this.pushedDown = cut.cosine() <= 1 ? pushDown() : null;
    if (cut.needsHits() && pushedDown == null) {
      throw new IllegalArgumentException("a cut-off that looks at the list of hits needs a [nearest] query of the same"
          + " vector, on a field whose similarity is cosine or dot product");
    }
  }

  /** The hits of a search for the nearest that are relevant enough. */
  public static RelevanceFilterQuery of(NearestQuery nearest, VectorSimilarityFunction similarity, QueryCut cut,
      Score score) {
    return new RelevanceFilterQuery(nearest, nearest.field(), nearest.vector(), similarity, cut, score);
  }

  private static float[] checkNotZero(float[] vector) {
    VectorUtil.checkFinite(vector);
    for (float value : vector) {
      if (value != 0) {
        return vector;
      }
    }
    throw new IllegalArgumentException("a vector that is all zeros has no cosine");
  }

  private NearestQuery pushDown() {
    if (in instanceof NearestQuery nearest && nearest.field().equals(field) && Arrays.equals(nearest.vector(), vector)
        && CosineScale.knows(similarity)) {
      return nearest.withMinScore(scale().minScore(cut.cosine()));
    }
    return null;
  }

  private CosineScale scale() {
    return new CosineScale(similarity, vector);
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    boolean isHopeless = cut.cosine() > 1;
    if (in instanceof MatchNoDocsQuery) {
      return isHopeless ? this : in; // which explains why there is no hope
    }
    return around(isHopeless ? new MatchNoDocsQuery("no cosine is relevant enough") : in.rewrite(searcher));
  }

  private Query around(Query rewritten) {
    return rewritten.equals(in) ? this : new RelevanceFilterQuery(rewritten, field, vector, similarity, cut, score);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
    float innerBoost = score == Score.ORIGINAL ? boost : 1;
    if (pushedDown == null) {
      ScoreMode innerMode = score == Score.ORIGINAL ? scoreMode : ScoreMode.COMPLETE_NO_SCORES;
      return new RelevanceWeight(in.createWeight(searcher, innerMode, innerBoost), cut.cosine(), boost);
    }
    NearestHits hits = pushedDown.hits(searcher);
    double smallest = cut.cosine();
    if (cut.needsHits()) {
      smallest = cut.cosine(scale().cosines(hits.bestScores()));
      hits = hits.atLeast(scale().minScore(smallest));
    }
    return new RelevanceWeight(pushedDown.weight(hits, innerBoost), smallest, boost);
  }

  @Override
  public void visit(QueryVisitor visitor) {
    in.visit(visitor.getSubVisitor(Occur.MUST, this));
  }

  @Override
  public String toString(String defaultField) {
    return "relevance_filter(" + in.toString(defaultField) + ", " + field + ", " + cut + ", " + score + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && equalsTo((RelevanceFilterQuery) other);
  }

  private boolean equalsTo(RelevanceFilterQuery other) {
    return in.equals(other.in) && field.equals(other.field) && similarity == other.similarity && cut.equals(other.cut)
        && score == other.score && Arrays.equals(vector, other.vector);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), in, field, similarity, cut, score, Arrays.hashCode(vector));
  }

  private final class RelevanceWeight extends Weight {
    private final Weight inner;
    private final double smallest;
    private final float boost;

    /** @param smallest the cut for this index */
    RelevanceWeight(Weight inner, double smallest, float boost) {
      super(RelevanceFilterQuery.this);
      this.inner = inner;
      this.smallest = smallest;
      this.boost = boost;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
      ScorerSupplier supplier = inner.scorerSupplier(context);
      return supplier == null ? null : new RelevanceScorerSupplier(supplier, context);
    }

    @Override
    public int count(LeafReaderContext context) throws IOException {
      return pushedDown == null ? -1 : inner.count(context);
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return inner.isCacheable(context);
    }

    @Override
    public Explanation explain(LeafReaderContext context, int doc) throws IOException {
      float cosine = HitCosines.of(context, field, vector, similarity).cosine(doc);
      Explanation original = inner.explain(context, doc);
      if (Float.isNaN(cosine)) {
        return Explanation.noMatch("no vector in field [" + field + "]", original);
      }
      return new RelevanceExplainer(cut, smallest).explain(cosine, original, score, boost);
    }

    private final class RelevanceScorerSupplier extends ScorerSupplier {
      private final ScorerSupplier supplier;
      private final LeafReaderContext context;

      RelevanceScorerSupplier(ScorerSupplier supplier, LeafReaderContext context) {
        this.supplier = supplier;
        this.context = context;
      }

      @Override
      public RelevanceScorer get(long leadCost) throws IOException {
        if (pushedDown != null) {
          return RelevanceScorer.scoring(supplier.get(leadCost), scale(), cut, score, boost);
        }
        HitCosines cosines = HitCosines.of(context, field, vector, similarity);
        return RelevanceScorer.filtering(supplier.get(leadCost), cosines, smallest, cut, score, boost);
      }

      @Override
      public long cost() {
        return supplier.cost();
      }
    }
  }
}
