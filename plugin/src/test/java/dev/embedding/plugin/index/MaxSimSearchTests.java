package dev.embedding.plugin.index;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.lucene.codecs.perfield.PerFieldDocValuesFormat;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.explain.ExplainResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.document.DocumentField;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.search.SearchHit;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.opensearch.search.sort.SortOrder;
import org.opensearch.threadpool.ThreadPool;

import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenBlocksFormat;
import dev.embedding.plugin.ReaderWrappingPlugin;
import dev.embedding.plugin.SingleNodeTestCase;
import dev.embedding.plugin.mapper.QueryVectors;
import dev.embedding.plugin.query.MaxSimQueryBuilder;
import dev.embedding.search.MaxSimOptions;

/**
 * Document i has the vectors at i degrees and at i + 180: for a query of one vector at x degrees, those are best whose i is
 * nearest to x.
 */
public class MaxSimSearchTests extends SingleNodeTestCase {
  private static final String TOKENS = "{\"type\": \"multi_embedding\", \"dimension\": 2, \"token_bits\": 32, "
      + "\"encoding\": {\"repetitions\": 8, \"partition_bits\": 3}}";
  private static final String MAPPING = "{\"properties\": {\"t\": " + TOKENS + ", \"other\": " + TOKENS
      + ", \"title\": {\"type\": \"keyword\"}, \"body\": {\"type\": \"text\"}, \"rank\": {\"type\": \"integer\"}, "
      + "\"hidden\": {\"type\": \"integer\"}, \"chunks\": {\"type\": \"nested\", \"properties\": {\"t\": " + TOKENS
      + ", \"language\": {\"type\": \"keyword\"}}}}}";

  private void createCircle(int documents) {
    create("index", settings(), MAPPING);
    for (int i = 0; i < documents; i++) {
      index("index", "" + i, circle(i));
      if (i % 37 == 36) {
        refresh("index");
      }
    }
    index("index", "none", "{\"body\": \"word none\"}");
    refresh("index");
  }

  private static String circle(int i) {
    return String.format(Locale.ROOT,
        "{\"t\": [%s, %s], \"title\": \"%s\", \"body\": \"word word%d\", \"rank\": %d, \"hidden\": %d}", at(i),
        at(i + 180), i % 2 == 0 ? "even" : "odd", i, i, i % 3 == 0 ? 1 : 0);
  }

  /** A vector in JSON. */
  private static String at(float degrees) {
    return String.format(Locale.ROOT, "[%.6f, %.6f]", Math.cos(Math.toRadians(degrees)),
        Math.sin(Math.toRadians(degrees)));
  }

  private static QueryVectors vectors(float... degrees) {
    float[] numbers = new float[2 * degrees.length];
    for (int i = 0; i < degrees.length; i++) {
      numbers[2 * i] = (float) Math.cos(Math.toRadians(degrees[i]));
      numbers[2 * i + 1] = (float) Math.sin(Math.toRadians(degrees[i]));
    }
    return new QueryVectors(numbers, 2);
  }

  private static MaxSimQueryBuilder best(float degrees, int k) {
    return best("t", degrees, k, null);
  }

  private static MaxSimQueryBuilder best(String field, float degrees, int k, QueryBuilder filter) {
    return new MaxSimQueryBuilder(field, vectors(degrees), MaxSimOptions.ofK(k), filter, null, 0, null, false);
  }

  private static MaxSimQueryBuilder scoring(float degrees, QueryBuilder query) {
    return new MaxSimQueryBuilder("t", vectors(degrees), null, null, query, 0, null, false);
  }

  /** The score of one vector at a distance in degrees. */
  private static float score(double degrees) {
    return (float) (1 + Math.cos(Math.toRadians(degrees))) / 2;
  }

