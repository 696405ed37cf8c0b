package dev.embedding.plugin.query;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.anyOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.WrapperQueryBuilder;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.test.AbstractQueryTestCase;
import org.opensearch.test.TestGeoShapeFieldMapperPlugin;

import dev.embedding.plugin.EmbeddingSettings;
import dev.embedding.plugin.adapter.EmbeddingSpace;
import dev.embedding.plugin.adapter.QueryCalibration;
import dev.embedding.plugin.mapper.EmbeddingFieldMapper;
import dev.embedding.plugin.mapper.QueryVectors;
import dev.embedding.relevance.CosineCurve;
import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.CosineStatistics;
import dev.embedding.search.NearestOptions;
import dev.embedding.search.RelevanceFilterQuery;
import dev.embedding.search.RelevanceFilterQuery.Score;

public class RelevanceFilterQueryBuilderTests extends AbstractQueryTestCase<RelevanceFilterQueryBuilder> {
  private static final String FIELD = "embedded";
  private static final EmbeddingSpace SPACE = new EmbeddingSpace(3, VectorSimilarityFunction.COSINE, "first");
  private static final CosineCurve CURVE = new CosineCurve(CosineMap.LINEAR, 12, -8, 0, 0, 1);
  private static final CosineStatistics STATISTICS = new CosineStatistics(0.3, 0.1);
  private static final AtomicInteger LOOKUPS = new AtomicInteger();

  /** The query with adapters that a test knows. */
  public static final class Queries extends Plugin implements SearchPlugin, MapperPlugin {
    private static void calibrate(String name, boolean statistics, ActionListener<QueryCalibration> listener) {
      LOOKUPS.incrementAndGet();
      if (name.equals("missing")) {
        listener.onFailure(new ResourceNotFoundException("there is no adapter [{}]", name));
        return;
      }
      EmbeddingSpace space = switch (name) {
        case "large" -> new EmbeddingSpace(4, VectorSimilarityFunction.COSINE, null);
        case "euclidean" -> new EmbeddingSpace(3, VectorSimilarityFunction.EUCLIDEAN, null);
        case "second" -> new EmbeddingSpace(3, VectorSimilarityFunction.COSINE, "second");
        default -> SPACE;
      };
      listener.onResponse(statistics
          ? new QueryCalibration(space, null, 0, STATISTICS)
          : new QueryCalibration(space, CURVE, 0.5, null));
    }

    @Override
    public List<Setting<?>> getSettings() {
      return List.of(EmbeddingSettings.ENABLED);
    }

    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
      return Map.of(EmbeddingFieldMapper.CONTENT_TYPE, EmbeddingFieldMapper::parse);
    }

