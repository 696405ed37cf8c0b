package dev.embedding.plugin.index;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.indices.alias.IndicesAliasesRequest.AliasActions;
import org.opensearch.action.explain.ExplainResponse;
import org.opensearch.action.fieldcaps.FieldCapabilities;
import org.opensearch.action.search.MultiSearchResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.functionscore.ScoreFunctionBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.aggregations.AggregationBuilders;
import org.opensearch.search.aggregations.bucket.filter.Filter;
import org.opensearch.search.aggregations.bucket.terms.Terms;
import org.opensearch.search.collapse.CollapseBuilder;
import org.opensearch.search.profile.ProfileResult;
import org.opensearch.search.profile.ProfileShardResult;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.opensearch.search.sort.SortOrder;
import org.opensearch.threadpool.ThreadPool;

import dev.embedding.plugin.ReaderWrappingPlugin;
import dev.embedding.plugin.SingleNodeTestCase;
import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.search.NearestOptions;

public class NearestSearchTests extends SingleNodeTestCase {
  private void createLine(int documents) {
    create("index", settings(), MAPPING);
    indexLine("index", documents);
  }

  public void testTheNearestAreFoundAndScored() {
    createLine(300);
    SearchResponse response = search("index", nearest(20.4f, 4));
    assertEquals(List.of("20", "21", "19", "22"), ids(response));
    assertEquals(4, total(response));
    assertEquals(score(0.4f), response.getHits().getAt(0).getScore(), 1e-6);
    assertEquals(score(1.6f), response.getHits().getAt(3).getScore(), 1e-6);
    assertEquals(score(0.4f), response.getHits().getMaxScore(), 1e-6);
    assertEquals(List.of("20", "21", "19", "22"), ids(search("index", exact("v", 20.4f, 4, null))));
    SearchResponse boosted = search("index", nearest(20.4f, 1).boost(3));
    assertEquals(3 * score(0.4f), boosted.getHits().getAt(0).getScore(), 1e-6);
  }

  /** Each shard gives its k: a page is cut from k hits of each. */
  public void testEveryShardGivesK() {
    create("index", settings().put("index.number_of_shards", 3), MAPPING);
    indexLine("index", 300);
    SearchResponse response = client().prepareSearch("index").setQuery(nearest(150.2f, 5)).setSize(5).get();
    assertEquals(15, total(response));
    assertEquals(List.of("150", "151", "149", "152", "148"), ids(response));
    SearchResponse page = client().prepareSearch("index").setQuery(nearest(150.2f, 5)).setFrom(2).setSize(2).get();
    assertEquals(List.of("149", "152"), ids(page));
    SearchResponse few = client().prepareSearch("index").setQuery(nearest(150.2f, 5)).setSize(0).get();
    assertEquals(15, total(few));
  }

  public void testKBeyondTheDocumentsFindsAll() {
    createLine(50);
    assertEquals(50, total(search("index", nearest(0, NearestOptions.MAX_K))));
    assertEquals(50, total(search("index", exact("v", 0, NearestOptions.MAX_K, null))));
  }

  public void testKIsFilledFromWhatTheFilterLeaves() {
    createLine(300);
    for (NearestQueryBuilder query : List.of(nearest("v", 20, 3, term("title", "odd")),
        exact("v", 20, 3, term("title", "odd")))) {
      assertEquals(List.of("19", "21", "17"), sorted(ids(search("index", query)), "19", "21", "17"));
    }
    assertEquals(List.of("299", "298"),
        ids(search("index", nearest("v", 1000, 2, QueryBuilders.rangeQuery("rank").gte(5)))));
    assertEquals(List.of("7"), ids(search("index", nearest("v", 290, 3, QueryBuilders.matchQuery("body", "word7")))));
    assertEquals(List.of(), ids(search("index", nearest("v", 290, 3, term("title", "neither")))));
    assertEquals(List.of("40", "41"),
        ids(search("index", nearest("v", 45, 2, QueryBuilders.boolQuery()
            .must(QueryBuilders.rangeQuery("rank").lt(42))
            .mustNot(QueryBuilders.rangeQuery("rank").lt(39))))).stream().sorted().toList());
  }

  /** Documents at the same distance come in any order. */
  private static List<String> sorted(List<String> ids, String... expected) {
    assertEquals(List.of(expected).stream().sorted().toList(), ids.stream().sorted().toList());
    return List.of(expected);
  }

