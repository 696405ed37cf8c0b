package dev.embedding.plugin.query;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchRequest;
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
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.WrapperQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.AbstractQueryTestCase;
import org.opensearch.test.TestGeoShapeFieldMapperPlugin;

import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.EmbeddingSettings;
import dev.embedding.plugin.mapper.QueryVectors;
import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.MaxSimOptions;

public class MaxSimQueryBuilderTests extends AbstractQueryTestCase<MaxSimQueryBuilder> {
  private static final String FIELD = "tokens";
  private static final String UNNAMED = "tokens_of_no_named_model";
  private static final int DIMENSION = 3;
  private static final String VECTORS = "\"vectors\": [[1, 2, 3], [4, 5, 6]]";

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
          "tokens": {"type": "multi_embedding", "dimension": 3, "model": "first"},
          "tokens_of_no_named_model": {"type": "multi_embedding", "dimension": 3},
          "tokens_alias": {"type": "alias", "path": "tokens"},
          "embedded": {"type": "embedding", "dimension": 3}}}}"""), MapperService.MergeReason.MAPPING_UPDATE);
  }

  @Override
  protected MaxSimQueryBuilder doCreateTestQueryBuilder() {
    Parts parts = new Parts();
    parts.field = randomFrom(FIELD, "tokens_alias");
    parts.vectors = randomVectors();
    if (randomBoolean()) {
      int k = randomIntBetween(1, MaxSimOptions.MAX_K);
      parts.options = new MaxSimOptions(k, randomIntBetween(k, MaxSimOptions.MAX_K), randomBoolean());
      parts.filter = randomBoolean() ? null : randomQuery();
    } else {
      parts.query = randomQuery();
    }
    parts.tokenHits = randomBoolean() ? 0 : randomIntBetween(1, MaxSimQueryBuilder.MAX_TOKEN_HITS);
    parts.model = randomBoolean() ? null : "first";
    parts.ignoreUnmapped = randomBoolean();
    return parts.build();
  }

  private static QueryVectors randomVectors() {
    float[] numbers = new float[DIMENSION * randomIntBetween(1, 8)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (randomFloat() + 0.01f) * randomFrom(1e-10f, 1f, -1e10f);
    }
    return new QueryVectors(numbers, randomBoolean() ? DIMENSION : QueryVectors.UNKNOWN);
  }

  private static QueryVectors vectors(float... numbers) {
    return new QueryVectors(numbers, DIMENSION);
  }

  private static QueryBuilder randomQuery() {
    return switch (randomIntBetween(0, 3)) {
      case 0 -> new MatchAllQueryBuilder();
      case 1 -> new TermQueryBuilder(KEYWORD_FIELD_NAME, randomAlphaOfLength(3));
      case 2 -> new BoolQueryBuilder().mustNot(new TermQueryBuilder(INT_FIELD_NAME, 3));
      default -> searching(null);
    };
  }

  /** A query for the three best. */
  private static MaxSimQueryBuilder searching(QueryBuilder filter) {
    return new MaxSimQueryBuilder(FIELD, vectors(1, 2, 3), MaxSimOptions.ofK(3), filter, null, 0, null, false);
  }

  /** A query that scores the hits of another. */
  private static MaxSimQueryBuilder scoring(QueryBuilder query) {
    return new MaxSimQueryBuilder(FIELD, vectors(1, 2, 3), null, null, query, 0, null, false);
  }

  @Override
  public MaxSimQueryBuilder mutateInstance(MaxSimQueryBuilder query) throws IOException {
    Parts parts = new Parts(query);
    switch (randomIntBetween(0, 7)) {
      case 0 -> parts.field = parts.field + "x";
      case 1 -> parts.vectors = parts.vectors.dimension() == QueryVectors.UNKNOWN
          ? new QueryVectors(parts.vectors.numbers(), DIMENSION)
          : new QueryVectors(Arrays.copyOf(parts.vectors.numbers(), DIMENSION), QueryVectors.UNKNOWN);
      case 2 -> parts.mutateOptions();
      case 3 -> parts.mutateInner();
      case 4 -> parts.tokenHits = parts.tokenHits == 7 ? 8 : 7;
      case 5 -> parts.model = parts.model == null ? "first" : parts.model + "x";
      case 6 -> parts.ignoreUnmapped = parts.ignoreUnmapped == false;
      default -> {
        return changeNameOrBoost(query);
      }
    }
    return parts.build().boost(query.boost()).queryName(query.queryName());
  }

  /** What a query is made of. */
  private static final class Parts {
    private String field;
    private QueryVectors vectors;
    private MaxSimOptions options;
    private QueryBuilder filter;
    private QueryBuilder query;
    private int tokenHits;
    private String model;
    private boolean ignoreUnmapped;

    Parts() {}

    @SuppressWarnings("unchecked")
    Parts(MaxSimQueryBuilder builder) {
      Map<String, Object> json = XContentHelper
          .convertToMap(new BytesArray(builder.toString()), true, MediaTypeRegistry.JSON)
          .v2();
      Map.Entry<String, Object> entry = ((Map<String, Object>) json.get("max_sim")).entrySet().iterator().next();
      Map<String, Object> body = (Map<String, Object>) entry.getValue();
      field = entry.getKey();
      vectors = builder.vectors();
      options = builder.options();
      filter = builder.filter();
      query = builder.query();
      tokenHits = (Integer) body.getOrDefault("token_hits", 0);
      model = (String) body.get("model");
      ignoreUnmapped = (Boolean) body.get("ignore_unmapped");
    }

    void mutateOptions() {
      if (options == null) {
        options = MaxSimOptions.ofK(5);
        query = null;
        return;
      }
      int k = options.k();
      int candidates = options.candidates();
      options = switch (randomIntBetween(0, 2)) {
        case 0 -> new MaxSimOptions(k == 1 ? 2 : k - 1, Math.max(2, candidates), options.rerank());
        case 1 -> new MaxSimOptions(k, candidates, options.rerank() == false);
        default -> candidates == k
            ? new MaxSimOptions(1, k == 1 ? 2 : k, options.rerank())
            : new MaxSimOptions(k, candidates - 1, options.rerank());
      };
    }

    void mutateInner() {
      if (query != null) {
        query = new BoolQueryBuilder().must(query);
      } else {
        filter = filter == null ? new MatchAllQueryBuilder() : null;
      }
    }

    MaxSimQueryBuilder build() {
      return new MaxSimQueryBuilder(field, vectors, options, filter, query, tokenHits, model, ignoreUnmapped);
    }
  }

  @Override
  protected Map<String, MaxSimQueryBuilder> getAlternateVersions() {
    float[] numbers = {1, 2, 3, 4, 5, 6};
    return Map.of("{\"max_sim\": {\"tokens\": {\"vectors\": [[1, 2.0, 3e0], [4, 5, 6]], \"k\": 7}}}",
        new MaxSimQueryBuilder(FIELD, vectors(numbers), MaxSimOptions.ofK(7), null, null, 0, null, false),
        "{\"max_sim\": {\"tokens\": {\"k\": 700, \"vectors\": \"" + VectorParser.encode(numbers) + "\"}}}",
        new MaxSimQueryBuilder(FIELD, new QueryVectors(numbers, QueryVectors.UNKNOWN),
            new MaxSimOptions(700, 700, true), null, null, 0, null, false));
  }

  @Override
  protected void doAssertLuceneQuery(MaxSimQueryBuilder builder, Query query, QueryShardContext context) {
    assertEquals(builder.toString().contains("token_hits"), query instanceof TokenHitsQuery);
    assertThat(query.toString(), allOf(containsString("max_sim(tokens,"), containsString("vectors of dimension 3")));
  }

  /** A filter goes inside the search, or beside the query whose hits are scored. */
  @Override
  public void testFilter() throws IOException {
    MaxSimQueryBuilder plain = searching(null).boost(3).queryName("named");
    assertSame(plain, plain.filter(null));
    QueryBuilder first = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    MaxSimQueryBuilder once = (MaxSimQueryBuilder) plain.filter(first);
    assertEquals(first, once.filter());
    assertEquals(plain.options(), once.options());
    assertEquals(3, once.boost(), 0);
    assertEquals("named", once.queryName());
    QueryBuilder second = new TermQueryBuilder(INT_FIELD_NAME, 1);
    MaxSimQueryBuilder twice = (MaxSimQueryBuilder) once.filter(second);
    assertEquals(new BoolQueryBuilder().filter(first).filter(second), twice.filter());
    assertNull("the query itself is left alone", plain.filter());

    MaxSimQueryBuilder scoring = (MaxSimQueryBuilder) scoring(first).filter(second);
    assertEquals(new BoolQueryBuilder().must(first).filter(second), scoring.query());
    assertNull(scoring.filter());
  }

  public void testVisitReachesWhatIsInside() {
    QueryBuilder term = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    MaxSimQueryBuilder inner = searching(term);
    MaxSimQueryBuilder outer = scoring(inner);
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
    assertEquals(List.of(Occur.MUST, Occur.FILTER), occurs);
  }

  public void testWhatMatchesNothingInsideMatchesNothing() throws IOException {
    for (QueryBuilder query : List.of(searching(new MatchNoneQueryBuilder()), scoring(new MatchNoneQueryBuilder()))) {
      assertThat(rewriteAndFetch(query, createShardContext()), instanceOf(MatchNoneQueryBuilder.class));
    }
  }

  @Override
  public void testMustRewrite() throws IOException {
    QueryBuilder term = new TermQueryBuilder(KEYWORD_FIELD_NAME, "x");
    MaxSimQueryBuilder query = searching(new WrapperQueryBuilder(term.toString())).boost(2).queryName("named");
    MaxSimQueryBuilder rewritten = (MaxSimQueryBuilder) rewriteAndFetch(query, createShardContext());
    assertEquals(term, rewritten.filter());
    assertEquals(2, rewritten.boost(), 0);
    assertEquals("named", rewritten.queryName());
    expectThrows(UnsupportedOperationException.class, () -> query.toQuery(createShardContext()));
    MaxSimQueryBuilder scoring = (MaxSimQueryBuilder) rewriteAndFetch(scoring(new WrapperQueryBuilder(term.toString())),
        createShardContext());
    assertEquals(term, scoring.query());
  }

  public void testCandidatesCoverThePage() throws IOException {
    MaxSimQueryBuilder query = new MaxSimQueryBuilder(FIELD, vectors(1, 2, 3), new MaxSimOptions(10, 50, true), null,
        null, 0, null, false);
    assertSame(query, query.rewrite(coordinating(new SearchSourceBuilder())));
    assertSame(query, query.rewrite(coordinating(new SearchSourceBuilder().from(30).size(20))));
    assertSame(query, query.rewrite(coordinating(new SearchSourceBuilder().from(40))));
    for (SearchSourceBuilder tooFar : List.of(new SearchSourceBuilder().from(31).size(20),
        new SearchSourceBuilder().size(51), new SearchSourceBuilder().from(41),
        new SearchSourceBuilder().from(Integer.MAX_VALUE).size(Integer.MAX_VALUE))) {
      Exception e = expectThrows(IllegalArgumentException.class, () -> query.rewrite(coordinating(tooFar)));
      assertThat(e.getMessage(), allOf(containsString("[candidates] (50)"), containsString("[from] + [size]")));
      assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    }
    Exception e = expectThrows(IllegalArgumentException.class,
        () -> query.rewrite(coordinating(new SearchSourceBuilder().from(31).size(20))));
    assertThat(e.getMessage(), containsString("set it to 51"));
    MaxSimQueryBuilder scoring = scoring(new MatchAllQueryBuilder());
    assertSame(scoring, scoring.rewrite(coordinating(new SearchSourceBuilder().size(1000))));
  }

  private static QueryRewriteContext coordinating(SearchSourceBuilder source) {
    return new QueryCoordinatorContext(createShardContext(), new SearchRequest().source(source));
  }

  public void testUnmappedField() throws IOException {
    Parts parts = new Parts(searching(null));
    parts.field = "missing";
    MaxSimQueryBuilder strict = parts.build();
    Exception e = expectThrows(QueryShardException.class, () -> strict.toQuery(createShardContext()));
    assertThat(e.getMessage(), allOf(containsString("[missing]"), containsString("ignore_unmapped")));
    parts.ignoreUnmapped = true;
    assertThat(parts.build().toQuery(createShardContext()), instanceOf(MatchNoDocsQuery.class));
  }

  public void testForeignFields() {
    for (String foreign : List.of("embedded", TEXT_FIELD_NAME, INT_FIELD_NAME, GEO_POINT_FIELD_NAME, "_id")) {
      Parts parts = new Parts(searching(null));
      parts.field = foreign;
      parts.ignoreUnmapped = randomBoolean();
      Exception e = expectThrows(QueryShardException.class, () -> parts.build().toQuery(createShardContext()));
      assertThat(e.getMessage(), allOf(containsString("[multi_embedding]"), containsString("[" + foreign + "]")));
    }
  }

  public void testVectorsThatDoNotFitTheField() {
    assertRefusedAtTheShard(new QueryVectors(new float[] {1, 2}, 2), "[vectors]", FIELD, "dimension 3", "got 2");
    assertRefusedAtTheShard(base64(1, 2, 3, 4), "[vectors]", FIELD, "whole vectors", "got 4 numbers");
    assertRefusedAtTheShard(base64(1, 2, 3, 0, 0, 0), "[vectors]", FIELD, "direction", "position 1");
    assertRefusedAtTheShard(base64(new float[DIMENSION * 513]), "[vectors]", FIELD, "at most 512 vectors");
  }

  private static QueryVectors base64(float... numbers) {
    return new QueryVectors(numbers, QueryVectors.UNKNOWN);
  }

  private static void assertRefusedAtTheShard(QueryVectors vectors, String... parts) {
    MaxSimQueryBuilder query = new MaxSimQueryBuilder(FIELD, vectors, MaxSimOptions.ofK(3), null, null, 0, null, false);
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

  private static MaxSimQueryBuilder ofModel(String field, String model) {
    return new MaxSimQueryBuilder(field, vectors(1, 2, 3), MaxSimOptions.ofK(3), null, null, 0, model, false);
  }

  public void testMalformedParametersAreRefusedByNameAndRange() {
    for (String k : List.of("0", "-1", "10001", "1.5", "1e9", "99999999999999999999", "\"10\"", "null", "true", "[10]",
        "{}")) {
      assertMalformed(VECTORS + ", \"k\": " + k, "[k]", "between 1 and 10000");
    }
    assertMalformed(VECTORS, "[k] is required", "1 and 10000", "[query]");
    assertMalformed("\"k\": 3", "[vectors] is required");
    for (String candidates : List.of("9", "0", "-1", "10001", "10.5", "\"100\"", "null", "2147483648")) {
      assertMalformed(VECTORS + ", \"k\": 10, \"candidates\": " + candidates, "[candidates]");
    }
    assertMalformed(VECTORS + ", \"k\": 10, \"candidates\": 9", "[k] (10)", "10000", "9");
    for (String rerank : List.of("\"some\"", "true", "null", "1", "{}")) {
      assertMalformed(VECTORS + ", \"k\": 10, \"rerank\": " + rerank, "[rerank]");
    }
    assertMalformed(VECTORS + ", \"k\": 10, \"rerank\": \"some\"", "one of [exact, none]", "[some]");
    for (String hits : List.of("-1", "101", "1.5", "\"3\"", "null", "true")) {
      assertMalformed(VECTORS + ", \"k\": 10, \"token_hits\": " + hits, "[token_hits]", "between 0 and 100");
    }
    for (String bool : List.of("1", "\"true\"", "null", "[]")) {
      assertMalformed(VECTORS + ", \"k\": 10, \"ignore_unmapped\": " + bool, "[ignore_unmapped]", "true or false");
    }
    for (String text : List.of("1", "null", "[]", "{}", "true")) {
      assertMalformed(VECTORS + ", \"k\": 10, \"model\": " + text, "[model]");
      assertMalformed(VECTORS + ", \"k\": 10, \"_name\": " + text, "[_name]");
    }
    for (String boost : List.of("-1", "\"2\"", "null", "1e300")) {
      assertMalformed(VECTORS + ", \"k\": 10, \"boost\": " + boost, "[boost]");
    }
    for (String query : List.of("1", "\"x\"", "null", "[]", "true", "[{\"match_all\": {}}]", "{}",
        "{\"no_such_query\": {}}", "{\"term\": 1}")) {
      assertMalformed(VECTORS + ", \"k\": 10, \"filter\": " + query);
      assertMalformed(VECTORS + ", \"query\": " + query);
    }
    for (String other : List.of("\"k\": 10", "\"candidates\": 10", "\"rerank\": \"exact\"",
        "\"filter\": {\"match_all\": {}}")) {
      String name = other.substring(1, other.indexOf('"', 1));
      assertMalformed(VECTORS + ", \"query\": {\"match_all\": {}}, " + other, "[query]", "no place for [" + name + "]");
    }
    assertMalformed(VECTORS + ", \"k\": 10, \"query_vectors\": []", "[query_vectors]", "known are", "token_hits");
  }

  public void testMalformedVectorsAreRefusedBySentences() {
    assertMalformed("\"k\": 3, \"vectors\": []", "[vectors]", "1 to 512 vectors", "none");
    assertMalformed("\"k\": 3, \"vectors\": [[]]", "[vectors]", "1 to 4096 numbers", "got 0", "position 0");
    assertMalformed("\"k\": 3, \"vectors\": [1, 2, 3]", "[vectors]", "arrays of numbers", "a number");
    assertMalformed("\"k\": 3, \"vectors\": [[1, 2, 3], [1, 2]]", "[vectors]", "dimension 3", "got 2", "position 1");
    assertMalformed("\"k\": 3, \"vectors\": [[1, 2, 3], [0, 0, 0]]", "[vectors]", "direction", "position 1");
    assertMalformed("\"k\": 3, \"vectors\": [[1, \"2\"]]", "[vectors]", "numbers only", "a string", "position 0");
    assertMalformed("\"k\": 3, \"vectors\": [[1, 1e40]]", "[vectors]", "finite", "position 0");
    assertMalformed("\"k\": 3, \"vectors\": 1", "[vectors]", "a number");
    assertMalformed("\"k\": 3, \"vectors\": null", "[vectors]", "null");
    assertMalformed("\"k\": 3, \"vectors\": {\"x\": [[1]]}", "[vectors]", "an object");
    assertMalformed("\"k\": 3, \"vectors\": \"?\"", "[vectors]", "base64");
    assertMalformed("\"k\": 3, \"vectors\": \"\"", "[vectors]", "0 bytes");
    assertMalformed("\"k\": 3, \"vectors\": \"AADAfw==\"", "finite", "NaN");
    assertMalformed("\"k\": 3, \"vectors\": [[" + "1,".repeat(4096) + "1]]", "[vectors]", "1 to 4096", "4097");
    assertMalformed("\"k\": 3, \"vectors\": [" + "[1],".repeat(512) + "[1]]", "[vectors]", "at most 512 vectors");
    String wide = "[" + "1,".repeat(4095) + "1]";
    assertMalformed("\"k\": 3, \"vectors\": [" + (wide + ",").repeat(256) + wide + "]", "[vectors]", "1048576 numbers");
  }

  public void testMalformedShapes() {
    for (String shape : List.of("{\"max_sim\": {}}", "{\"max_sim\": []}", "{\"max_sim\": 1}",
        "{\"max_sim\": {\"tokens\": []}}", "{\"max_sim\": {\"tokens\": 1}}", "{\"max_sim\": {\"tokens\": null}}",
        "{\"max_sim\": {\"vectors\": [[1]], \"k\": 1}}",
        "{\"max_sim\": {\"tokens\": {\"vectors\": [[1]], \"k\": 1}, \"boost\": 2}}")) {
      Exception e = expectThrows(Exception.class, () -> parseQuery(shape));
      assertThat(shape, e, instanceOf(ParsingException.class));
      assertThat(shape, e.getMessage(), containsString("max_sim"));
    }
  }

  private void assertMalformed(String parameters, String... parts) {
    String json = "{\"max_sim\": {\"tokens\": {" + parameters + "}}}";
    Exception e = expectThrows(Exception.class, () -> parseQuery(json));
    assertThat(parameters, e, instanceOf(ParsingException.class));
    for (String part : parts) {
      assertThat(parameters, e.getMessage(), containsString(part));
    }
  }

  public void testNestingEndsAtItsLimit() throws IOException {
    String all = "{\"match_all\": {}}";
    String filter = "{\"max_sim\": {\"tokens\": {\"vectors\": [[1, 2, 3]], \"k\": 1, \"filter\": ";
    String scored = "{\"max_sim\": {\"tokens\": {\"vectors\": [[1, 2, 3]], \"query\": ";
    String nearest = "{\"nearest\": {\"embedded\": {\"vector\": [1, 2, 3], \"k\": 1, \"filter\": ";
    for (String query : List.of(filter, scored)) {
      assertNotNull(parseQuery(query.repeat(20) + all + "}}}".repeat(20)));
      assertNotNull(parseQuery((query + nearest).repeat(10) + all + "}}}".repeat(20)));
      for (String tooDeep : List.of(query.repeat(21), query.repeat(300), nearest + query.repeat(20))) {
        int depth = tooDeep.split("\\[1, 2, 3\\]", -1).length - 1;
        Exception e = expectThrows(Exception.class, () -> parseQuery(tooDeep + all + "}}}".repeat(depth)));
        assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
        assertThat(ExceptionsHelper.stackTrace(e), containsString("nested deeper than 20"));
      }
    }
  }

  public void testNestingEndsAtItsLimitOnTheWire() throws IOException {
    for (Function<QueryBuilder, MaxSimQueryBuilder> wrapper : List.<Function<QueryBuilder, MaxSimQueryBuilder>>of(
        MaxSimQueryBuilderTests::searching, MaxSimQueryBuilderTests::scoring)) {
      MaxSimQueryBuilder query = wrapper.apply(new MatchAllQueryBuilder());
      for (int depth = 1; depth < FieldQueryParser.MAX_NESTING; depth++) {
        query = wrapper.apply(query);
      }
      MaxSimQueryBuilder deepest = query;
      assertEquals(deepest, read(write(deepest)));
      expectThrows(IllegalArgumentException.class, () -> assertNull(wrapper.apply(deepest)));
      Exception e = expectThrows(IllegalArgumentException.class,
          () -> read(raw(new float[] {1}, 1, 1, 1, deepest, null, 0)));
      assertThat(e.getMessage(), containsString("nested deeper than 20"));
    }
  }

  public void testLimitsHoldOnTheWire() throws IOException {
    QueryBuilder all = new MatchAllQueryBuilder();
    assertNotNull(read(raw(new float[] {1}, 1, 1, 1, all, null, 0)));
    assertNotNull(read(raw(new float[] {1}, 1, 0, 0, null, all, 0)));
    assertWireRefused(raw(new float[0], 1, 1, 1, all, null, 0), "numbers");
    assertWireRefused(raw(new float[0], 0, 1, 1, all, null, 0), "numbers");
    assertWireRefused(raw(new float[(1 << 20) + 1], 0, 1, 1, all, null, 0), "1048576");
    assertWireRefused(raw(new float[513], 1, 1, 1, all, null, 0), "512 vectors");
    assertWireRefused(raw(new float[] {1, 2, 3}, 2, 1, 1, all, null, 0), "whole vectors");
    assertWireRefused(raw(new float[] {1}, 4097, 1, 1, all, null, 0), "4096");
    assertWireRefused(raw(new float[] {1}, -1, 1, 1, all, null, 0), "4096");
    assertWireRefused(raw(new float[] {0}, 1, 1, 1, all, null, 0), "direction");
    assertWireRefused(raw(new float[] {Float.NaN}, 1, 1, 1, all, null, 0), "finite");
    assertWireRefused(raw(new float[] {Float.NaN}, 0, 1, 1, all, null, 0), "finite");
    assertWireRefused(raw(new float[] {1}, 1, -1, 1, all, null, 0), "[k]");
    assertWireRefused(raw(new float[] {1}, 1, Integer.MAX_VALUE, Integer.MAX_VALUE, all, null, 0), "[k]");
    assertWireRefused(raw(new float[] {1}, 1, 10, 9, all, null, 0), "[candidates]");
    assertWireRefused(raw(new float[] {1}, 1, 10, Integer.MAX_VALUE, all, null, 0), "[candidates]");
    assertWireRefused(raw(new float[] {1}, 1, 1, 1, all, null, 101), "[token_hits]");
    assertWireRefused(raw(new float[] {1}, 1, 1, 1, all, null, -1), "[token_hits]");
    assertWireRefused(raw(new float[] {1}, 1, 0, 0, null, null, 0), "[query]");
    assertWireRefused(raw(new float[] {1}, 1, 0, 0, all, all, 0), "[query]");
    assertWireRefused(raw(new float[] {1}, 1, 1, 1, null, all, 0), "[query]");
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

  /**
   * Written by hand, as the constructor would refuse what is to be tested.
   *
   * @param k 0 for a query without options
   */
  private static BytesReference raw(float[] numbers, int dimension, int k, int candidates, QueryBuilder filter,
      QueryBuilder query, int tokenHits) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      writeHeader(out);
      out.writeString(FIELD);
      out.writeFloatArray(numbers);
      out.writeVInt(dimension);
      out.writeBoolean(k != 0);
      if (k != 0) {
        out.writeVInt(k);
        out.writeVInt(candidates);
        out.writeBoolean(true);
      }
      out.writeOptionalNamedWriteable(filter);
      out.writeOptionalNamedWriteable(query);
      out.writeVInt(tokenHits);
      out.writeOptionalString(null);
      out.writeBoolean(false);
      return out.bytes();
    }
  }

  private static void writeHeader(StreamOutput out) throws IOException {
    out.writeString(MaxSimQueryBuilder.NAME);
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
          "max_sim" : {
            "tokens" : {
              "vectors" : [ [ 1.0, 2.0, 3.0 ], [ 4.0, 5.5, 6.0 ] ],
              "k" : 10,
              "candidates" : 100,
              "rerank" : "none",
              "filter" : { "match_all" : { "boost" : 1.0 } },
              "token_hits" : 3,
              "model" : "first",
              "ignore_unmapped" : true,
              "boost" : 2.0,
              "_name" : "by meaning"
            }
          }
        }""";
    checkGeneratedJson(json, parseQuery(json));
    String scoring = """
        {
          "max_sim" : {
            "tokens" : {
              "vectors" : "AACAPwAAAEAAAEBA",
              "query" : { "match_all" : { "boost" : 1.0 } },
              "ignore_unmapped" : false,
              "boost" : 1.0
            }
          }
        }""";
    checkGeneratedJson(scoring, parseQuery(scoring));
  }
}