    @Override
    public List<QuerySpec<?>> getQueries() {
      return List.of(
          new QuerySpec<>(NearestQueryBuilder.NAME, NearestQueryBuilder::new, NearestQueryBuilder::fromXContent),
          RelevanceFilterQueryBuilder
              .spec(() -> (name, vector, statistics, listener) -> calibrate(name, statistics, listener)));
    }
  }

  @Override
  @SuppressWarnings("deprecation") // the base class maps a field of that plugin
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TestGeoShapeFieldMapperPlugin.class, Queries.class);
  }

  @Override
  protected Settings createTestIndexSettings() {
    return Settings.builder()
        .put(super.createTestIndexSettings())
        .put(EmbeddingSettings.ENABLED.getKey(), true)
        .build();
  }

  @Override
  protected void initializeAdditionalMappings(MapperService mapperService) throws IOException {
    mapperService.merge("_doc", new CompressedXContent("""
        {"_doc": {"properties": {
          "embedded": {"type": "embedding", "dimension": 3, "model": "first"},
          "far": {"type": "embedding", "dimension": 3, "similarity": "euclidean"},
          "unnamed": {"type": "embedding", "dimension": 3},
          "chunks": {"type": "nested", "properties": {"v": {"type": "embedding", "dimension": 3}}},
          "embedded_alias": {"type": "alias", "path": "embedded"}}}}"""), MapperService.MergeReason.MAPPING_UPDATE);
  }

  @Override
  protected RelevanceFilterQueryBuilder doCreateTestQueryBuilder() {
    Score score = randomFrom(Score.values());
    if (randomBoolean()) {
      return build(nearest(randomFrom(FIELD, "embedded_alias")), null, null, randomRule(true), score);
    }
    QueryBuilder query = switch (randomIntBetween(0, 3)) {
      case 0 -> new MatchAllQueryBuilder();
      case 1 -> new TermQueryBuilder(KEYWORD_FIELD_NAME, randomAlphaOfLength(3));
      case 2 -> nearest(FIELD);
      default -> build(nearest(FIELD), null, null, randomRule(false), Score.RELEVANCE);
    };
    return build(query, FIELD, randomVector(), randomRule(false), score);
  }

  private static RelevanceFilterQueryBuilder build(QueryBuilder query, String field, float[] vector,
      RelevanceRule rule, Score score) {
    return new RelevanceFilterQueryBuilder(query, field, vector, rule, score,
        (name, v, statistics, listener) -> Queries.calibrate(name, statistics, listener));
  }

  private static RelevanceFilterQueryBuilder around(QueryBuilder query, RelevanceRule rule) {
    return build(query, null, null, rule, Score.RELEVANCE);
  }

  private static NearestQueryBuilder nearest(String field) {
    return new NearestQueryBuilder(field, randomVector(), NearestOptions.ofK(1 + randomInt(20)), null, null, false);
  }

  private static float[] randomVector() {
    return new float[] {1 + randomFloat(), randomFloat(), -randomFloat()};
  }

  private static RelevanceRule randomRule(boolean withGap) {
    return switch (randomIntBetween(0, withGap ? 5 : 4)) {
      case 0 -> RelevanceRule.ofAdapter("products", null);
      case 1 -> RelevanceRule.ofAdapter("products", randomDouble());
      case 2 -> RelevanceRule.ofCutOff("min_cosine", randomDouble() * 2 - 1, null);
      case 3 -> RelevanceRule.ofCutOff("z_score", randomDouble() * 6, "products");
      case 4 -> RelevanceRule.ofCutOff("lift", randomDouble(), "products");
      default -> RelevanceRule.ofCutOff("gap", null, null);
    };
  }

  @Override
  public RelevanceFilterQueryBuilder mutateInstance(RelevanceFilterQueryBuilder query) throws IOException {
    return switch (randomIntBetween(0, 2)) {
      case 0 -> build(new BoolQueryBuilder().must(query.query()), FIELD, new float[] {0, 0, 1},
          RelevanceRule.ofCutOff("min_cosine", 0.1, null), Score.ORIGINAL);
      case 1 -> build(nearest("other"), null, null, RelevanceRule.ofAdapter("mutated", null), Score.RELEVANCE);
      default -> changeNameOrBoost(query);
    };
  }

  @Override
  protected void doAssertLuceneQuery(RelevanceFilterQueryBuilder builder, Query query, QueryShardContext context) {
    Query inside = query instanceof BoostQuery boosted ? boosted.getQuery() : query;
    assertThat(inside, anyOf(instanceOf(RelevanceFilterQuery.class), instanceOf(MatchNoDocsQuery.class)));
    if (inside instanceof RelevanceFilterQuery) {
      assertThat(inside.toString(), containsString(", embedded, "));
    }
  }

  @Override
  protected Map<String, RelevanceFilterQueryBuilder> getAlternateVersions() {
    NearestQueryBuilder inner = new NearestQueryBuilder(FIELD, new float[] {1, 2, 3}, NearestOptions.ofK(7), null, null,
        false);
    String nearest = "{\"nearest\": {\"embedded\": {\"vector\": [1, 2, 3], \"k\": 7}}}";
    return Map.of("{\"relevance_filter\": {\"query\": " + nearest + ", \"adapter\": \"products\"}}",
        around(inner, RelevanceRule.ofAdapter("products", null)),
        "{\"relevance_filter\": {\"cutoff\": {\"type\": \"gap\"}, \"query\": " + nearest
            + ", \"score\": \"relevance\"}}",
        around(inner, RelevanceRule.ofCutOff("gap", null, null)),
        "{\"relevance_filter\": {\"adapter\": \"products\", \"min_relevance\": 1, \"field\": \"embedded\", \"vector\": "
            + "\"AACAPwAAAEAAAEBA\", \"query\": {\"match_all\": {}}, \"score\": \"original\"}}",
        build(new MatchAllQueryBuilder(), FIELD, new float[] {1, 2, 3}, RelevanceRule.ofAdapter("products", 1.0),
            Score.ORIGINAL));
  }

  /** What is looked up is found before the query is made, and looked up once. */
  @Override
  public void testMustRewrite() throws IOException {
    RelevanceFilterQueryBuilder query = around(nearest(FIELD), RelevanceRule.ofAdapter("products", null)).boost(2)
        .queryName("named");
    expectThrows(UnsupportedOperationException.class, () -> query.toQuery(createShardContext()));
    int before = LOOKUPS.get();
    QueryBuilder rewritten = rewriteAndFetch(query, createShardContext());
    assertEquals(before + 1, LOOKUPS.get());
    assertEquals(2, rewritten.boost(), 0);
    assertEquals("named", rewritten.queryName());
    assertSame("the shards look nothing up", rewritten, rewritten.rewrite(createShardContext()));
    assertEquals(rewritten, read(write(rewritten)));
    assertNotEquals("what was found is a part of the query", query, rewritten);
    assertEquals(before + 1, LOOKUPS.get());
    assertNotNull(rewritten.toQuery(createShardContext()));
  }

  public void testAnUnknownAdapterIsNotFound() {
    QueryBuilder query = around(nearest(FIELD), RelevanceRule.ofAdapter("missing", null));
    Exception e = expectThrows(Exception.class, () -> rewriteAndFetch(query, createShardContext()));
    assertEquals(RestStatus.NOT_FOUND, ExceptionsHelper.status(ExceptionsHelper.unwrapCause(e)));
    assertThat(ExceptionsHelper.stackTrace(e), containsString("there is no adapter [missing]"));
  }

  public void testTheQueryInsideIsRewrittenToo() throws IOException {
    QueryBuilder term = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    RelevanceFilterQueryBuilder query = build(new WrapperQueryBuilder(term.toString()), FIELD, randomVector(),
        RelevanceRule.ofAdapter("products", null), Score.ORIGINAL);
    assertEquals(term, ((RelevanceFilterQueryBuilder) rewriteAndFetch(query, createShardContext())).query());
    NearestQueryBuilder none = new NearestQueryBuilder(FIELD, randomVector(), NearestOptions.ofK(3),
        new MatchNoneQueryBuilder(), null, false);
    int before = LOOKUPS.get();
    assertThat(rewriteAndFetch(around(none, RelevanceRule.ofAdapter("products", null)), createShardContext()),
        instanceOf(MatchNoneQueryBuilder.class));
    assertEquals("nothing is looked up in vain", before, LOOKUPS.get());
  }

  /** A filter goes inside the search for the nearest. */
  @Override
  public void testFilter() throws IOException {
    NearestQueryBuilder nearest = nearest(FIELD);
    RelevanceFilterQueryBuilder query = around(nearest, RelevanceRule.ofAdapter("products", 0.3)).boost(3)
        .queryName("named");
    assertSame(query, query.filter(null));
    QueryBuilder term = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    RelevanceFilterQueryBuilder filtered = (RelevanceFilterQueryBuilder) query.filter(term);
    assertEquals(nearest.filter(term), filtered.query());
    assertEquals(3, filtered.boost(), 0);
    assertEquals("named", filtered.queryName());
    assertSame("the query itself is left alone", nearest, query.query());
    RelevanceFilterQueryBuilder other = build(new MatchAllQueryBuilder(), FIELD, randomVector(),
        RelevanceRule.ofAdapter("products", 0.3), Score.ORIGINAL);
    assertEquals(new BoolQueryBuilder().must(new MatchAllQueryBuilder()).filter(term),
        ((RelevanceFilterQueryBuilder) other.filter(term)).query());
  }

  public void testVisitReachesTheQueryInside() {
    NearestQueryBuilder nearest = nearest(FIELD);
    RelevanceFilterQueryBuilder query = around(nearest, RelevanceRule.ofAdapter("products", null));
    List<QueryBuilder> visited = new ArrayList<>();
    query.visit(new QueryBuilderVisitor() {
      @Override
      public void accept(QueryBuilder each) {
        visited.add(each);
      }

      @Override
      public QueryBuilderVisitor getChildVisitor(Occur occur) {
        assertEquals(Occur.MUST, occur);
        return this;
      }
    });
    assertEquals(List.of(query, nearest), visited);
  }

  /** The boost of the search inside counts for its own score, and hides nothing from the filter. */
  public void testABoostInsideStaysWhereItCounts() throws IOException {
    RelevanceRule rule = RelevanceRule.ofCutOff("min_cosine", 0.5, null);
    Query relevance = build(nearest(FIELD).boost(3), null, null, rule, Score.RELEVANCE).toQuery(createShardContext());
    assertThat(relevance, instanceOf(RelevanceFilterQuery.class));
    assertThat(relevance.toString(), containsString("relevance_filter(nearest("));
    Query original = build(nearest(FIELD).boost(3), null, null, rule, Score.ORIGINAL).toQuery(createShardContext());
    assertEquals(3, ((BoostQuery) original).getBoost(), 0);
    assertThat(((BoostQuery) original).getQuery(), instanceOf(RelevanceFilterQuery.class));
  }

  public void testAnAdapterMustFitTheField() throws IOException {
    assertRefusedAtTheShard(FIELD, "large", "adapter [large] does not fit field [embedded]", "dimension 4", "have 3");
    assertRefusedAtTheShard(FIELD, "euclidean", "[euclidean]", "similarity [euclidean]", "the field has [cosine]");
    assertRefusedAtTheShard(FIELD, "second", "model [second]", "vectors of [first]");
    assertRefusedAtTheShard("unnamed", "second", "model [second]", "no named model");
    assertRefusedAtTheShard("far", "products", "similarity [cosine]", "the field has [euclidean]");
    assertNotNull(rewriteAndFetch(around(nearest("far"), RelevanceRule.ofAdapter("euclidean", null)),
        createShardContext()).toQuery(createShardContext()));
  }

  private void assertRefusedAtTheShard(String field, String adapter, String... parts) throws IOException {
    for (RelevanceRule rule : List.of(RelevanceRule.ofAdapter(adapter, null),
        RelevanceRule.ofCutOff("z_score", 1.0, adapter))) {
      RelevanceFilterQueryBuilder query = around(nearest(field), rule);
      QueryBuilder rewritten = rewriteAndFetch(query, createShardContext());
      assertShardError(rewritten, parts);
    }
  }

  private static void assertShardError(QueryBuilder query, String... parts) {
    Exception e = expectThrows(QueryShardException.class, () -> query.toQuery(createShardContext()));
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    for (String part : parts) {
      assertThat(e.getMessage(), containsString(part));
    }
  }

  public void testFieldsThatHaveNoCosine() throws IOException {
    RelevanceRule rule = RelevanceRule.ofCutOff("min_cosine", 0.5, null);
    QueryBuilder all = new MatchAllQueryBuilder();
    float[] vector = {1, 0, 0};
    assertShardError(build(all, "missing", vector, rule, Score.RELEVANCE), "no field [missing]");
    assertShardError(build(all, TEXT_FIELD_NAME, vector, rule, Score.RELEVANCE), "type [embedding]", "type [text]");
    assertShardError(build(all, FIELD, new float[] {1, 0}, rule, Score.RELEVANCE), "dimension 3", "got 2");
    assertShardError(build(all, "far", new float[3], rule, Score.RELEVANCE), "no cosine");
    assertShardError(build(all, "chunks.v", vector, rule, Score.RELEVANCE),
        "[chunks.v] must stand inside a [nested] query of path [chunks]");
    NearestQueryBuilder lenient = new NearestQueryBuilder("missing", vector, NearestOptions.ofK(3), null, null, true);
    assertThat(around(lenient, rule).toQuery(createShardContext()), instanceOf(MatchNoDocsQuery.class));
  }

  public void testGapNeedsASearchForTheNearest() {
    RelevanceRule gap = RelevanceRule.ofCutOff("gap", null, null);
    assertShardError(build(new MatchAllQueryBuilder(), FIELD, new float[] {1, 0, 0}, gap, Score.RELEVANCE),
        "[nearest] query of the same vector");
    assertShardError(around(nearest("far"), gap), "cosine or dot product");
  }

  public void testMalformedParametersAreRefusedByNameAndRange() {
    assertMalformed("\"adapter\": \"a\"", "[query] is required");
    assertMalformed(NEAREST, "one of [adapter] and [cutoff] is required");
    assertMalformed(NEAREST + ", \"adapter\": \"a\", \"cutoff\": {\"type\": \"gap\"}", "one of [adapter] and [cutoff]");
    for (String name : List.of("\"\"", "\"A\"", "\"-a\"", "\"a/b\"", "\"..\"", "\"" + "a".repeat(129) + "\"")) {
      assertMalformed(NEAREST + ", \"adapter\": " + name, "[a-z0-9][a-z0-9_-]{0,127}");
    }
    for (String junk : List.of("1", "null", "[]", "{}", "true")) {
      assertMalformed(NEAREST + ", \"adapter\": " + junk, "[adapter]: must be a string");
      assertMalformed(NEAREST + ", \"adapter\": \"a\", \"score\": " + junk, "[score]: must be a string");
      assertMalformed(NEAREST + ", \"adapter\": \"a\", \"_name\": " + junk, "[_name]: must be a string");
    }
    for (String min : List.of("-0.1", "1.1", "\"1\"", "null", "[]", "1e400")) {
      assertMalformed(NEAREST + ", \"adapter\": \"a\", \"min_relevance\": " + min, "[min_relevance]",
          "between 0.0 and 1.0");
    }
    for (String boost : List.of("-1", "\"1\"", "null", "1e39")) {
      assertMalformed(NEAREST + ", \"adapter\": \"a\", \"boost\": " + boost, "[boost]");
    }
    assertMalformed(NEAREST + ", \"adapter\": \"a\", \"score\": \"cosine\"", "[score]: must be relevance or original");
    assertMalformed(NEAREST + ", \"adapter\": \"a\", \"threshold\": 1", "[threshold]", "known are", "min_relevance");
    assertMalformed("\"query\": 1, \"adapter\": \"a\"", "[query]: must be a query, got [1]");
    assertMalformed("\"query\": {\"match_all\": {}}, \"adapter\": \"a\"", "needs [field] and [vector]");
    assertMalformed(NEAREST + ", \"adapter\": \"a\", \"field\": \"embedded\"", "given together");
    assertMalformed(NEAREST + ", \"adapter\": \"a\", \"vector\": [1, null], \"field\": \"x\"", "[vector]", "null");
  }

  public void testMalformedCutOffs() {
    assertMalformedCutOff("{}", "[cutoff]: needs [type]");
    assertMalformedCutOff("1", "[cutoff]: must be an object, got [1]");
    assertMalformedCutOff("{\"type\": 1}", "[cutoff]: [type]: must be a string");
    assertMalformedCutOff("{\"type\": \"knee\"}", "unknown cut-off [knee], known are [gap, lift, min_cosine, z_score]");
    assertMalformedCutOff("{\"type\": \"gap\", \"min\": 1}", "takes no [min], got 1.0");
    assertMalformedCutOff("{\"type\": \"gap\", \"sample\": \"a\"}", "takes no [sample], got [a]");
    assertMalformedCutOff("{\"type\": \"min_cosine\"}", "needs [min]");
    assertMalformedCutOff("{\"type\": \"min_cosine\", \"min\": 1.5}", "between -1.0 and 1.0, got 1.5");
    assertMalformedCutOff("{\"type\": \"min_cosine\", \"min\": null}", "[cutoff]: [min]: must be a number");
    assertMalformedCutOff("{\"type\": \"z_score\", \"min\": 3}", "needs [sample], the name of an adapter");
    assertMalformedCutOff("{\"type\": \"z_score\", \"min\": 101, \"sample\": \"a\"}", "between -100.0 and 100.0");
    assertMalformedCutOff("{\"type\": \"lift\", \"min\": 0.1, \"sample\": \"A\"}", "[a-z0-9]");
    assertMalformedCutOff("{\"type\": \"gap\", \"n\": 1}", "[cutoff]: [n]: unknown parameter");
    assertMalformed(NEAREST + ", \"min_relevance\": 1, \"cutoff\": {\"type\": \"gap\"}",
        "[min_relevance] goes with [adapter]");
  }

  private static final String NEAREST = "\"query\": {\"nearest\": {\"embedded\": {\"vector\": [1, 2, 3], \"k\": 7}}}";

  private void assertMalformedCutOff(String cutOff, String... parts) {
    assertMalformed(NEAREST + ", \"cutoff\": " + cutOff, parts);
  }

  private void assertMalformed(String parameters, String... parts) {
    String json = "{\"relevance_filter\": {" + parameters + "}}";
    Exception e = expectThrows(Exception.class, () -> parseQuery(json));
    assertThat(parameters, e, instanceOf(ParsingException.class));
    for (String part : parts) {
      assertThat(parameters, e.getMessage(), containsString(part));
    }
  }

  public void testNestingEndsAtItsLimit() throws IOException {
    assertNotNull(parseQuery(nested(NearestQueryParser.MAX_NESTING - 1)));
    for (int depth : new int[] {NearestQueryParser.MAX_NESTING, 300}) {
      Exception e = expectThrows(Exception.class, () -> parseQuery(nested(depth)));
      assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
      assertThat(ExceptionsHelper.stackTrace(e), containsString("nested deeper than 20"));
    }
  }

  private static String nested(int depth) {
    String json = "{\"nearest\": {\"embedded\": {\"vector\": [1, 2, 3], \"k\": 1}}}";
    for (int i = 0; i < depth; i++) {
      json = "{\"relevance_filter\": {\"field\": \"embedded\", \"vector\": [1, 2, 3], \"cutoff\": {\"type\": "
          + "\"min_cosine\", \"min\": 0}, \"query\": " + json + "}}";
    }
    return json;
  }

  public void testLimitsHoldOnTheWire() throws IOException {
    assertNotNull(read(raw(new float[] {1}, "a", 0.5, null, null, null)));
    assertWireRefused(raw(new float[0], "a", 0.5, null, null, null), "[vector]");
    assertWireRefused(raw(new float[4097], "a", 0.5, null, null, null), "[vector]");
    assertWireRefused(raw(new float[] {Float.NaN}, "a", 0.5, null, null, null), "finite");
    assertWireRefused(raw(new float[] {1}, "../a", 0.5, null, null, null), "name of an adapter");
    assertWireRefused(raw(new float[] {1}, "a", 1.5, null, null, null), "[min_relevance]");
    assertWireRefused(raw(new float[] {1}, "a", Double.NaN, null, null, null), "[min_relevance]");
    assertWireRefused(raw(new float[] {1}, null, null, null, null, null), "[adapter] or [cutoff]");
    assertWireRefused(raw(new float[] {1}, null, null, "knee", 1.0, null), "unknown cut-off");
    assertWireRefused(raw(new float[] {1}, null, null, "min_cosine", Double.NaN, null), "[min]");
    assertWireRefused(raw(new float[] {1}, null, null, "min_cosine", 1.0,
        new QueryCalibration(SPACE, CURVE, 0.5, null)), "no use");
    assertWireRefused(raw(new float[] {1}, "a", null, null, null, new QueryCalibration(SPACE, null, 0, STATISTICS)),
        "no use");
  }

  private void assertWireRefused(BytesReference bytes, String part) {
    Exception e = expectThrows(IllegalArgumentException.class, () -> read(bytes));
    assertThat(e.getMessage(), containsString(part));
  }

  public void testForgedVectorLengthTakesNoMemory() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      writeHeader(out);
      out.writeVInt(1 << 30);
      out.writeFloat(1);
      expectThrows(EOFException.class, () -> read(out.bytes()));
    }
  }

  public void testTruncatedWireFormatIsAnInputError() throws IOException {
    for (int run = 0; run < 20; run++) {
      QueryBuilder rewritten = rewriteAndFetch(createTestQueryBuilder(), createShardContext());
      BytesReference whole = write(rewritten);
      assertEquals(rewritten, read(whole));
      for (int length = 0; length < whole.length(); length++) {
        BytesReference part = whole.slice(0, length);
        Exception e = expectThrows(Exception.class, () -> read(part));
        assertTrue(e.toString(), e instanceof IOException || e instanceof IllegalArgumentException);
      }
    }
  }

  /** Written by hand, as the constructor would refuse what is to be tested. */
  private static BytesReference raw(float[] vector, String adapter, Double minRelevance, String cutOff, Double min,
      QueryCalibration calibration) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      writeHeader(out);
      out.writeFloatArray(vector);
      out.writeOptionalString(adapter);
      out.writeOptionalDouble(minRelevance);
      out.writeOptionalString(cutOff);
      out.writeOptionalDouble(min);
      out.writeEnum(Score.RELEVANCE);
      out.writeOptionalWriteable(calibration);
      return out.bytes();
    }
  }

  private static void writeHeader(StreamOutput out) throws IOException {
    out.writeString(RelevanceFilterQueryBuilder.NAME);
    out.writeFloat(1);
    out.writeOptionalString(null);
    out.writeNamedWriteable(new MatchAllQueryBuilder());
    out.writeOptionalString(FIELD);
  }

  private static BytesReference write(QueryBuilder query) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      out.writeNamedWriteable(query);
      return out.bytes();
    }
  }

  private QueryBuilder read(BytesReference bytes) throws IOException {
    try (StreamInput in = new NamedWriteableAwareStreamInput(bytes.streamInput(), namedWriteableRegistry())) {
      return in.readNamedWriteable(QueryBuilder.class);
    }
  }

  public void testJsonHasEveryParameter() throws IOException {
    String json = """
        {
          "relevance_filter" : {
            "query" : { "match_all" : { "boost" : 1.0 } },
            "field" : "embedded",
            "vector" : [ 1.0, 2.0, 3.5 ],
            "adapter" : "products",
            "min_relevance" : 0.5,
            "score" : "original",
            "boost" : 2.0,
            "_name" : "good ones"
          }
        }""";
    checkGeneratedJson(json, parseQuery(json));
    String cutOff = """
        {
          "relevance_filter" : {
            "query" : { "match_all" : { "boost" : 1.0 } },
            "field" : "embedded",
            "vector" : [ 1.0, 2.0, 3.5 ],
            "cutoff" : { "type" : "z_score", "min" : 3.0, "sample" : "products" },
            "score" : "relevance",
            "boost" : 1.0
          }
        }""";
    checkGeneratedJson(cutOff, parseQuery(cutOff));
    assertThat(parseQuery(cutOff).toString(), allOf(containsString("z_score"), containsString("products")));
  }

  /** What the neural-search plugin calls its query is enough: nothing else of it matters here. */
  private static final class Hybrid extends MatchAllQueryBuilder {
    @Override
    public String getWriteableName() {
      return "hybrid";
    }
  }

  public void testHybridIsRefusedInside() {
    QueryBuilder hybrid = new Hybrid();
    NearestQueryBuilder nearest = new NearestQueryBuilder(FIELD, new float[] {1, 2, 3}, NearestOptions.ofK(1),
        null, null, false);
    for (QueryBuilder inside : List.of(hybrid, new BoolQueryBuilder().must(hybrid))) {
      for (ThrowingRunnable query : List.<ThrowingRunnable>of(
          () -> assertNull(new NearestQueryBuilder(FIELD, new float[] {1, 2, 3}, NearestOptions.ofK(1), inside, null,
              false)),
          () -> assertNull(new MaxSimQueryBuilder(FIELD, new QueryVectors(new float[] {1, 2, 3}, 3), null, null,
              inside, 0, null, false)),
          () -> assertNull(around(inside)),
          () -> assertNull(around(new BoolQueryBuilder().must(nearest).must(inside))))) {
        Exception e = expectThrows(IllegalArgumentException.class, query);
        assertThat(e.getMessage(), containsString("put it into [hybrid]"));
      }
    }
    assertNotNull(around(new BoolQueryBuilder().must(nearest)));
  }

  private static RelevanceFilterQueryBuilder around(QueryBuilder query) {
    return new RelevanceFilterQueryBuilder(query, FIELD, new float[] {1, 2, 3},
        RelevanceRule.ofCutOff("min_cosine", 0.5, null), Score.ORIGINAL, null);
  }
}