  public void testANearestAsTheFilterOfAnother() {
    createLine(300);
    assertEquals(List.of("104", "103"), ids(search("index", nearest("v", 300, 2, nearest(100, 9)))));
  }

  public void testMinScore() {
    createLine(300);
    NearestOptions options = new NearestOptions(10, 100, 0, false, score(1.5f));
    QueryBuilder query = new NearestQueryBuilder("v", new float[] {20.4f, 0}, options, null, null, false);
    assertEquals(List.of("20", "21", "19"), ids(search("index", query)));
    assertEquals(3, total(search("index", query)));
    SearchResponse requests = client().prepareSearch("index").setQuery(nearest(20.4f, 9)).setMinScore(score(1)).get();
    assertEquals(List.of("20", "21"), ids(requests));
  }

  public void testInBoolAndFilterContext() {
    createLine(300);
    assertEquals(List.of("20"), ids(search("index",
        QueryBuilders.boolQuery()
            .must(nearest(20.4f, 4))
            .filter(QueryBuilders.rangeQuery("rank").lt(21))
            .mustNot(term("rank", 19)))));
    SearchResponse filtered = search("index", QueryBuilders.boolQuery().filter(nearest(20.4f, 4)));
    assertEquals(4, total(filtered));
    assertEquals(0, filtered.getHits().getMaxScore(), 0);
    SearchResponse should = search("index",
        QueryBuilders.boolQuery().should(nearest(20, 2)).should(nearest(21, 2)).should(term("rank", 250)));
    assertEquals(List.of("20", "21"), sorted(ids(should).stream().limit(2).toList(), "20", "21"));
    assertTrue(ids(should).contains("250"));
    assertEquals(296, client().prepareSearch("index")
        .setSize(0)
        .setQuery(QueryBuilders.boolQuery().mustNot(nearest(20.4f, 4)))
        .get()
        .getHits()
        .getTotalHits()
        .value());
    SearchResponse constant = search("index", QueryBuilders.constantScoreQuery(nearest(20.4f, 4)).boost(7));
    assertEquals(7, constant.getHits().getAt(3).getScore(), 0);
    SearchResponse best = search("index",
        QueryBuilders.disMaxQuery().add(nearest(20, 1)).add(nearest(40, 1)).tieBreaker(0));
    assertEquals(List.of("20", "40"), sorted(ids(best), "20", "40"));
  }

  public void testNamedQueries() {
    createLine(30);
    SearchResponse response = search("index", QueryBuilders.boolQuery()
        .should(nearest(3, 1).queryName("three"))
        .should(nearest(4, 1).queryName("four")));
    for (SearchHit hit : response.getHits()) {
      assertArrayEquals(new String[] {hit.getId().equals("3") ? "three" : "four"}, hit.getMatchedQueries());
    }
  }

  public void testInFunctionScore() {
    createLine(300);
    SearchResponse response = search("index", QueryBuilders.functionScoreQuery(nearest(20.4f, 3),
        ScoreFunctionBuilders.fieldValueFactorFunction("rank").factor(1)));
    assertEquals(List.of("20", "21", "19"), ids(response));
    assertEquals(20 * score(0.4f), response.getHits().getAt(0).getScore(), 1e-4);
  }

  public void testAsRescoreAndRescored() {
    createLine(300);
    SearchResponse rescored = client().prepareSearch("index")
        .setQuery(nearest(20.4f, 4))
        .setRescorer(new QueryRescorerBuilder(term("rank", 22)).setRescoreQueryWeight(100), 10)
        .get();
    assertEquals(List.of("22", "20", "21", "19"), ids(rescored));
    SearchResponse rescoring = client().prepareSearch("index")
        .setQuery(QueryBuilders.constantScoreQuery(QueryBuilders.rangeQuery("rank").gte(19).lt(25)))
        .setRescorer(new QueryRescorerBuilder(nearest(22, 3)).setQueryWeight(0), 10)
        .get();
    assertEquals("22", rescoring.getHits().getAt(0).getId());
    assertEquals(score(0), rescoring.getHits().getAt(0).getScore(), 1e-6);
    assertEquals(6, total(rescoring));
  }