  /** Blocks of both kinds stand in their format, all other doc values of the index in Lucene's, and both work in one segment. */
  public void testBlocksStandBesideOtherDocValuesInASortedIndex() throws IOException {
    String mapping = "{\"properties\": {\"t\": " + TOKENS
        + ", \"title\": {\"type\": \"keyword\"}, \"rank\": {\"type\": \"integer\"}}}";
    create("index", settings().put("index.sort.field", "rank").put("index.sort.order", "desc"), mapping);
    for (int i = 0; i < 60; i++) {
      index("index", "" + i, circle(i));
      if (i % 25 == 24) {
        refresh("index");
      }
    }
    client().admin().indices().prepareForceMerge("index").setMaxNumSegments(1).get();
    refresh("index");
    assertEquals(List.of("30", "31", "29"), ids(search("index", best(30.1f, 3))));
    assertEquals(30, total(search("index", term("title", "odd"))));
    SearchResponse sorted = client().prepareSearch("index")
        .setQuery(best("t", 30, 5, term("title", "even")))
        .addSort("rank", SortOrder.ASC)
        .get();
    assertEquals(List.of("26", "28", "30", "32", "34"), ids(sorted));
    IndexShard shard = getInstanceFromNode(IndicesService.class).indexServiceSafe(resolveIndex("index")).getShard(0);
    try (Engine.Searcher searcher = shard.acquireSearcher("test")) {
      assertEquals(1, searcher.getIndexReader().leaves().size());
      for (FieldInfo info : searcher.getIndexReader().leaves().getFirst().reader().getFieldInfos()) {
        String format = info.getAttribute(PerFieldDocValuesFormat.PER_FIELD_FORMAT_KEY);
        boolean hasBlocks = info.name.equals("t") || info.name.equals(MultiVectorField.floatsField("t"));
        assertEquals(info.name, hasBlocks, TokenBlocksFormat.NAME.equals(format));
        assertEquals(info.name, info.getDocValuesType() == DocValuesType.NONE, format == null);
      }
    }
  }

  public void testTheBestAreFoundAndScored() {
    createCircle(170);
    SearchResponse response = search("index", best(20.4f, 4));
    assertEquals(List.of("20", "21", "19", "22"), ids(response));
    assertEquals(4, total(response));
    assertEquals(score(0.4), response.getHits().getAt(0).getScore(), 1e-6);
    assertEquals(score(1.6), response.getHits().getAt(3).getScore(), 1e-6);
    assertEquals(3 * score(0.4), search("index", best(20.4f, 1).boost(3)).getHits().getAt(0).getScore(), 1e-5);
    MaxSimQueryBuilder two = new MaxSimQueryBuilder("t", vectors(20.4f, 200.4f), MaxSimOptions.ofK(2), null, null, 0,
        null, false);
    assertEquals(List.of("20", "21"), ids(search("index", two)));
    assertEquals(2 * score(0.4), search("index", two).getHits().getAt(0).getScore(), 1e-5);
  }

  public void testEncodingsAloneFindCandidates() {
    createCircle(170);
    MaxSimQueryBuilder query = new MaxSimQueryBuilder("t", vectors(20.4f), new MaxSimOptions(50, 100, false), null,
        null,
        0, null, false);
    List<String> ids = ids(search("index", query));
    assertEquals(50, ids.size());
    assertTrue(ids.toString(), ids.contains("20"));
  }

  public void testEveryShardGivesK() {
    create("index", settings().put("index.number_of_shards", 3), MAPPING);
    for (int i = 0; i < 170; i++) {
      index("index", "" + i, circle(i));
    }
    refresh("index");
    SearchResponse response = client().prepareSearch("index").setQuery(best(50.2f, 5)).setSize(5).get();
    assertEquals(15, total(response));
    assertEquals(List.of("50", "51", "49", "52", "48"), ids(response));
    SearchResponse page = client().prepareSearch("index").setQuery(best(50.2f, 5)).setFrom(2).setSize(2).get();
    assertEquals(List.of("49", "52"), ids(page));
  }

  public void testAPageBeyondTheCandidatesIsRefused() {
    createCircle(20);
    Exception e = expectThrows(Exception.class,
        () -> client().prepareSearch("index").setQuery(best(0, 5)).setFrom(191).setSize(10).get());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    assertThat(ExceptionsHelper.stackTrace(e), containsString("set it to 201 or more"));
    assertEquals(20,
        client().prepareSearch("index").setQuery(best(0, 20)).setSize(200).get().getHits().getHits().length);
    assertEquals(21, client().prepareSearch("index")
        .setQuery(scoring(0, QueryBuilders.matchAllQuery()))
        .setSize(1000)
        .get()
        .getHits()
        .getHits().length);
  }

  public void testKIsFilledFromWhatTheFilterLeaves() {
    createCircle(170);
    assertEquals(List.of("21", "19", "23"), ids(search("index", best("t", 20.4f, 3, term("title", "odd")))));
    assertEquals(List.of("169", "168"),
        ids(search("index", best("t", 179, 2, QueryBuilders.rangeQuery("rank").gte(100)))));
    assertEquals(List.of("7"), ids(search("index", best("t", 100, 3, QueryBuilders.matchQuery("body", "word7")))));
    assertEquals(List.of(), ids(search("index", best("t", 100, 3, term("title", "neither")))));
  }

