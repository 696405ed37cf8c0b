package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;

import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.ObjectMapper;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.plugins.SearchPlugin.QuerySpec;

import dev.embedding.plugin.adapter.AdapterSource;
import dev.embedding.plugin.adapter.EmbeddingSpace;
import dev.embedding.plugin.adapter.QueryCalibration;
import dev.embedding.plugin.mapper.EmbeddingFieldType;
import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.NearestQuery;
import dev.embedding.search.RelevanceFilterQuery;
import dev.embedding.search.RelevanceFilterQuery.Score;

/**
 * The {@code relevance_filter} query: the hits of a query that are relevant enough.
 *
 * <pre>{@code
 * { "relevance_filter": { "query": { "nearest": {..} }, "adapter": "products", "min_relevance": 0.5 } }
 * { "relevance_filter": { "query": { any query }, "field": "title_embedding", "vector": [..],
 *     "cutoff": { "type": "z_score", "min": 3, "sample": "products" }, "score": "original" } }
 * }</pre>
 *
 * <p>An adapter is asked once a request, by the coordinating node before the query goes to the shards. These get the few
 * numbers of its {@link QueryCalibration}, so that all of them decide alike whatever happens to the adapter meanwhile.
 */
public final class RelevanceFilterQueryBuilder extends AbstractQueryBuilder<RelevanceFilterQueryBuilder> {
  public static final String NAME = "relevance_filter";

  private final QueryBuilder query;
  private final String field;
  private final float[] vector;
  private final RelevanceRule rule;
  private final Score score;
  /** Known after the rewrite, if the rule needs it. */
  private final QueryCalibration calibration;
  /** Known while it is looked up, on one node. */
  private final SetOnce<QueryCalibration> pending;
  private final AdapterSource adapters;

  /**
   * @param field a field of type embedding; null for that of the {@code nearest} query inside
   * @param vector 1–{@link VectorParser#MAX_DIMENSION} finite numbers; null, with the field, for that of the query inside
   * @param adapters where an adapter is looked up on the node that coordinates the search
   */
  RelevanceFilterQueryBuilder(QueryBuilder query, String field, float[] vector, RelevanceRule rule, Score score,
      AdapterSource adapters) {
    this(query, field, vector, rule, score, null, null, adapters);
  }

  private RelevanceFilterQueryBuilder(QueryBuilder query, String field, float[] vector, RelevanceRule rule, Score score,
      QueryCalibration calibration, SetOnce<QueryCalibration> pending, AdapterSource adapters) {
    this.query = Objects.requireNonNull(query, "query");
    this.field = field;
    this.vector = vector;
    this.rule = Objects.requireNonNull(rule, "rule");
    this.score = Objects.requireNonNull(score, "score");
    this.calibration = calibration;
    this.pending = pending;
    this.adapters = adapters;
    checkParts();
  }

  /** A query that keeps hits of at least a cosine, with the relevance (1 + cosine) / 2. */
  public static RelevanceFilterQueryBuilder ofMinCosine(NearestQueryBuilder query, double minCosine) {
    return new RelevanceFilterQueryBuilder(query, null, null, RelevanceRule.ofCutOff("min_cosine", minCosine, null),
        Score.RELEVANCE, null);
  }

  private void checkParts() {
    if ((field == null) != (vector == null)) {
      throw new IllegalArgumentException("[field] and [vector] are given together, or both are those of [nearest]");
    }
    if (vector != null && (vector.length == 0 || vector.length > VectorParser.MAX_DIMENSION)) {
      throw new IllegalArgumentException(
          "[vector] must have 1 to " + VectorParser.MAX_DIMENSION + " numbers, got " + vector.length);
    }
    if (vector == null && query instanceof NearestQueryBuilder == false) {
      throw new IllegalArgumentException("needs [field] and [vector] around a query that is no [nearest]");
    }
    VectorParser.checkFinite(vector());
    if (calibration != null && (rule.needsCalibration() == false
        || rule.comparesWithSample() != (calibration.statistics() != null))) {
      throw new IllegalArgumentException("a calibration that the rule has no use for");
    }
    FieldQueryParser.checkNesting(this);
  }

  /** Reads a query from the wire; the limits of its parts are checked again by their constructors. */
  public RelevanceFilterQueryBuilder(StreamInput in, AdapterSource adapters) throws IOException {
    super(in);
    this.adapters = adapters;
    query = in.readNamedWriteable(QueryBuilder.class);
    field = in.readOptionalString();
    vector = field == null ? null : in.readFloatArray();
    rule = new RelevanceRule(in);
    score = in.readEnum(Score.class);
    calibration = in.readOptionalWriteable(QueryCalibration::read);
    pending = null;
    checkParts();
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    if (pending != null) {
      throw new IllegalStateException("an adapter is being looked up");
    }
    out.writeNamedWriteable(query);
    out.writeOptionalString(field);
    if (field != null) {
      out.writeFloatArray(vector);
    }
    rule.writeTo(out);
    out.writeEnum(score);
    out.writeOptionalWriteable(calibration);
  }

  /**
   * How OpenSearch reads the query.
   *
   * @param adapters asked for when a query needs one, as there are none before the node has started
   */
  public static QuerySpec<RelevanceFilterQueryBuilder> spec(Supplier<? extends AdapterSource> adapters) {
    AdapterSource source = (name, vector, statistics, listener) -> adapters.get()
        .calibrate(name, vector, statistics, listener);
    return new QuerySpec<>(NAME, in -> new RelevanceFilterQueryBuilder(in, source),
        parser -> fromXContent(parser, source));
  }

