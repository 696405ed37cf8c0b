package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.Objects;

import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.search.SearchService;
import org.opensearch.search.builder.SearchSourceBuilder;

import dev.embedding.multivector.TokenVectors;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldMapper;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldType;
import dev.embedding.plugin.mapper.QueryVectors;
import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.MaxSimOptions;
import dev.embedding.search.MaxSimQuery;
import dev.embedding.search.MaxSimScoreQuery;

/**
 * The {@code max_sim} query: the k documents of a shard whose vectors in a field match those of the query best, or the
 * hits of another query, scored by how well theirs do.
 *
 * <pre>{@code
 * { "max_sim": { "body_tokens": { "vectors": [[..],..] | "base64", "k": 10, "candidates": 200, "filter": { any query },
 *     "rerank": "exact" | "none", "token_hits": 3, "model": "colbertv2" } } }
 * { "max_sim": { "body_tokens": { "vectors": [[..],..] | "base64", "query": { any query }, "token_hits": 3 } } }
 * }</pre>
 */
public final class MaxSimQueryBuilder extends AbstractQueryBuilder<MaxSimQueryBuilder> {
  public static final String NAME = "max_sim";
  /** The most vectors of a document that are shown for a hit. */
  public static final int MAX_TOKEN_HITS = 100;

  static final ParseField VECTORS = new ParseField("vectors");
  static final ParseField K = new ParseField("k");
  static final ParseField CANDIDATES = new ParseField("candidates");
  static final ParseField FILTER = new ParseField("filter");
  static final ParseField RERANK = new ParseField("rerank");
  static final ParseField QUERY = new ParseField("query");
  static final ParseField TOKEN_HITS = new ParseField("token_hits");
  static final ParseField MODEL = new ParseField("model");
  static final ParseField IGNORE_UNMAPPED = new ParseField("ignore_unmapped");

  private final String field;
  private final QueryVectors vectors;
  private final MaxSimOptions options;
  private final QueryBuilder filter;
  private final QueryBuilder query;
  private final int tokenHits;
  private final String model;
  private final boolean ignoreUnmapped;

  /**
   * @param vectors whether they fit the field is checked at the shard
   * @param options how the best documents are found; null if the query's hits are scored
   * @param filter the documents to choose from, or null for all
   * @param query whose hits are scored; null if the best documents are to be found
   * @param tokenHits how many vectors of a document are shown for a hit, 0–{@link #MAX_TOKEN_HITS}
   * @param model the model that made the vectors, which must be the field's; null if not to be checked
   * @param ignoreUnmapped whether an index without the field has no hits instead of failing
   */
  public MaxSimQueryBuilder(String field, QueryVectors vectors, MaxSimOptions options, QueryBuilder filter,
      QueryBuilder query, int tokenHits, String model, boolean ignoreUnmapped) {
    this.field = Objects.requireNonNull(field, "field");
    this.vectors = Objects.requireNonNull(vectors, "vectors");
    this.options = options;
    this.filter = filter;
    this.query = query;
    this.tokenHits = tokenHits;
    this.model = model;
    this.ignoreUnmapped = ignoreUnmapped;
    check();
  }

  /** Reads a query from the wire; the limits of its parts are checked again by their constructors. */
  public MaxSimQueryBuilder(StreamInput in) throws IOException {
    super(in);
    field = in.readString();
    vectors = new QueryVectors(in.readFloatArray(), in.readVInt());
    options = in.readBoolean() ? new MaxSimOptions(in.readVInt(), in.readVInt(), in.readBoolean()) : null;
    filter = in.readOptionalNamedWriteable(QueryBuilder.class);
    query = in.readOptionalNamedWriteable(QueryBuilder.class);
    tokenHits = in.readVInt();
    model = in.readOptionalString();
    ignoreUnmapped = in.readBoolean();
    check();
  }

  private void check() {
    if ((options == null) == (query == null) || (query != null && filter != null)) {
      throw new IllegalArgumentException("either [k], with or without a [filter], or [query] must be given");
    }
    if (tokenHits < 0 || tokenHits > MAX_TOKEN_HITS) {
      throw new IllegalArgumentException(
          "[token_hits] must be between 0 and " + MAX_TOKEN_HITS + ", got " + tokenHits);
    }
    FieldQueryParser.checkNesting(this);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    out.writeString(field);
    out.writeFloatArray(vectors.numbers());
    out.writeVInt(vectors.dimension());
    out.writeBoolean(options != null);
    if (options != null) {
      out.writeVInt(options.k());
      out.writeVInt(options.candidates());
      out.writeBoolean(options.rerank());
    }
    out.writeOptionalNamedWriteable(filter);
    out.writeOptionalNamedWriteable(query);
    out.writeVInt(tokenHits);
    out.writeOptionalString(model);
    out.writeBoolean(ignoreUnmapped);
  }