  public void testHitsOfAnotherQueryAreScored() {
    createCircle(100);
    SearchResponse response = search("index", scoring(20.4f, QueryBuilders.rangeQuery("rank").lt(4)));
    assertEquals(List.of("3", "2", "1", "0"), ids(response));
    assertEquals(score(17.4), response.getHits().getAt(0).getScore(), 1e-6);
    SearchResponse all = search("index", scoring(50, QueryBuilders.matchQuery("body", "word")));
    assertEquals(101, total(all));
    assertEquals(List.of("50"), ids(all).subList(0, 1));
    SearchResponse without = search("index", scoring(50, QueryBuilders.matchQuery("body", "none")));
    assertEquals(List.of("none"), ids(without));
    assertEquals(0, without.getHits().getAt(0).getScore(), 0);
  }

  public void testAsRescore() {
    createCircle(100);
    SearchResponse response = client().prepareSearch("index")
        .setQuery(QueryBuilders.functionScoreQuery(QueryBuilders.rangeQuery("rank").lt(30)))
        .setRescorer(new QueryRescorerBuilder(scoring(20.4f, QueryBuilders.matchAllQuery())).setQueryWeight(0), 50)
        .get();
    assertEquals(List.of("20", "21", "19", "22"), ids(response).subList(0, 4));
    assertEquals(score(0.4), response.getHits().getAt(0).getScore(), 1e-6);
  }

  public void testInBoolAndFilterContext() {
    createCircle(100);
    assertEquals(List.of("20"), ids(search("index",
        QueryBuilders.boolQuery()
            .must(best(20.4f, 4))
            .filter(QueryBuilders.rangeQuery("rank").lt(21))
            .mustNot(term("rank", 19)))));
    SearchResponse filtered = search("index", QueryBuilders.boolQuery().filter(best(20.4f, 4)));
    assertEquals(4, total(filtered));
    assertEquals(0, filtered.getHits().getMaxScore(), 0);
    List<String> should = ids(search("index",
        QueryBuilders.boolQuery()
            .should(best(20.2f, 2))
            .should(best(21.2f, 2))
            .should(QueryBuilders.termQuery("rank", 90).boost(0.1f))));
    assertEquals(List.of("21", "20"), should.subList(0, 2));
    assertTrue(should.contains("90"));
    assertEquals(97, client().prepareSearch("index")
        .setSize(0)
        .setQuery(QueryBuilders.boolQuery().mustNot(best(20.4f, 4)))
        .get()
        .getHits()
        .getTotalHits()
        .value());
  }

  public void testInsideNested() {
    create("index", settings(), MAPPING);
    for (int i = 0; i < 90; i++) {
      index("index", "" + i, String.format(Locale.ROOT,
          "{\"rank\": %d, \"chunks\": [{\"t\": [%s], \"language\": \"en\"}, {\"language\": \"de\"}, {\"t\": [%s], \"language\": \"de\"}]}",
          i, at(i), at(i + 200)));
    }
    refresh("index");
    SearchResponse response = search("index",
        QueryBuilders.nestedQuery("chunks", best("chunks.t", 20.4f, 3, null), ScoreMode.Max)
            .innerHit(new InnerHitBuilder()));
    assertEquals(List.of("20", "21", "19"), ids(response));
    assertEquals(score(0.4), response.getHits().getAt(0).getScore(), 1e-6);
    assertEquals(0, response.getHits().getAt(0).getInnerHits().get("chunks").getAt(0).getNestedIdentity().getOffset());
    assertEquals(List.of("40", "41"), ids(search("index", QueryBuilders.nestedQuery("chunks",
        best("chunks.t", 20.4f, 2, QueryBuilders.rangeQuery("rank").gte(40).lt(60)), ScoreMode.Max))));
    assertEquals(List.of("0", "1"), ids(search("index",
        QueryBuilders.nestedQuery("chunks", best("chunks.t", 199, 2, term("chunks.language", "de")), ScoreMode.Max))));
  }