  public void testAggregationsSeeTheHits() {
    createLine(300);
    SearchResponse response = client().prepareSearch("index")
        .setQuery(nearest(20.4f, 5))
        .setSize(2)
        .addAggregation(AggregationBuilders.terms("titles").field("title"))
        .addAggregation(AggregationBuilders.filter("near", nearest(22, 2)))
        .get();
    Terms titles = response.getAggregations().get("titles");
    assertEquals(5, titles.getBucketByKey("even").getDocCount() + titles.getBucketByKey("odd").getDocCount());
    assertEquals(3, titles.getBucketByKey("even").getDocCount());
    Filter near = response.getAggregations().get("near");
    assertTrue(near.getDocCount() >= 1);
    assertEquals(2, ids(response).size());
  }

  public void testSortCollapsePostFilterScroll() {
    createLine(300);
    SearchResponse byRank = client().prepareSearch("index")
        .setQuery(nearest(20.4f, 4))
        .addSort("rank", SortOrder.DESC)
        .get();
    assertEquals(List.of("22", "21", "20", "19"), ids(byRank));
    SearchResponse collapsed = client().prepareSearch("index")
        .setQuery(nearest(20.4f, 4))
        .setCollapse(new CollapseBuilder("title").setInnerHits(new InnerHitBuilder("all").setSize(9)))
        .get();
    assertEquals(List.of("20", "21"), ids(collapsed));
    assertEquals(2, collapsed.getHits().getAt(0).getInnerHits().get("all").getHits().length);
    SearchResponse after = client().prepareSearch("index")
        .setQuery(nearest(20.4f, 4))
        .setPostFilter(term("title", "odd"))
        .get();
    assertEquals(List.of("21", "19"), ids(after));
    SearchResponse scroll = client().prepareSearch("index")
        .setQuery(nearest(20.4f, 4))
        .setSize(3)
        .setScroll(TimeValue.timeValueMinutes(1))
        .get();
    assertEquals(List.of("20", "21", "19"), ids(scroll));
    assertEquals(List.of("22"),
        ids(client().prepareSearchScroll(scroll.getScrollId()).setScroll(TimeValue.timeValueMinutes(1)).get()));
    client().prepareClearScroll().addScrollId(scroll.getScrollId()).get();
  }

  public void testFilteredAliasAndFieldAlias() {
    create("index", settings(),
        MAPPING.replaceFirst("\"title\"", "\"w\": {\"type\": \"alias\", \"path\": \"v\"}, \"title\""));
    indexLine("index", 100);
    client().admin()
        .indices()
        .prepareAliases()
        .addAliasAction(AliasActions.add().index("index").alias("odd").filter(term("title", "odd")))
        .get();
    assertEquals(List.of("20", "21"), ids(search("index", nearest("w", 20.4f, 2, null))));
    SearchResponse odd = search("odd", nearest(20.4f, 3));
    for (String id : ids(odd)) {
      assertEquals(1, Integer.parseInt(id) % 2);
    }
  }

