package dev.embedding.search;

import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.TokenVectors;
import java.io.IOException;
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

/**
 * The k documents of a reader that match a query of several vectors best, by {@link dev.embedding.multivector.MaxSim}: the encodings of all segments
 * choose candidates, which are then compared exactly. Scores are those of {@link dev.embedding.multivector.MaxSim#score}.
 *
 * <p>The search runs over all segments when the weight is created, like that of a {@link NearestQuery}, and accepts only
 * documents that the reader shows.
 */
public final class MaxSimQuery extends Query {
  private final String field;
  private final TokenVectors vectors;
  private final FixedDimensionalEncoder encoder;
  private final MaxSimOptions options;
  private final Query filter;
  private final Function<IndexReader, QueryTimeout> timeouts;

  private MaxSimHits lastHits;

  /**
   * @param field made by {@link dev.embedding.multivector.MultiVectorField}
   * @param vectors the query, at least one, of the field's dimension
   * @param encoder that of the field
   * @param filter the documents to choose from, applied inside the search; null for all
   * @param timeouts gives for a reader what ends a search early, polled at least every 1,000 vectors; may give null
   */
  public MaxSimQuery(String field, TokenVectors vectors, FixedDimensionalEncoder encoder, MaxSimOptions options,
      Query filter, Function<IndexReader, QueryTimeout> timeouts) {
    if (vectors.count() == 0) {
      throw new IllegalArgumentException("a query needs at least one vector");
    }
    this.field = Objects.requireNonNull(field, "field");
    this.vectors = vectors;
    this.encoder = Objects.requireNonNull(encoder, "encoder");
    this.options = Objects.requireNonNull(options, "options");
    this.filter = filter;
    this.timeouts = Objects.requireNonNull(timeouts, "timeouts");
  }

  /** A query without time limit. */
  public MaxSimQuery(String field, TokenVectors vectors, FixedDimensionalEncoder encoder, MaxSimOptions options,
      Query filter) {
    this(field, vectors, encoder, options, filter, reader -> null);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
    return new MaxSimWeight(hits(searcher), boost);
  }

  private synchronized MaxSimHits hits(IndexSearcher searcher) throws IOException {
    IndexReader reader = searcher.getIndexReader();
    if (lastHits == null || lastHits.hits().isOf(reader) == false) {
      lastHits = new MaxSimSearch(field, vectors, encoder, options, filter, timeouts.apply(reader)).search(searcher);
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
    return "max_sim(" + field + ", " + vectors + ", " + options + ", filter=" + filter + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && equalsTo((MaxSimQuery) other);
  }

  private boolean equalsTo(MaxSimQuery other) {
    return field.equals(other.field) && options.equals(other.options) && Objects.equals(filter, other.filter)
        && encoder.equals(other.encoder) && vectors.equals(other.vectors);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), field, options, filter, encoder, vectors);
  }

  private final class MaxSimWeight extends Weight {
    private final MaxSimHits found;
    private final NearestHits hits;
    private final float boost;

    MaxSimWeight(MaxSimHits found, float boost) {
      super(MaxSimQuery.this);
      this.found = found;
      this.hits = found.hits();
      this.boost = boost;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) {
      NearestHits.Leaf leaf = hits.leaf(context);
      return leaf.size() == 0 ? null : new DefaultScorerSupplier(new NearestScorer(leaf, boost));
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
      return new MaxSimExplainer(field, vectors).explain(found, options, context, doc, boost);
    }
  }
}
