package dev.embedding.search;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;

import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.VectorUtil;

/**
 * The k documents of a reader whose vectors are nearest to a query vector, scored by full precision on Lucene's scales.
 *
 * <p>The search runs over all segments when the weight is created, not at rewrite: a host sets its time limit and
 * cancellation between the two, and they must reach the search. Its result is kept with the query for the reader that it
 * was found in, so that explaining hits or collecting inner hits does not search again.
 *
 * <p>Documents come from the live documents and field infos of the reader that the searcher shows, never from one
 * unwrapped: what a reader hides stays hidden, and k is filled from what it shows.
 */
public final class NearestQuery extends Query {
  private final String field;
  private final float[] vector;
  private final NearestOptions options;
  private final Query filter;
  private final BitSetProducer parents;
  private final Function<IndexReader, QueryTimeout> timeouts;

  private NearestHits lastHits;

  /**
   * @param field a float vector field
   * @param vector the query, of the field's dimension, finite; not copied
   * @param filter the documents to choose from, applied inside the search; null for all. In a block of nested documents
   *     it matches the children.
   * @param parents null, or the parents of nested documents: then only the best child of a parent is a hit, and k is
   *     filled with children of different parents
   * @param timeouts gives for a reader what ends a search early, polled at least every 1,000 vectors; may give null
   */
  public NearestQuery(String field, float[] vector, NearestOptions options, Query filter, BitSetProducer parents,
      Function<IndexReader, QueryTimeout> timeouts) {
    this.field = Objects.requireNonNull(field, "field");
    this.vector = VectorUtil.checkFinite(vector);
    this.options = Objects.requireNonNull(options, "options");
    this.filter = filter;
    this.parents = parents;
    this.timeouts = Objects.requireNonNull(timeouts, "timeouts");
  }

  /** A query without parents and time limit. */
  public NearestQuery(String field, float[] vector, NearestOptions options, Query filter) {
    this(field, vector, options, filter, null, reader -> null);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
    return new NearestWeight(hits(searcher), boost);
  }

  /** A weight of some of the hits of this query. */
  Weight weight(NearestHits hits, float boost) {
    return new NearestWeight(hits, boost);
  }

  /** This query with hits of at least a score, or of the one it already needs if that is more. */
  NearestQuery withMinScore(float minScore) {
    return minScore <= options.minScore()
        ? this
        : new NearestQuery(field, vector, options.withMinScore(minScore), filter, parents, timeouts);
  }

  String field() {
    return field;
  }

  float[] vector() {
    return vector;
  }

  synchronized NearestHits hits(IndexSearcher searcher) throws IOException {
    IndexReader reader = searcher.getIndexReader();
    if (lastHits == null || lastHits.isOf(reader) == false) {
      lastHits = new NearestSearch(field, vector, options, filter, parents, timeouts.apply(reader)).search(searcher);
    }
    return lastHits;
  }

  @Override
  public void visit(QueryVisitor visitor) {
    if (visitor.acceptField(field)) {
      visitor.visitLeaf(this);
    }
  }

  @Override
  public String toString(String defaultField) {
    return "nearest(" + field + ", dimension=" + vector.length + ", " + options + ", filter=" + filter + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && equalsTo((NearestQuery) other);
  }

  private boolean equalsTo(NearestQuery other) {
    return field.equals(other.field) && options.equals(other.options) && Objects.equals(filter, other.filter)
        && Objects.equals(parents, other.parents) && Arrays.equals(vector, other.vector);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), field, options, filter, parents, Arrays.hashCode(vector));
  }

  private final class NearestWeight extends Weight {
    private final NearestHits hits;
    private final float boost;

    NearestWeight(NearestHits hits, float boost) {
      super(NearestQuery.this);
      this.hits = hits;
      this.boost = boost;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) {
      NearestHits.Leaf leaf = hits.leaf(context);
      if (leaf.size() == 0) {
        return null;
      }
      return new DefaultScorerSupplier(new NearestScorer(leaf, boost));
    }

    @Override
    public int count(LeafReaderContext context) {
      return hits.leaf(context).size();
    }

    /** Never: what matches in one segment depends on all the others. */
    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return false;
    }

    @Override
    public Explanation explain(LeafReaderContext context, int doc) throws IOException {
      return new NearestExplainer(field, vector, options).explain(hits, context, doc, boost);
    }
  }
}