  public void testTokenHits() {
    create("index", settings(), MAPPING);
    index("index", "1", "{\"t\": [" + at(0) + "," + at(90) + "," + at(10) + "]}");
    index("index", "2", "{\"t\": [" + at(270) + "]}");
    index("index", "none", "{\"body\": \"word\"}");
    refresh("index");
    QueryVectors vectors = vectors(11, 91, 12);
    MaxSimQueryBuilder all = new MaxSimQueryBuilder("t", vectors, MaxSimOptions.ofK(3), null, null, 3, null, false);
    SearchHit first = search("index", all).getHits().getAt(0);
    assertEquals("1", first.getId());
    List<Object> shown = first.field("t.token_hits").getValues();
    assertEquals(2, shown.size());
    assertTokenHit(shown.get(0), 2, List.of(0, 2), 1.9992);
    assertTokenHit(shown.get(1), 1, List.of(1), 0.9998);
    for (QueryBuilder query : List.of(
        new MaxSimQueryBuilder("t", vectors, MaxSimOptions.ofK(3), null, null, 1, null, false),
        new MaxSimQueryBuilder("t", vectors, null, null, QueryBuilders.matchAllQuery(), 1, null, false))) {
      for (QueryBuilder around : List.of(query,
          QueryBuilders.boolQuery().should(query).should(QueryBuilders.matchAllQuery()),
          QueryBuilders.constantScoreQuery(query), QueryBuilders.disMaxQuery().add(query),
          QueryBuilders.functionScoreQuery(query))) {
        for (SearchHit hit : search("index", around).getHits()) {
          DocumentField field = hit.field("t.token_hits");
          if (hit.getId().equals("1")) {
            assertEquals(around.toString(), 1, field.getValues().size());
            assertTokenHit(field.getValue(), 2, List.of(0, 2), 1.9992);
          } else if (hit.getId().equals("2")) {
            assertTokenHit(field.getValue(), 0, List.of(0, 1, 2), -1.3983);
          } else {
            assertNull(field);
          }
        }
      }
    }
    SearchResponse rescored = client().prepareSearch("index")
        .setQuery(term("_id", "1"))
        .setRescorer(new QueryRescorerBuilder(
            new MaxSimQueryBuilder("t", vectors, null, null, QueryBuilders.matchAllQuery(), 2, null, false)))
        .get();
    assertEquals(2, rescored.getHits().getAt(0).field("t.token_hits").getValues().size());
    assertNull(search("index", best(0, 3)).getHits().getAt(0).field("t.token_hits"));
  }

  private static void assertTokenHit(Object shown, int vector, List<Integer> queryVectors, double similarity) {
    Map<?, ?> hit = (Map<?, ?>) shown;
    assertEquals(vector, hit.get("vector"));
    assertEquals(queryVectors, hit.get("query_vectors"));
    assertEquals(similarity, ((Number) hit.get("similarity")).doubleValue(), 1e-3);
  }

  public void testExplainTellsTheScore() {
    createCircle(30);
    SearchResponse response = client().prepareSearch("index").setQuery(best(20.4f, 3)).setExplain(true).get();
    for (SearchHit hit : response.getHits()) {
      assertTrue(hit.getExplanation().isMatch());
      assertEquals(hit.getScore(), hit.getExplanation().getValue().floatValue(), 1e-6);
    }
    ExplainResponse none = client().prepareExplain("index", "none").setQuery(best(20.4f, 3)).get();
    assertFalse(none.isMatch());
    ExplainResponse no = client().prepareExplain("index", "5").setQuery(best(20.4f, 3)).get();
    assertFalse(no.isMatch());
    ExplainResponse scored = client().prepareExplain("index", "5")
        .setQuery(scoring(5, QueryBuilders.matchAllQuery()))
        .get();
    assertEquals(1, scored.getExplanation().getValue().floatValue(), 1e-6);
  }

  public void testDeletedAndReplacedDocuments() {
    createCircle(100);
    for (int i = 0; i < 100; i += 2) {
      client().prepareDelete("index", "" + i).get();
    }
    index("index", "1", circle(150));
    refresh("index");
    for (boolean merged : new boolean[] {false, true}) {
      if (merged) {
        client().admin().indices().prepareForceMerge("index").setMaxNumSegments(1).get();
        refresh("index");
      }
      assertEquals(List.of("3", "5", "7"), ids(search("index", best(0.1f, 3))));
      assertEquals(List.of("1"), ids(search("index", best(150, 1))));
    }
    client().prepareDelete("index", "none").get();
    for (int i = 1; i < 100; i += 2) {
      client().prepareDelete("index", "" + i).get();
    }
    refresh("index");
    assertEquals(List.of(), ids(search("index", best(0, 3))));
  }

  public void testAnIndexWithoutValues() {
    create("index", settings(), MAPPING);
    assertEquals(List.of(), ids(search("index", best(0, 3))));
    index("index", "1", "{\"body\": \"word\"}");
    refresh("index");
    assertEquals(List.of(), ids(search("index", best(0, 3))));
    assertEquals(List.of("1"), ids(search("index", scoring(0, QueryBuilders.matchAllQuery()))));
    index("index", "2", circle(5));
    refresh("index");
    assertEquals(List.of("2"), ids(search("index", best(0, 3))));
    assertEquals(List.of("2"), ids(search("index", QueryBuilders.existsQuery("t"))));
  }

