package dev.embedding.plugin.query;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.WrapperQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.AbstractQueryTestCase;
import org.opensearch.test.TestGeoShapeFieldMapperPlugin;

import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.EmbeddingSettings;
import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.NearestOptions;
import dev.embedding.search.NearestQuery;

public class NearestQueryBuilderTests extends AbstractQueryTestCase<NearestQueryBuilder> {
  private static final String FIELD = "embedded";
  private static final String UNNAMED = "embedded_by_no_named_model";
  private static final int DIMENSION = 5;

  @Override
  @SuppressWarnings("deprecation") // the base class maps a field of that plugin
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TestGeoShapeFieldMapperPlugin.class, EmbeddingPlugin.class);
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
          "embedded": {"type": "embedding", "dimension": 5, "model": "first"},
          "embedded_by_no_named_model": {"type": "embedding", "dimension": 5},
          "embedded_alias": {"type": "alias", "path": "embedded"}}}}"""), MapperService.MergeReason.MAPPING_UPDATE);
  }

  @Override
  protected NearestQueryBuilder doCreateTestQueryBuilder() {
    return new NearestQueryBuilder(randomFrom(FIELD, "embedded_alias"), randomVector(), randomOptions(),
        randomBoolean() ? null : randomFilter(), randomBoolean() ? null : "first", randomBoolean());
  }

  private static float[] randomVector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (randomFloat() - 0.5f) * randomFrom(1e-10f, 1f, 1e10f);
    }
    vector[0] += 1;
    return vector;
  }

  private static NearestOptions randomOptions() {
    int k = randomIntBetween(1, NearestOptions.MAX_K);
    float oversample = randomBoolean() ? 0 : 1 + 99 * randomFloat();
    return new NearestOptions(k, randomIntBetween(k, NearestOptions.MAX_K), oversample, randomBoolean(),
        randomBoolean() ? 0 : randomFloat());
  }

  private static QueryBuilder randomFilter() {
    return switch (randomIntBetween(0, 3)) {
      case 0 -> new MatchAllQueryBuilder();
      case 1 -> new TermQueryBuilder(KEYWORD_FIELD_NAME, randomAlphaOfLength(3));
      case 2 -> new BoolQueryBuilder().mustNot(new TermQueryBuilder(INT_FIELD_NAME, 3));
      default -> new NearestQueryBuilder(FIELD, randomVector(), NearestOptions.ofK(3), null, null, false);
    };
  }

  @Override
  public NearestQueryBuilder mutateInstance(NearestQueryBuilder query) throws IOException {
    Parts parts = new Parts(query);
    NearestOptions o = parts.options;
    switch (randomIntBetween(0, 9)) {
      case 0 -> parts.field = parts.field + "x";
      case 1 -> parts.vector[2] += 1e10f;
      case 2 -> parts.options = new NearestOptions(o.k() == 1 ? 2 : o.k() - 1, Math.max(2, o.candidates()),
          o.oversample(), o.exact(), o.minScore());
      case 3 -> parts.options = new NearestOptions(o.k(),
          o.candidates() == NearestOptions.MAX_K ? o.k() : NearestOptions.MAX_K, o.oversample(), o.exact(),
          o.minScore() + (o.k() == NearestOptions.MAX_K ? 1 : 0));
      case 4 -> parts.options = new NearestOptions(o.k(), o.candidates(), o.oversample() == 0 ? 2 : 0, o.exact(),
          o.minScore());
      case 5 -> parts.options = new NearestOptions(o.k(), o.candidates(), o.oversample(), o.exact() == false,
          o.minScore());
      case 6 -> parts.options = new NearestOptions(o.k(), o.candidates(), o.oversample(), o.exact(),
          o.minScore() + 0.5f);
      case 7 -> parts.filter = parts.filter == null ? new MatchAllQueryBuilder() : null;
      case 8 -> parts.model = parts.model == null ? "first" : parts.model + "x";
      default -> {
        return changeNameOrBoost(query);
      }
    }
    return parts.build().boost(query.boost()).queryName(query.queryName());
  }

  /** What a query is made of, read from its JSON. */
  private static final class Parts {
    private String field;
    private final float[] vector;
    private NearestOptions options;
    private QueryBuilder filter;
    private String model;
    private final boolean ignoreUnmapped;

    @SuppressWarnings("unchecked")
    Parts(NearestQueryBuilder query) {
      Map<String, Object> json = XContentHelper
          .convertToMap(new BytesArray(query.toString()), true, MediaTypeRegistry.JSON)
          .v2();
      Map.Entry<String, Object> entry = ((Map<String, Object>) json.get("nearest")).entrySet().iterator().next();
      Map<String, Object> body = (Map<String, Object>) entry.getValue();
      field = entry.getKey();
      List<Number> numbers = (List<Number>) body.get("vector");
      vector = new float[numbers.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = numbers.get(i).floatValue();
      }
      options = query.options();
      filter = query.filter();
      model = (String) body.get("model");
      ignoreUnmapped = (Boolean) body.get("ignore_unmapped");
    }

    NearestQueryBuilder build() {
      return new NearestQueryBuilder(field, vector, options, filter, model, ignoreUnmapped);
    }
  }

  @Override
  protected Map<String, NearestQueryBuilder> getAlternateVersions() {
    float[] vector = {1, 2, 3, 4, 5};
    return Map.of("{\"nearest\": {\"embedded\": {\"vector\": [1, 2.0, 3e0, 4, 5], \"k\": 7}}}",
        new NearestQueryBuilder(FIELD, vector, NearestOptions.ofK(7), null, null, false),
        "{\"nearest\": {\"embedded\": {\"k\": 700, \"vector\": \"" + VectorParser.encode(vector) + "\"}}}",
        new NearestQueryBuilder(FIELD, vector, new NearestOptions(700, 700, 0, false, 0), null, null, false));
  }

  @Override
  protected void doAssertLuceneQuery(NearestQueryBuilder builder, Query query, QueryShardContext context) {
    assertThat(query, instanceOf(NearestQuery.class));
    assertThat(query.toString(), allOf(containsString("nearest(embedded,"), containsString("dimension=5")));
  }

  /** A filter goes inside the search. */
  @Override
  public void testFilter() throws IOException {
    NearestQueryBuilder plain = new NearestQueryBuilder(FIELD, randomVector(), NearestOptions.ofK(3), null, "first",
        true).boost(3).queryName("named");
    assertSame(plain, plain.filter(null));

    QueryBuilder first = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    NearestQueryBuilder once = (NearestQueryBuilder) plain.filter(first);
    assertEquals(first, once.filter());
    assertEquals(plain.options(), once.options());
    assertEquals(3, once.boost(), 0);
    assertEquals("named", once.queryName());

    QueryBuilder second = new TermQueryBuilder(INT_FIELD_NAME, 1);
    NearestQueryBuilder twice = (NearestQueryBuilder) once.filter(second);
    assertEquals(new BoolQueryBuilder().filter(first).filter(second), twice.filter());
    assertNull("the query itself is left alone", plain.filter());
  }

  public void testVisitReachesTheFilter() {
    QueryBuilder term = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    NearestQueryBuilder inner = new NearestQueryBuilder(FIELD, randomVector(), NearestOptions.ofK(3), term, null,
        false);
    NearestQueryBuilder outer = new NearestQueryBuilder(FIELD, randomVector(), NearestOptions.ofK(3), inner, null,
        false);
    List<QueryBuilder> visited = new ArrayList<>();
    List<Occur> occurs = new ArrayList<>();
    outer.visit(new QueryBuilderVisitor() {
      @Override
      public void accept(QueryBuilder query) {
        visited.add(query);
      }

      @Override
      public QueryBuilderVisitor getChildVisitor(Occur occur) {
        occurs.add(occur);
        return this;
      }
    });
    assertEquals(List.of(outer, inner, term), visited);
    assertEquals(List.of(Occur.FILTER, Occur.FILTER), occurs);
  }

  public void testAFilterThatMatchesNothingMakesAQueryThatMatchesNothing() throws IOException {
    QueryBuilder query = withFilter(new MatchNoneQueryBuilder());
    assertThat(rewriteAndFetch(query, createShardContext()), instanceOf(MatchNoneQueryBuilder.class));
  }

  @Override
  public void testMustRewrite() throws IOException {
    QueryBuilder term = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    NearestQueryBuilder query = (NearestQueryBuilder) withFilter(new WrapperQueryBuilder(term.toString())).boost(2)
        .queryName("named");
    NearestQueryBuilder rewritten = (NearestQueryBuilder) rewriteAndFetch(query, createShardContext());
    assertEquals(term, rewritten.filter());
    assertEquals(2, rewritten.boost(), 0);
    assertEquals("named", rewritten.queryName());
    expectThrows(UnsupportedOperationException.class, () -> query.toQuery(createShardContext()));
  }

  public void testWithoutAFilterThereIsNothingToRewrite() throws IOException {
    QueryBuilder query = withFilter(null);
    assertSame(query, query.rewrite(createShardContext()));
    QueryBuilder filtered = withFilter(new MatchAllQueryBuilder());
    assertSame(filtered, filtered.rewrite(createShardContext()));
  }

  private static QueryBuilder withFilter(QueryBuilder filter) {
    return new NearestQueryBuilder(FIELD, randomVector(), NearestOptions.ofK(3), filter, null, false);
  }

  public void testUnmappedField() throws IOException {
    NearestQueryBuilder strict = new NearestQueryBuilder("missing", randomVector(), NearestOptions.ofK(3), null, null,
        false);
    Exception e = expectThrows(QueryShardException.class, () -> strict.toQuery(createShardContext()));
    assertThat(e.getMessage(), allOf(containsString("[missing]"), containsString("ignore_unmapped")));
    NearestQueryBuilder lenient = new NearestQueryBuilder("missing", randomVector(), NearestOptions.ofK(3), null, null,
        true);
    assertThat(lenient.toQuery(createShardContext()), instanceOf(MatchNoDocsQuery.class));
  }

  public void testForeignFields() {
    for (String foreign : List.of(TEXT_FIELD_NAME, INT_FIELD_NAME, DATE_FIELD_NAME, GEO_POINT_FIELD_NAME, "_id")) {
      for (boolean ignoreUnmapped : new boolean[] {true, false}) {
        NearestQueryBuilder query = new NearestQueryBuilder(foreign, randomVector(), NearestOptions.ofK(3), null, null,
            ignoreUnmapped);
        Exception e = expectThrows(QueryShardException.class, () -> query.toQuery(createShardContext()));
        assertThat(e.getMessage(), allOf(containsString("[embedding]"), containsString("[" + foreign + "]")));
      }
    }
  }

  public void testVectorsThatDoNotFitTheField() {
    assertRefusedAtTheShard(new float[] {1, 2, 3}, "vector", FIELD, "dimension 5", "got 3");
    assertRefusedAtTheShard(new float[] {1, 2, 3, 4, 5, 6}, "vector", FIELD, "dimension 5", "got 6");
    assertRefusedAtTheShard(new float[5], "vector", FIELD, "cosine", "length zero");
    assertRefusedAtTheShard(new float[] {3e38f, 3e38f, 0, 0, 0}, "vector", FIELD, "squared length");
  }

  private static void assertRefusedAtTheShard(float[] vector, String... parts) {
    NearestQueryBuilder query = new NearestQueryBuilder(FIELD, vector, NearestOptions.ofK(3), null, null, false);
    Exception e = expectThrows(QueryShardException.class, () -> query.toQuery(createShardContext()));
    for (String part : parts) {
      assertThat(e.getMessage(), containsString(part));
    }
  }

  public void testModelMustBeThatOfTheField() throws IOException {
    assertNotNull(ofModel(FIELD, "first").toQuery(createShardContext()));
    assertNotNull(ofModel(FIELD, null).toQuery(createShardContext()));
    assertNotNull(ofModel(UNNAMED, null).toQuery(createShardContext()));
    Exception e = expectThrows(QueryShardException.class,
        () -> ofModel(FIELD, "second").toQuery(createShardContext()));
    assertThat(e.getMessage(),
        allOf(containsString("[second]"), containsString("[first]"), containsString("[" + FIELD + "]")));
    e = expectThrows(QueryShardException.class, () -> ofModel(UNNAMED, "second").toQuery(createShardContext()));
    assertThat(e.getMessage(), allOf(containsString("[second]"), containsString("no named model")));
  }

  private static NearestQueryBuilder ofModel(String field, String model) {
    return new NearestQueryBuilder(field, randomVector(), NearestOptions.ofK(3), null, model, false);
  }

  public void testMalformedParametersAreRefusedByNameAndRange() {
    for (String k : List.of("0", "-1", "10001", "1.5", "1e9", "1000000000", "99999999999999999999", "\"10\"", "null",
        "true", "[10]", "{}", "NaN")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": " + k, "[k]");
    }
    assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 0", "between 1 and 10000", "0");
    assertMalformed("\"vector\": [1, 2, 3, 4, 5]", "[k]", "required", "1 and 10000");
    assertMalformed("\"k\": 3", "[vector]", "required");
    for (String candidates : List.of("9", "0", "-1", "10001", "10.5", "\"100\"", "null", "true", "2147483648")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"candidates\": " + candidates, "[candidates]");
    }
    assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"candidates\": 9", "[k] (10)", "10000", "9");
    for (String oversample : List.of("0", "0.9", "-1", "100.1", "1e30", "1e300", "\"3\"", "null", "false")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"oversample\": " + oversample, "[oversample]");
    }
    assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"oversample\": 101", "between 1 and 100", "101");
    for (String minScore : List.of("-0.1", "1e300", "\"0.5\"", "null", "{}")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"min_score\": " + minScore, "[min_score]");
    }
    for (String exact : List.of("1", "\"true\"", "null", "[]")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"exact\": " + exact, "[exact]", "true or false");
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"ignore_unmapped\": " + exact, "[ignore_unmapped]");
    }
    for (String text : List.of("1", "null", "[]", "{}", "true")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"model\": " + text, "[model]");
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"_name\": " + text, "[_name]");
    }
    for (String boost : List.of("-1", "\"2\"", "null", "1e300")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"boost\": " + boost, "[boost]");
    }
    for (String filter : List.of("1", "\"x\"", "null", "[]", "true", "[{\"match_all\": {}}]", "{}",
        "{\"no_such_query\": {}}", "{\"term\": 1}")) {
      assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"filter\": " + filter);
    }
    assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"ef_search\": 100", "[ef_search]", "known are",
        "candidates");
    assertMalformed("\"vector\": [1, 2, 3, 4, 5], \"k\": 10, \"K\": 100", "[K]");
  }

  public void testMalformedVectorsAreRefusedBySentences() {
    assertMalformed("\"k\": 3, \"vector\": []", "[vector]", "1 to 4096", "none");
    assertMalformed("\"k\": 3, \"vector\": [[1, 2, 3, 4, 5]]", "[vector]", "numbers only", "an array");
    assertMalformed("\"k\": 3, \"vector\": [1, \"2\"]", "[vector]", "numbers only", "a string", "position 1");
    assertMalformed("\"k\": 3, \"vector\": [1, null]", "[vector]", "null", "position 1");
    assertMalformed("\"k\": 3, \"vector\": [1, 1e40]", "[vector]", "finite", "position 1");
    assertMalformed("\"k\": 3, \"vector\": 1", "[vector]", "a number");
    assertMalformed("\"k\": 3, \"vector\": null", "[vector]", "null");
    assertMalformed("\"k\": 3, \"vector\": {\"x\": [1]}", "[vector]", "an object");
    assertMalformed("\"k\": 3, \"vector\": \"?\"", "[vector]", "base64");
    assertMalformed("\"k\": 3, \"vector\": \"\"", "[vector]", "0 bytes");
    assertMalformed("\"k\": 3, \"vector\": \"AAAA\"", "[vector]", "3 bytes");
    assertMalformed("\"k\": 3, \"vector\": \"AADAfw==\"", "[vector]", "finite", "NaN");
    assertMalformed("\"k\": 3, \"vector\": [" + "1,".repeat(4096) + "1]", "[vector]", "1 to 4096", "more");
  }

  public void testMalformedShapes() {
    for (String shape : List.of("{\"nearest\": {}}", "{\"nearest\": []}", "{\"nearest\": 1}",
        "{\"nearest\": {\"embedded\": []}}", "{\"nearest\": {\"embedded\": 1}}", "{\"nearest\": {\"embedded\": null}}",
        "{\"nearest\": {\"embedded\": [{\"vector\": [1], \"k\": 1}]}}", "{\"nearest\": {\"vector\": [1], \"k\": 1}}",
        "{\"nearest\": {\"embedded\": {\"vector\": [1], \"k\": 1}, \"other\": {\"vector\": [1], \"k\": 1}}}",
        "{\"nearest\": {\"embedded\": {\"vector\": [1], \"k\": 1}, \"boost\": 2}}")) {
      Exception e = expectThrows(Exception.class, () -> parseQuery(shape));
      assertThat(shape, e, instanceOf(ParsingException.class));
      assertThat(shape, e.getMessage(), containsString("nearest"));
    }
  }

  private void assertMalformed(String parameters, String... parts) {
    String json = "{\"nearest\": {\"embedded\": {" + parameters + "}}}";
    Exception e = expectThrows(Exception.class, () -> parseQuery(json));
    if (parameters.endsWith("NaN")) {
      return; // no JSON
    }
    assertThat(parameters, e, instanceOf(ParsingException.class));
    for (String part : parts) {
      assertThat(parameters, e.getMessage(), containsString(part));
    }
  }

  public void testNestingEndsAtItsLimitWhenParsed() throws IOException {
    assertNotNull(parseQuery(nested(FieldQueryParser.MAX_NESTING, "", "")));
    assertNotNull(parseQuery(nested(FieldQueryParser.MAX_NESTING, "{\"bool\": {\"must_not\": ", "}}")));
    for (int depth : new int[] {FieldQueryParser.MAX_NESTING + 1, 30, 300}) {
      for (String wrapper : List.of("", "{\"bool\": {\"must_not\": ")) {
        Exception e = expectThrows(Exception.class,
            () -> parseQuery(nested(depth, wrapper, wrapper.isEmpty() ? "" : "}}")));
        assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
        assertThat(ExceptionsHelper.stackTrace(e), containsString("nested deeper than 20"));
      }
    }
    assertNotNull("a query that was too deep leaves nothing behind",
        parseQuery(nested(FieldQueryParser.MAX_NESTING, "", "")));
  }

  /** The innermost has a filter too, which is of no query of ours. */
  private static String nested(int depth, String before, String after) {
    String json = "{\"match_all\": {}}";
    for (int i = 0; i < depth; i++) {
      json = before + "{\"nearest\": {\"embedded\": {\"vector\": [1, 2, 3, 4, 5], \"k\": 1, \"filter\": " + json + "}}}"
          + after;
    }
    return json;
  }

  public void testNestingEndsAtItsLimitOnTheWire() throws IOException {
    for (Function<QueryBuilder, QueryBuilder> wrapper : List.<Function<QueryBuilder, QueryBuilder>>of(q -> q,
        q -> QueryBuilders.boolQuery().must(q), q -> QueryBuilders.constantScoreQuery(q))) {
      NearestQueryBuilder allowed = deepest(wrapper);
      assertEquals(allowed, read(write(allowed)));
      Exception e = expectThrows(IllegalArgumentException.class,
          () -> read(raw(FIELD, new float[] {1}, 1, 1, 0, 0, wrapper.apply(allowed))));
      assertThat(e.getMessage(), containsString("nested deeper than 20"));
    }
  }

  private static NearestQueryBuilder deepest(Function<QueryBuilder, QueryBuilder> wrapper) {
    NearestQueryBuilder query = new NearestQueryBuilder(FIELD, new float[] {1}, NearestOptions.ofK(1),
        new MatchAllQueryBuilder(), null, false);
    for (int depth = 1; depth < FieldQueryParser.MAX_NESTING; depth++) {
      query = new NearestQueryBuilder(FIELD, new float[] {1}, NearestOptions.ofK(1), wrapper.apply(query), null,
          false);
    }
    NearestQueryBuilder inner = query;
    expectThrows(IllegalArgumentException.class, () -> new NearestQueryBuilder(FIELD, new float[] {1},
        NearestOptions.ofK(1), wrapper.apply(inner), null, false));
    return query;
  }

  public void testLimitsHoldOnTheWire() throws IOException {
    QueryBuilder all = new MatchAllQueryBuilder();
    assertNotNull(read(raw(FIELD, new float[] {1}, 1, 1, 0, 0, all)));
    assertWireRefused(raw(FIELD, new float[0], 1, 1, 0, 0, all), "[vector]");
    assertWireRefused(raw(FIELD, new float[4097], 1, 1, 0, 0, all), "[vector]");
    assertWireRefused(raw(FIELD, new float[] {Float.NaN}, 1, 1, 0, 0, all), "finite");
    assertWireRefused(raw(FIELD, new float[] {1}, 0, 1, 0, 0, all), "[k]");
    assertWireRefused(raw(FIELD, new float[] {1}, -1, 1, 0, 0, all), "[k]");
    assertWireRefused(raw(FIELD, new float[] {1}, Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 0, all), "[k]");
    assertWireRefused(raw(FIELD, new float[] {1}, 10, 9, 0, 0, all), "[candidates]");
    assertWireRefused(raw(FIELD, new float[] {1}, 10, Integer.MAX_VALUE, 0, 0, all), "[candidates]");
    assertWireRefused(raw(FIELD, new float[] {1}, 10, 10, 0.5f, 0, all), "[oversample]");
    assertWireRefused(raw(FIELD, new float[] {1}, 10, 10, Float.NaN, 0, all), "[oversample]");
    assertWireRefused(raw(FIELD, new float[] {1}, 10, 10, Float.POSITIVE_INFINITY, 0, all), "[oversample]");
    assertWireRefused(raw(FIELD, new float[] {1}, 10, 10, 0, -1, all), "[min_score]");
    assertWireRefused(raw(FIELD, new float[] {1}, 10, 10, 0, Float.NaN, all), "[min_score]");
  }

  private void assertWireRefused(BytesReference bytes, String part) {
    Exception e = expectThrows(IllegalArgumentException.class, () -> read(bytes));
    assertThat(e.getMessage(), containsString(part));
  }

  /** A forged length must not be believed. */
  public void testForgedVectorLengthTakesNoMemory() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      writeHeader(out);
      out.writeString(FIELD);
      out.writeVInt(1 << 30);
      out.writeFloat(1);
      expectThrows(EOFException.class, () -> read(out.bytes()));
    }
  }

  public void testTruncatedWireFormatIsAnInputError() throws IOException {
    for (int run = 0; run < 20; run++) {
      BytesReference whole = write(createTestQueryBuilder());
      for (int length = 0; length < whole.length(); length++) {
        BytesReference part = whole.slice(0, length);
        Exception e = expectThrows(Exception.class, () -> read(part));
        assertTrue(e.toString(), e instanceof IOException || e instanceof IllegalArgumentException);
      }
    }
  }

  /** Written by hand, as the constructor would refuse what is to be tested. */
  private static BytesReference raw(String field, float[] vector, int k, int candidates, float oversample,
      float minScore, QueryBuilder filter) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      writeHeader(out);
      out.writeString(field);
      out.writeFloatArray(vector);
      out.writeVInt(k);
      out.writeVInt(candidates);
      out.writeFloat(oversample);
      out.writeBoolean(false);
      out.writeFloat(minScore);
      out.writeOptionalNamedWriteable(filter);
      out.writeOptionalString(null);
      out.writeBoolean(false);
      return out.bytes();
    }
  }

  private static void writeHeader(StreamOutput out) throws IOException {
    out.writeString(NearestQueryBuilder.NAME);
    out.writeFloat(1);
    out.writeOptionalString(null);
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
          "nearest" : {
            "embedded" : {
              "vector" : [ 1.0, 2.0, 3.0, 4.0, 5.5 ],
              "k" : 10,
              "candidates" : 100,
              "oversample" : 3.0,
              "exact" : false,
              "min_score" : 0.7,
              "filter" : { "match_all" : { "boost" : 1.0 } },
              "model" : "first",
              "ignore_unmapped" : true,
              "boost" : 2.0,
              "_name" : "by meaning"
            }
          }
        }""";
    checkGeneratedJson(json, parseQuery(json));
  }
}