  public void testMultiSearchAndSeveralIndices() {
    createLine(50);
    create("empty", settings(), MAPPING);
    create("without", settings(), "{\"properties\": {\"title\": {\"type\": \"keyword\"}}}");
    index("without", "x", "{\"title\": \"x\"}");
    refresh("without");
    NearestQueryBuilder lenient = new NearestQueryBuilder("v", new float[] {7, 0}, NearestOptions.ofK(1), null, null,
        true);
    assertEquals(List.of("7"),
        ids(client().prepareSearch("index", "empty", "without").setQuery(lenient).get()));
    SearchResponse strict = client().prepareSearch("index", "without").setQuery(nearest(7, 1)).get();
    assertEquals(1, strict.getFailedShards());
    assertEquals(RestStatus.BAD_REQUEST, strict.getShardFailures()[0].status());
    MultiSearchResponse both = client().prepareMultiSearch()
        .add(client().prepareSearch("index").setQuery(nearest(7, 1)))
        .add(client().prepareSearch("index").setQuery(nearest("rank", 7, 1, null)))
        .get();
    assertEquals(List.of("7"), ids(both.getResponses()[0].getResponse()));
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(both.getResponses()[1].getFailure()));
  }

  public void testExplain() {
    createLine(300);
    SearchResponse response = client().prepareSearch("index")
        .setQuery(nearest(20.4f, 2).boost(2))
        .setExplain(true)
        .get();
    for (SearchHit hit : response.getHits()) {
      assertEquals(hit.getScore(), hit.getExplanation().getValue().floatValue(), 0);
      assertThat(hit.getExplanation().toString(), allOf(containsString("squared distance"), containsString("rank"),
          containsString("approximate search")));
    }
    ExplainResponse hit = client().prepareExplain("index", "20").setQuery(nearest(20.4f, 2)).get();
    assertTrue(hit.isMatch());
    ExplainResponse miss = client().prepareExplain("index", "25").setQuery(nearest(20.4f, 2)).get();
    assertFalse(miss.isMatch());
    assertThat(miss.getExplanation().toString(), containsString("not among"));
    SearchResponse scanned = client().prepareSearch("index").setQuery(exact("v", 1, 1, null)).setExplain(true).get();
    assertThat(scanned.getHits().getAt(0).getExplanation().toString(), containsString("exact scan"));
  }

  public void testProfile() {
    createLine(300);
    SearchResponse response = client().prepareSearch("index")
        .setQuery(nearest("v", 20.4f, 2, term("title", "odd")))
        .setProfile(true)
        .get();
    assertEquals(List.of("21", "19"), ids(response));
    ProfileShardResult shard = response.getProfileResults().values().iterator().next();
    ProfileResult whole = shard.getQueryProfileResults().getFirst().getQueryResults().getFirst();
    ProfileResult profiled = whole.getProfiledChildren().getFirst();
    assertEquals("NearestQuery", profiled.getQueryName());
    assertThat(profiled.getLuceneDescription(),
        allOf(containsString("k=2"), containsString("title:odd"), not(containsString("20.4"))));
  }

  private void createChunks() {
    create("index", settings(), MAPPING);
    for (int i = 0; i < 60; i++) {
      index("index", "" + i, "{\"title\": \"" + (i % 2 == 0 ? "even" : "odd") + "\", \"rank\": " + i + ", \"chunks\": ["
          + "{\"v\": [" + 10 * i + ", 0], \"language\": \"de\"}, {\"language\": \"none\"}, "
          + "{\"v\": [" + (10 * i + 3) + ", 0], \"language\": \"en\"}]}");
      if (i % 25 == 0) {
        refresh("index");
      }
    }
    index("index", "childless", "{\"title\": \"odd\"}");
    refresh("index");
  }

  private static QueryBuilder chunks(QueryBuilder query) {
    return QueryBuilders.nestedQuery("chunks", query, ScoreMode.Max);
  }

  /** k counts documents, each by its best chunk. */
  public void testNested() {
    createChunks();
    SearchResponse response = search("index", chunks(nearest("chunks.v", 101, 3, null)));
    assertEquals(List.of("10", "9", "11"), ids(response));
    assertEquals(score(1), response.getHits().getAt(0).getScore(), 1e-6);
    assertEquals(3, total(response));
    assertEquals(List.of("10", "9", "11"), ids(search("index", chunks(exact("chunks.v", 101, 3, null)))));
  }

  public void testNestedInnerHits() {
    createChunks();
    SearchResponse response = search("index",
        QueryBuilders.nestedQuery("chunks", nearest("chunks.v", 101, 3, null), ScoreMode.Max)
            .innerHit(new InnerHitBuilder("best")));
    for (SearchHit hit : response.getHits()) {
      SearchHit[] best = hit.getInnerHits().get("best").getHits();
      assertEquals(1, best.length);
      int i = Integer.parseInt(hit.getId());
      assertEquals(i == 9 ? 2 : 0, best[0].getNestedIdentity().getOffset());
      assertThat(best[0].getSourceAsString(), containsString("\"v\":[" + (i == 9 ? 93.0 : i * 10.0) + ",0.0]"));
    }
  }

  public void testNestedWithAFilterOnTheParents() {
    createChunks();
    for (QueryBuilder filter : List.of(term("title", "odd"), QueryBuilders.prefixQuery("title", "od"),
        QueryBuilders.wildcardQuery("title", "o*"), QueryBuilders.termsQuery("title", "odd", "x"),
        QueryBuilders.boolQuery().mustNot(term("title", "even")),
        QueryBuilders.boolQuery().filter(term("title", "odd")).filter(QueryBuilders.existsQuery("rank")),
        QueryBuilders.boolQuery().should(term("title", "odd")),
        QueryBuilders.boolQuery().must(QueryBuilders.matchAllQuery()).filter(term("title", "odd")),
        QueryBuilders.constantScoreQuery(term("title", "odd")))) {
      assertEquals(filter.toString(), List.of("9", "11", "7"),
          ids(search("index", chunks(nearest("chunks.v", 101, 3, filter)))));
    }
    for (QueryBuilder filter : List.of(QueryBuilders.rangeQuery("rank").gte(11), QueryBuilders.idsQuery()
        .addIds("11", "12"), QueryBuilders.boolQuery().mustNot(QueryBuilders.rangeQuery("rank").lt(11)))) {
      assertEquals(filter.toString(), List.of("11", "12"),
          ids(search("index", chunks(nearest("chunks.v", 101, 2, filter)))));
    }
    assertEquals(List.of("10", "9", "11"),
        ids(search("index", chunks(nearest("chunks.v", 101, 3, QueryBuilders.existsQuery("rank"))))));
    assertEquals(List.of("10", "9", "11"),
        ids(search("index", chunks(nearest("chunks.v", 101, 3, QueryBuilders.matchAllQuery())))));
  }

  public void testNestedWithAFilterOnTheChunks() {
    createChunks();
    for (QueryBuilder filter : List.of(term("chunks.language", "en"), QueryBuilders.prefixQuery("chunks.language", "e"),
        QueryBuilders.boolQuery().mustNot(term("chunks.language", "de")),
        QueryBuilders.boolQuery().filter(term("chunks.language", "en")))) {
      SearchResponse response = search("index", chunks(nearest("chunks.v", 101, 2, filter)));
      assertEquals(filter.toString(), List.of("10", "9"), ids(response));
      assertEquals(filter.toString(), score(2), response.getHits().getAt(0).getScore(), 1e-6);
    }
  }

  public void testNestedWithAFilterOnBoth() {
    createChunks();
    QueryBuilder both = QueryBuilders.boolQuery().filter(term("title", "odd")).filter(term("chunks.language", "en"));
    SearchResponse response = search("index", chunks(nearest("chunks.v", 101, 2, both)));
    assertEquals(List.of("9", "11"), ids(response));
    assertEquals(score(12), response.getHits().getAt(1).getScore(), 1e-6);
    QueryBuilder without = QueryBuilders.boolQuery()
        .must(term("title", "odd"))
        .mustNot(term("chunks.language", "de"));
    assertEquals(List.of("9", "11"), ids(search("index", chunks(nearest("chunks.v", 101, 2, without)))));
    QueryBuilder either = QueryBuilders.boolQuery().should(term("rank", 50)).should(term("chunks.language", "en"));
    assertEquals(List.of("10", "50"), ids(search("index",
        QueryBuilders.boolQuery()
            .must(chunks(nearest("chunks.v", 101, 60, either)))
            .filter(QueryBuilders.termsQuery("rank", List.of(10, 50))))));
  }

  public void testNestedInNested() {
    create("index", settings(), """
        {"properties": {"title": {"type": "keyword"}, "sections": {"type": "nested", "properties": {
          "heading": {"type": "keyword"},
          "chunks": {"type": "nested", "properties": {"language": {"type": "keyword"},
            "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"}}}}}}}""");
    for (int i = 0; i < 20; i++) {
      index("index", "" + i,
          "{\"title\": \"" + (i % 2 == 0 ? "even" : "odd") + "\", \"sections\": [{\"heading\": \"a\","
              + "\"chunks\": [{\"v\": [" + 10 * i + ", 0], \"language\": \"de\"}, {\"v\": [" + (10 * i + 1)
              + ", 0]}]}, {\"heading\": \"b\","
              + "\"chunks\": {\"v\": [" + (10 * i + 5) + ", 0]}}]}");
    }
    refresh("index");
    QueryBuilder even = term("title", "even");
    QueryBuilder inB = term("sections.heading", "b");
    assertNestedInNested(null, "4", "5");
    assertNestedInNested(term("title", "odd"), "5", "3");
    assertNestedInNested(inB, "4", "5");
    assertNestedInNested(QueryBuilders.boolQuery().filter(even).filter(inB), "4", "6");
    assertNestedInNested(QueryBuilders.boolQuery().must(even).mustNot(inB), "4", "6");
    assertNestedInNested(term("sections.chunks.language", "de"), "5", "4");
  }

  private void assertNestedInNested(QueryBuilder filter, String... expected) {
    QueryBuilder nearest = QueryBuilders.nestedQuery("sections.chunks", nearest("sections.chunks.v", 47, 2, filter),
        ScoreMode.Max);
    assertEquals("" + filter, List.of(expected), ids(search("index", nearest)));
    SearchResponse stepwise = search("index", QueryBuilders.nestedQuery("sections", nearest, ScoreMode.Max));
    assertEquals("k counts sections here: " + filter, expected[0], ids(stepwise).getFirst());
  }

  public void testDocumentsHiddenBySecurityAreNotFoundAndKIsFilled() {
    create("index", settings().put(ReaderWrappingPlugin.HIDE_DOCUMENTS.getKey(), "hidden"), MAPPING);
    indexLine("index", 300);
    for (int i = 1; i < 300; i += 10) {
      client().prepareDelete("index", "" + i).get();
    }
    refresh("index");
    for (QueryBuilder query : List.of(nearest(30, 4), exact("v", 30, 4, null),
        nearest("v", 30, 4, QueryBuilders.rangeQuery("rank").lt(1000)))) {
      SearchResponse response = client().prepareSearch("index").setQuery(query).setExplain(true).get();
      sorted(ids(response), "29", "32", "28", "26".equals(ids(response).getLast()) ? "26" : "34");
      assertEquals(4, total(response));
    }
    SearchResponse all = client().prepareSearch("index")
        .setQuery(nearest(0, 10_000))
        .setSize(0)
        .addAggregation(AggregationBuilders.max("hidden").field("hidden"))
        .get();
    assertEquals(180, total(all));
  }

  public void testAFieldHiddenBySecurityIsAsIfAbsent() {
    create("index", settings().put(ReaderWrappingPlugin.HIDE_FIELD.getKey(), "v"), MAPPING);
    indexLine("index", 300);
    for (QueryBuilder query : List.of(nearest(30, 4), exact("v", 30, 4, null),
        nearest("v", 30, 4, QueryBuilders.rangeQuery("rank").lt(4)), nearest("v", 30, 4, term("title", "odd")),
        QueryBuilders.existsQuery("v"))) {
      assertEquals(query.toString(), List.of(), ids(search("index", query)));
    }
    assertFalse(client().prepareExplain("index", "30").setQuery(nearest(30, 4)).get().isMatch());
    SearchResponse fields = client().prepareSearch("index").addFetchField("v").addFetchField("rank").get();
    for (SearchHit hit : fields.getHits()) {
      assertNull(hit.field("v"));
      assertNotNull(hit.field("rank"));
    }
  }

  public void testFieldsOfARequest() {
    createLine(10);
    SearchResponse fields = client().prepareSearch("index")
        .setQuery(nearest(3, 1))
        .addFetchField("v")
        .addFetchField("*")
        .setFetchSource(false)
        .get();
    assertEquals(List.of(3f, 0f), fields.getHits().getAt(0).field("v").getValues());
    assertNull(fields.getHits().getAt(0).getSourceRef());
    Exception e = expectThrows(Exception.class,
        () -> client().prepareSearch("index").addDocValueField("v").get());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    e = expectThrows(Exception.class, () -> client().prepareSearch("index").addSort("v", SortOrder.ASC).get());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    e = expectThrows(Exception.class, () -> client().prepareSearch("index")
        .addAggregation(AggregationBuilders.terms("t").field("v"))
        .get());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    e = expectThrows(Exception.class, () -> search("index", term("v", 1)));
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
  }

  public void testExists() {
    createLine(10);
    index("index", "none", "{\"title\": \"x\"}");
    refresh("index");
    assertEquals(10, total(search("index", QueryBuilders.existsQuery("v"))));
    assertEquals(List.of("none"),
        ids(search("index", QueryBuilders.boolQuery().mustNot(QueryBuilders.existsQuery("v")))));
  }

  public void testFieldCapabilities() {
    createLine(1);
    create("other", settings(), MAPPING);
    Map<String, FieldCapabilities> types = client().prepareFieldCaps("*").setFields("*").get().getField("v");
    assertEquals(List.of("embedding"), List.copyOf(types.keySet()));
    assertFalse(types.get("embedding").isSearchable());
    assertFalse(types.get("embedding").isAggregatable());
  }

  public void testBadQueriesAreTheUsersErrors() {
    createLine(3);
    for (QueryBuilder query : List.of(nearest("missing", 1, 1, null), nearest("title", 1, 1, null),
        new NearestQueryBuilder("v", new float[] {1}, NearestOptions.ofK(1), null, null, false),
        new NearestQueryBuilder("v", new float[] {1, 2}, NearestOptions.ofK(1), null, "other", false))) {
      Exception e = expectThrows(Exception.class, () -> search("index", query));
      assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    }
  }

  public void testMappingUpdates() {
    createLine(3);
    String graph = "{\"properties\": {\"v\": {\"type\": \"embedding\", \"dimension\": 2, \"similarity\": \"euclidean\","
        + "\"graph\": {\"max_connections\": 4}}}}";
    client().admin().indices().preparePutMapping("index").setSource(graph, XContentType.JSON).get();
    client().admin().indices().preparePutMapping("index").setSource(graph, XContentType.JSON).get();
    index("index", "4", "{\"v\": [4, 0]}");
    refresh("index");
    assertEquals(List.of("4", "2"), ids(search("index", nearest(5, 2))));
    for (String change : List.of("\"dimension\": 3, \"similarity\": \"euclidean\"", "\"dimension\": 2")) {
      Exception e = expectThrows(Exception.class, () -> client().admin()
          .indices()
          .preparePutMapping("index")
          .setSource("{\"properties\": {\"v\": {\"type\": \"embedding\", " + change + "}}}", XContentType.JSON)
          .get());
      assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    }
  }

  /** Counts the vectors that a search looks at. */
  private static final class CountingCollector extends KnnCollector.Decorator {
    private final AtomicInteger visited;

    CountingCollector(KnnCollector in, AtomicInteger visited) {
      super(in);
      this.visited = visited;
    }

    @Override
    public void incVisitedCount(int count) {
      visited.addAndGet(count);
      super.incVisitedCount(count);
    }
  }

  public void testCancellationReachesTheSearch() {
    createLine(1500);
    client().admin().indices().prepareForceMerge("index").setMaxNumSegments(1).get();
    AtomicInteger visited = new AtomicInteger();
    assertCancelledAtTheVectors(nearest(700, 1400), collector -> new CountingCollector(collector, visited));
    assertThat(visited.get(), lessThan(1000));
  }

  public void testTimeoutReachesTheSearch() {
    createLine(1500);
    client().admin().indices().prepareForceMerge("index").setMaxNumSegments(1).get();
    ThreadPool clock = getInstanceFromNode(ThreadPool.class);
    AtomicInteger visited = new AtomicInteger();
    wrapping().onSearch(collector -> {
      long now = clock.relativeTimeInMillis();
      while (clock.relativeTimeInMillis() <= now + 1) {
        Thread.onSpinWait();
      }
      return new CountingCollector(collector, visited);
    });
    try {
      SearchResponse response = client().prepareSearch("index")
          .setQuery(nearest(700, 1400))
          .setTimeout(TimeValue.timeValueMillis(1))
          .get();
      assertTrue(response.isTimedOut());
      assertEquals(0, response.getFailedShards());
      assertThat(visited.get(), lessThan(1000));
    } finally {
      wrapping().onSearch(collector -> collector);
    }
    assertFalse(client().prepareSearch("index")
        .setQuery(nearest(700, 1400))
        .setTimeout(TimeValue.timeValueHours(1))
        .get()
        .isTimedOut());
  }

  public void testTerminateAfterAndTrackTotalHits() {
    createLine(300);
    assertEquals(List.of("20"), ids(client().prepareSearch("index")
        .setQuery(nearest(20.4f, 4))
        .setSize(1)
        .setTrackTotalHits(false)
        .get()));
    List<String> few = new ArrayList<>(ids(client().prepareSearch("index")
        .setQuery(nearest(20.4f, 4))
        .setTerminateAfter(2)
        .get()));
    assertTrue(List.of("19", "20", "21", "22").containsAll(few));
  }

  public void testConcurrentSegments() {
    createLine(300);
    client().admin()
        .indices()
        .prepareUpdateSettings("index")
        .setSettings(Settings.builder().put("index.search.concurrent_segment_search.mode", "all"))
        .get();
    assertEquals(List.of("20", "21", "19", "22"), ids(search("index", nearest(20.4f, 4))));
    assertEquals(List.of("20", "21", "19", "22"), ids(search("index", exact("v", 20.4f, 4, null))));
  }
}