  /** k is filled from what may be seen. */
  public void testHiddenDocumentsAreNeverFound() {
    create("index", settings().put(ReaderWrappingPlugin.HIDE_DOCUMENTS.getKey(), "hidden"), MAPPING);
    for (int i = 0; i < 90; i++) {
      index("index", "" + i, circle(i));
    }
    refresh("index");
    assertEquals(List.of("20", "22", "19", "23"), ids(search("index", best(20.9f, 4))));
    assertEquals(60, total(search("index", best(20.9f, 100))));
    assertEquals(60, total(search("index", scoring(20.9f, QueryBuilders.matchAllQuery()))));
  }

  public void testAHiddenFieldIsAsIfAbsent() {
    create("index", settings().put(ReaderWrappingPlugin.HIDE_FIELD.getKey(), "t"), MAPPING);
    index("index", "1", circle(1));
    refresh("index");
    MaxSimQueryBuilder query = new MaxSimQueryBuilder("t", vectors(1), MaxSimOptions.ofK(3), null, null, 3, null,
        false);
    assertEquals(List.of(), ids(search("index", query)));
    MaxSimQueryBuilder encodings = new MaxSimQueryBuilder("t", vectors(1), new MaxSimOptions(3, 100, false), null, null,
        3,
        null, false);
    assertEquals(List.of(), ids(search("index", encodings)));
    SearchHit hit = search("index",
        new MaxSimQueryBuilder("t", vectors(1), null, null, QueryBuilders.matchAllQuery(), 3,
            null, false))
        .getHits()
        .getAt(0);
    assertEquals(0, hit.getScore(), 0);
    assertNull(hit.field("t.token_hits"));
    SearchHit fetched = client().prepareSearch("index").addFetchField("t").get().getHits().getAt(0);
    assertNull(fetched.field("t"));
  }

  public void testValuesAreFetchedFromTheIndex() {
    create("index", settings(), MAPPING);
    index("index", "1", "{\"t\": [[1, 2], [3, 4]]}");
    refresh("index");
    SearchHit hit = client().prepareSearch("index").setFetchSource(false).addFetchField("t").get().getHits().getAt(0);
    assertEquals(List.of(List.of(1f, 2f), List.of(3f, 4f)), hit.field("t").getValues());
  }

  public void testSeveralFieldsInADocument() {
    create("index", settings(), MAPPING);
    index("index", "a", "{\"t\": [" + at(0) + "], \"other\": [" + at(90) + "]}");
    index("index", "b", "{\"t\": [" + at(90) + "], \"other\": [" + at(0) + "]}");
    refresh("index");
    assertEquals(List.of("a", "b"), ids(search("index", best("t", 0, 2, null))));
    assertEquals(List.of("b", "a"), ids(search("index", best("other", 0, 2, null))));
  }

  public void testCancellationReachesTheSearch() {
    createCircle(400);
    assertCancelledAtTheVectors(best(20, 10), collector -> collector);
  }

  public void testTimeoutReachesTheSearch() {
    createCircle(400);
    ThreadPool clock = getInstanceFromNode(ThreadPool.class);
    wrapping().onSearch(collector -> {
      long now = clock.relativeTimeInMillis();
      while (clock.relativeTimeInMillis() <= now + 1) {
        Thread.onSpinWait();
      }
      return collector;
    });
    try {
      SearchResponse response = client().prepareSearch("index")
          .setQuery(best(20, 10))
          .setTimeout(TimeValue.timeValueMillis(1))
          .get();
      assertTrue(response.isTimedOut());
      assertEquals(0, response.getFailedShards());
    } finally {
      wrapping().onSearch(collector -> collector);
    }
    assertFalse(client().prepareSearch("index")
        .setQuery(best(20, 10))
        .setTimeout(TimeValue.timeValueHours(1))
        .get()
        .isTimedOut());
  }

  public void testBadQueriesAreClientErrors() {
    createCircle(3);
    List<QueryBuilder> bad = new ArrayList<>();
    bad.add(new MaxSimQueryBuilder("t", new QueryVectors(new float[] {1, 2, 3}, 3), MaxSimOptions.ofK(1), null, null, 0,
        null, false));
    bad.add(best("title", 0, 1, null));
    bad.add(best("nosuch", 0, 1, null));
    for (QueryBuilder query : bad) {
      Exception e = expectThrows(Exception.class, () -> search("index", query));
      assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
      assertThat(ExceptionsHelper.stackTrace(e), allOf(containsString("[max_sim]")));
    }
  }
}
