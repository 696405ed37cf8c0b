package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;

import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
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
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;

import dev.embedding.plugin.mapper.EmbeddingFieldMapper;
import dev.embedding.plugin.mapper.EmbeddingFieldType;
import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.NearestOptions;
import dev.embedding.search.NearestQuery;

/**
 * The {@code nearest} query: the k documents of a shard whose vectors in a field are nearest to a given one.
 *
 * <pre>{@code
 * { "nearest": { "title_embedding": { "vector": [..] | "base64", "k": 10, "candidates": 100, "filter": { any query },
 *     "oversample": 3.0, "exact": false, "min_score": 0.7, "model": "bge-small-en-v1.5" } } }
 * }</pre>
 */
public final class NearestQueryBuilder extends AbstractQueryBuilder<NearestQueryBuilder> {
  public static final String NAME = "nearest";

  static final ParseField VECTOR = new ParseField("vector");
  static final ParseField K = new ParseField("k");
  static final ParseField CANDIDATES = new ParseField("candidates");
  static final ParseField OVERSAMPLE = new ParseField("oversample");
  static final ParseField EXACT = new ParseField("exact");
  static final ParseField MIN_SCORE = new ParseField("min_score");
  static final ParseField FILTER = new ParseField("filter");
  static final ParseField MODEL = new ParseField("model");
  static final ParseField IGNORE_UNMAPPED = new ParseField("ignore_unmapped");

  private final String field;
  private final float[] vector;
  private final NearestOptions options;
  private final QueryBuilder filter;
  private final String model;
  private final boolean ignoreUnmapped;

  /**
   * @param vector 1–{@link VectorParser#MAX_DIMENSION} finite numbers; whether it fits the field is checked at the shard
   * @param filter the documents to choose from, or null for all
   * @param model the model that made the vector, which must be the field's; null if not to be checked
   * @param ignoreUnmapped whether an index without the field has no hits instead of failing
   */
  public NearestQueryBuilder(String field, float[] vector, NearestOptions options, QueryBuilder filter, String model,
      boolean ignoreUnmapped) {
    this.field = Objects.requireNonNull(field, "field");
    this.vector = checked(vector);
    this.options = Objects.requireNonNull(options, "options");
    this.filter = filter;
    this.model = model;
    this.ignoreUnmapped = ignoreUnmapped;
    FieldQueryParser.checkNesting(this);
  }

  /** Reads a query from the wire; the limits of its parts are checked again by their constructors. */
  public NearestQueryBuilder(StreamInput in) throws IOException {
    super(in);
    field = in.readString();
    vector = checked(in.readFloatArray());
    options = new NearestOptions(in.readVInt(), in.readVInt(), in.readFloat(), in.readBoolean(), in.readFloat());
    filter = in.readOptionalNamedWriteable(QueryBuilder.class);
    model = in.readOptionalString();
    ignoreUnmapped = in.readBoolean();
    FieldQueryParser.checkNesting(this);
  }

  private static float[] checked(float[] vector) {
    if (vector.length == 0 || vector.length > VectorParser.MAX_DIMENSION) {
      throw new IllegalArgumentException(
          "[vector] must have 1 to " + VectorParser.MAX_DIMENSION + " numbers, got " + vector.length);
    }
    return VectorParser.checkFinite(vector);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    out.writeString(field);
    out.writeFloatArray(vector);
    out.writeVInt(options.k());
    out.writeVInt(options.candidates());
    out.writeFloat(options.oversample());
    out.writeBoolean(options.exact());
    out.writeFloat(options.minScore());
    out.writeOptionalNamedWriteable(filter);
    out.writeOptionalString(model);
    out.writeBoolean(ignoreUnmapped);
  }

  /** Reads a query from JSON. */
  public static NearestQueryBuilder fromXContent(XContentParser parser) throws IOException {
    return new NearestQueryParser(parser).parse();
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).startObject(field);
    builder.array(VECTOR.getPreferredName(), vector);
    builder.field(K.getPreferredName(), options.k());
    builder.field(CANDIDATES.getPreferredName(), options.candidates());
    if (options.oversample() != 0) {
      builder.field(OVERSAMPLE.getPreferredName(), options.oversample());
    }
    builder.field(EXACT.getPreferredName(), options.exact());
    if (options.minScore() != 0) {
      builder.field(MIN_SCORE.getPreferredName(), options.minScore());
    }
    if (filter != null) {
      builder.field(FILTER.getPreferredName(), filter);
    }
    if (model != null) {
      builder.field(MODEL.getPreferredName(), model);
    }
    builder.field(IGNORE_UNMAPPED.getPreferredName(), ignoreUnmapped);
    printBoostAndQueryName(builder);
    builder.endObject().endObject();
  }

  @Override
  protected Query doToQuery(QueryShardContext context) throws IOException {
    if (ignoreUnmapped && context.fieldMapper(field) == null) {
      return new MatchNoDocsQuery("field [" + field + "] is not mapped");
    }
    EmbeddingFieldType embedding = FieldLookup.find(EmbeddingFieldType.class,
        EmbeddingFieldMapper.CONTENT_TYPE, NAME, field, model, context);
    try {
      embedding.check(vector);
    } catch (IllegalArgumentException e) {
      throw new QueryShardException(context, "[" + NAME + "] [vector]: " + e.getMessage(), e);
    }
    return new NearestQuery(embedding.name(), vector, options, NestedFilter.of(filter, embedding.name(), context),
        context.getParentFilter(), SearchCancellation::of);
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    if (filter == null) {
      return this;
    }
    QueryBuilder rewritten = filter.rewrite(context);
    if (rewritten instanceof MatchNoneQueryBuilder) {
      return rewritten;
    }
    return rewritten == filter ? this : withFilter(rewritten);
  }

  /** Adds a filter to the one that is there: inside the search, so that k is filled from what passes both. */
  @Override
  public QueryBuilder filter(QueryBuilder added) {
    if (validateFilterParams(added) == false) {
      return this;
    }
    return withFilter(filter == null ? added : new BoolQueryBuilder().filter(filter).filter(added));
  }

  private NearestQueryBuilder withFilter(QueryBuilder newFilter) {
    return new NearestQueryBuilder(field, vector, options, newFilter, model, ignoreUnmapped).boost(boost())
        .queryName(queryName());
  }

  @Override
  public void visit(QueryBuilderVisitor visitor) {
    visitor.accept(this);
    if (filter != null) {
      filter.visit(visitor.getChildVisitor(Occur.FILTER));
    }
  }

  String field() {
    return field;
  }

  float[] vector() {
    return vector;
  }

  QueryBuilder filter() {
    return filter;
  }

  NearestOptions options() {
    return options;
  }

  @Override
  protected boolean doEquals(NearestQueryBuilder other) {
    return field.equals(other.field) && Arrays.equals(vector, other.vector) && options.equals(other.options)
        && Objects.equals(filter, other.filter) && Objects.equals(model, other.model)
        && ignoreUnmapped == other.ignoreUnmapped;
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(field, Arrays.hashCode(vector), options, filter, model, ignoreUnmapped);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