  /** Reads a query from JSON. */
  public static MaxSimQueryBuilder fromXContent(XContentParser parser) throws IOException {
    return new MaxSimQueryParser(parser).parse();
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).startObject(field);
    vectorsToXContent(builder);
    if (options != null) {
      builder.field(K.getPreferredName(), options.k());
      builder.field(CANDIDATES.getPreferredName(), options.candidates());
      builder.field(RERANK.getPreferredName(), options.rerank() ? "exact" : "none");
    }
    if (filter != null) {
      builder.field(FILTER.getPreferredName(), filter);
    }
    if (query != null) {
      builder.field(QUERY.getPreferredName(), query);
    }
    if (tokenHits > 0) {
      builder.field(TOKEN_HITS.getPreferredName(), tokenHits);
    }
    if (model != null) {
      builder.field(MODEL.getPreferredName(), model);
    }
    builder.field(IGNORE_UNMAPPED.getPreferredName(), ignoreUnmapped);
    printBoostAndQueryName(builder);
    builder.endObject().endObject();
  }

  /** In the form in which they came. */
  private void vectorsToXContent(XContentBuilder builder) throws IOException {
    float[] numbers = vectors.numbers();
    if (vectors.dimension() == QueryVectors.UNKNOWN) {
      builder.field(VECTORS.getPreferredName(), VectorParser.encode(numbers));
      return;
    }
    builder.startArray(VECTORS.getPreferredName());
    for (int start = 0; start < numbers.length; start += vectors.dimension()) {
      builder.startArray();
      for (int i = start; i < start + vectors.dimension(); i++) {
        builder.value(numbers[i]);
      }
      builder.endArray();
    }
    builder.endArray();
  }

  @Override
  protected Query doToQuery(QueryShardContext context) throws IOException {
    if (ignoreUnmapped && context.fieldMapper(field) == null) {
      return new MatchNoDocsQuery("field [" + field + "] is not mapped");
    }
    MultiEmbeddingFieldType tokens = FieldLookup.find(MultiEmbeddingFieldType.class,
        MultiEmbeddingFieldMapper.CONTENT_TYPE, NAME, field, model, context);
    TokenVectors fitting;
    try {
      fitting = tokens.check(vectors);
    } catch (IllegalArgumentException e) {
      throw new QueryShardException(context, "[" + NAME + "] [vectors]: " + e.getMessage(), e);
    }
    Query found = query == null
        ? new MaxSimQuery(tokens.name(), fitting, tokens.encoder(), options,
            NestedFilter.of(filter, tokens.name(), context),
            SearchCancellation::of)
        : new MaxSimScoreQuery(tokens.name(), fitting, NestedFilter.of(query, tokens.name(), context));
    return tokenHits == 0 ? found : new TokenHitsQuery(found, tokens, fitting, tokenHits);
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    checkPaging(context);
    QueryBuilder inner = query == null ? filter : query;
    if (inner == null) {
      return this;
    }
    QueryBuilder rewritten = inner.rewrite(context);
    if (rewritten instanceof MatchNoneQueryBuilder) {
      return rewritten;
    }
    return rewritten == inner ? this : query == null ? with(rewritten, null) : with(null, rewritten);
  }

  /** Only the node that takes the request knows which page it asks for. */
  private void checkPaging(QueryRewriteContext context) {
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    if (options != null && coordinator != null && coordinator.getSearchRequest() instanceof SearchRequest request
        && request.source() != null) {
      int end = end(request.source());
      if (end > options.candidates()) {
        throw new IllegalArgumentException("[" + NAME + "] [candidates] (" + options.candidates()
            + ") must cover [from] + [size] (" + end + "); set it to " + end + " or more, or ask for less");
      }
    }
  }

  private static int end(SearchSourceBuilder source) {
    int from = Math.max(source.from(), SearchService.DEFAULT_FROM);
    int size = source.size() < 0 ? SearchService.DEFAULT_SIZE : source.size();
    return (int) Math.min((long) from + size, Integer.MAX_VALUE);
  }

  /** Adds a filter to the one that is there: inside the search, so that k is filled from what passes both. */
  @Override
  public QueryBuilder filter(QueryBuilder added) {
    if (validateFilterParams(added) == false) {
      return this;
    }
    if (query != null) {
      return with(null, new BoolQueryBuilder().must(query).filter(added));
    }
    return with(filter == null ? added : new BoolQueryBuilder().filter(filter).filter(added), null);
  }

  private MaxSimQueryBuilder with(QueryBuilder newFilter, QueryBuilder newQuery) {
    return new MaxSimQueryBuilder(field, vectors, options, newFilter, newQuery, tokenHits, model, ignoreUnmapped)
        .boost(boost())
        .queryName(queryName());
  }

  @Override
  public void visit(QueryBuilderVisitor visitor) {
    visitor.accept(this);
    if (filter != null) {
      filter.visit(visitor.getChildVisitor(Occur.FILTER));
    }
    if (query != null) {
      query.visit(visitor.getChildVisitor(Occur.MUST));
    }
  }

  QueryVectors vectors() {
    return vectors;
  }

  MaxSimOptions options() {
    return options;
  }

  QueryBuilder filter() {
    return filter;
  }

  QueryBuilder query() {
    return query;
  }

  @Override
  protected boolean doEquals(MaxSimQueryBuilder other) {
    return field.equals(other.field) && vectors.equals(other.vectors) && Objects.equals(options, other.options)
        && Objects.equals(filter, other.filter) && Objects.equals(query, other.query) && tokenHits == other.tokenHits
        && Objects.equals(model, other.model) && ignoreUnmapped == other.ignoreUnmapped;
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(field, vectors, options, filter, query, tokenHits, model, ignoreUnmapped);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