  /** Reads a query from JSON. */
  public static RelevanceFilterQueryBuilder fromXContent(XContentParser parser, AdapterSource adapters)
      throws IOException {
    return new RelevanceFilterQueryParser(parser).parse(adapters);
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME);
    builder.field("query", query);
    if (field != null) {
      builder.field("field", field);
      builder.array("vector", vector);
    }
    rule.toXContent(builder, params);
    builder.field("score", score.name().toLowerCase(Locale.ROOT));
    printBoostAndQueryName(builder);
    builder.endObject();
  }

  private String field() {
    return field == null ? ((NearestQueryBuilder) query).field() : field;
  }

  private float[] vector() {
    return vector == null ? ((NearestQueryBuilder) query).vector() : vector;
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryBuilder rewritten = query.rewrite(context);
    if (rewritten instanceof MatchNoneQueryBuilder) {
      return rewritten;
    }
    if (rewritten != query) {
      return with(rewritten, calibration, pending);
    }
    if (rule.needsCalibration() == false || calibration != null) {
      return this;
    }
    if (pending == null) {
      return with(query, null, lookUp(context));
    }
    return pending.get() == null ? this : with(query, pending.get(), null);
  }

  private SetOnce<QueryCalibration> lookUp(QueryRewriteContext context) {
    SetOnce<QueryCalibration> found = new SetOnce<>();
    context.registerAsyncAction((client, listener) -> adapters.calibrate(rule.adapter(), vector(),
        rule.comparesWithSample(), ActionListener.wrap(answer -> {
          found.set(answer);
          listener.onResponse(null);
        }, listener::onFailure)));
    return found;
  }

  private RelevanceFilterQueryBuilder with(QueryBuilder newQuery, QueryCalibration newCalibration,
      SetOnce<QueryCalibration> newPending) {
    boolean wasNearest = vector == null && newQuery instanceof NearestQueryBuilder == false;
    return new RelevanceFilterQueryBuilder(newQuery, wasNearest ? field() : field, wasNearest ? vector() : vector, rule,
        score, newCalibration, newPending, adapters).boost(boost()).queryName(queryName());
  }

  @Override
  protected Query doToQuery(QueryShardContext context) throws IOException {
    if (rule.needsCalibration() && calibration == null) {
      throw new UnsupportedOperationException("query must be rewritten first");
    }
    Query inner = query.toQuery(context);
    if (inner instanceof MatchNoDocsQuery) {
      return inner;
    }
    EmbeddingFieldType type = fieldType(context);
    checkLevel(type, context);
    try {
      type.check(vector());
      checkSpace(type);
      return filtered(inner, type);
    } catch (IllegalArgumentException e) {
      throw new QueryShardException(context, "[" + NAME + "] " + e.getMessage(), e);
    }
  }

  /** The boost of a search for the nearest is put outside, so that the search itself is seen inside. */
  private Query filtered(Query inner, EmbeddingFieldType type) {
    if (inner instanceof BoostQuery boosted && boosted.getQuery() instanceof NearestQuery nearest) {
      Query unboosted = filtered(nearest, type);
      return score == Score.RELEVANCE ? unboosted : new BoostQuery(unboosted, boosted.getBoost());
    }
    return new RelevanceFilterQuery(inner, type.name(), vector(), type.similarity(), rule.cut(vector(), calibration),
        score);
  }

  private EmbeddingFieldType fieldType(QueryShardContext context) {
    MappedFieldType type = context.fieldMapper(field());
    if (type == null) {
      throw new QueryShardException(context, "[" + NAME + "] finds no field [" + field() + "] in the mapping");
    }
    if (type.unwrap() instanceof EmbeddingFieldType embedding) {
      return embedding;
    }
    throw new QueryShardException(context, "[" + NAME + "] needs a field of type [embedding], but [" + field()
        + "] is of type [" + type.typeName() + "]");
  }

  /** Vectors of nested objects are met inside a nested query only: elsewhere no hit would have one. */
  private static void checkLevel(EmbeddingFieldType type, QueryShardContext context) {
    ObjectMapper scope = context.nestedScope().getObjectMapper();
    String path = NestedFilter.level(type.name(), context);
    if (path.equals(scope == null ? "" : scope.fullPath()) == false) {
      throw new QueryShardException(context, "[" + NAME + "] on field [" + type.name() + "] must stand "
          + (path.isEmpty() ? "outside of a [nested] query" : "inside a [nested] query of path [" + path + "]"));
    }
  }

  private void checkSpace(EmbeddingFieldType type) {
    String problem = calibration == null ? null : calibration.space().problemWith(EmbeddingSpace.of(type));
    if (problem != null) {
      throw new IllegalArgumentException(
          "adapter [" + rule.adapter() + "] does not fit field [" + type.name() + "]: it " + problem);
    }
  }

  /** Adds a filter to the query inside, so that a search for the nearest fills k from what passes it. */
  @Override
  public QueryBuilder filter(QueryBuilder added) {
    return validateFilterParams(added) ? with(query.filter(added), calibration, pending) : this;
  }

  @Override
  public void visit(QueryBuilderVisitor visitor) {
    visitor.accept(this);
    query.visit(visitor.getChildVisitor(Occur.MUST));
  }

  QueryBuilder query() {
    return query;
  }

  @Override
  protected boolean doEquals(RelevanceFilterQueryBuilder other) {
    return query.equals(other.query) && Objects.equals(field, other.field) && Arrays.equals(vector, other.vector)
        && rule.equals(other.rule) && score == other.score && Objects.equals(calibration, other.calibration);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(query, field, Arrays.hashCode(vector), rule, score, calibration);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
