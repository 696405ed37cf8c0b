package dev.embedding.plugin.cluster;

import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertNoFailures;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.indices.replication.common.ReplicationType;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;

import dev.embedding.plugin.mapper.QueryVectors;
import dev.embedding.plugin.query.MaxSimQueryBuilder;
import dev.embedding.search.MaxSimOptions;

/** Fields of many vectors on two nodes with a copy each: whoever answers, the hits, scores and sources are the same. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 2)
public class MaxSimIT extends EmbeddingIntegTestCase {
  private static final int DIMENSION = 8;
  private static final int DOCUMENTS = 300;
  private static final String MAPPING = """
      {"properties": {
        "t": {"type": "multi_embedding", "dimension": 8},
        "full": {"type": "multi_embedding", "dimension": 8, "token_bits": 32, "encoding": {"repetitions": 5}}}}""";

  /** A document of 1–9 vectors whose numbers are integers, the largest 127: eight bits keep them as they are. */
  private static String manyVectors(int id) {
    Random random = new Random(id);
    List<String> vectors = new ArrayList<>();
    for (int i = 1 + random.nextInt(9); i > 0; i--) {
      StringBuilder vector = new StringBuilder("[127.0");
      for (int j = 1; j < DIMENSION; j++) {
        vector.append(String.format(Locale.ROOT, ",%d.0", random.nextInt(255) - 127));
      }
      vectors.add(vector.append(']').toString());
    }
    return String.format(Locale.ROOT, "{\"t\":%1$s,\"full\":%1$s}", vectors);
  }

  private void indexMany(int from, int to) {
    BulkRequestBuilder bulk = client().prepareBulk();
    for (int i = from; i < to; i++) {
      bulk.add(client().prepareIndex(INDEX).setId("" + i).setSource(manyVectors(i), XContentType.JSON));
    }
    BulkResponse response = bulk.get();
    assertFalse(response.buildFailureMessage(), response.hasFailures());
    refresh(INDEX);
  }

  private void indexManyWithDeletes() {
    indexMany(0, 100);
    indexMany(100, 220);
    indexMany(220, DOCUMENTS);
    for (int i = 0; i < DOCUMENTS; i += 7) {
      client().prepareDelete(INDEX, "" + i).get();
    }
    refresh(INDEX);
  }

  private static MaxSimQueryBuilder query(String field) {
    float[] numbers = new float[4 * DIMENSION];
    Random random = new Random(7);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return new MaxSimQueryBuilder(field, new QueryVectors(numbers, DIMENSION), MaxSimOptions.ofK(10), null, null, 2,
        null, false);
  }

  /** Ids, scores, sources and vectors of the ten best by each field. */
  private List<String> tenBest(String preference) {
    List<String> hits = new ArrayList<>();
    for (String field : List.of("t", "full")) {
      SearchResponse response = search(INDEX, preference, query(field));
      assertEquals(10, response.getHits().getHits().length);
      for (SearchHit hit : response.getHits()) {
        assertEquals(manyVectors(Integer.parseInt(hit.getId())), hit.getSourceAsString().replace(",[", ", ["));
        hits.add(hit.getId() + " " + hit.getScore() + " " + hit.field(field + ".token_hits").getValues());
      }
    }
    return hits;
  }

  private long count(String preference) {
    SearchResponse response = client().prepareSearch(INDEX)
        .setPreference(preference)
        .setQuery(QueryBuilders.existsQuery("t"))
        .setSize(0)
        .setTrackTotalHits(true)
        .get();
    assertNoFailures(response);
    return response.getHits().getTotalHits().value();
  }

  private void assertBothCopiesAnswer(List<String> expected) throws Exception {
    assertEquals(expected, tenBest("_primary"));
    assertBusy(() -> assertEquals(count("_primary"), count("_replica")));
    assertBusy(() -> assertEquals(expected, tenBest("_replica")));
  }

  public void testDocumentReplication() throws Exception {
    answersAreTheSameAfterMergeAndRestart(ReplicationType.DOCUMENT);
  }

  public void testSegmentReplication() throws Exception {
    answersAreTheSameAfterMergeAndRestart(ReplicationType.SEGMENT);
  }

  private void answersAreTheSameAfterMergeAndRestart(ReplicationType type) throws Exception {
    create(settings(1, 1).put(IndexMetadata.SETTING_REPLICATION_TYPE, type), MAPPING);
    indexManyWithDeletes();
    List<String> expected = tenBest("_primary");
    assertBothCopiesAnswer(expected);
    client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
    refresh(INDEX);
    assertBothCopiesAnswer(expected);
    internalCluster().fullRestart();
    ensureGreen(INDEX);
    assertBothCopiesAnswer(expected);
  }

  public void testARecoveryByFiles() throws Exception {
    create(settings(1, 0), MAPPING);
    indexManyWithDeletes();
    List<String> expected = tenBest("_primary");
    client().admin()
        .indices()
        .prepareUpdateSettings(INDEX)
        .setSettings(Settings.builder().put("index.number_of_replicas", 1))
        .get();
    ensureGreen(INDEX);
    assertBothCopiesAnswer(expected);
  }

  public void testHitsOfSeveralShardsAreInOneOrder() {
    create(settings(3, 0), MAPPING);
    indexMany(0, DOCUMENTS);
    SearchResponse response = client().prepareSearch(INDEX).setQuery(query("full")).setSize(30).get();
    assertNoFailures(response);
    assertEquals(30, response.getHits().getTotalHits().value());
    SearchResponse all = client().prepareSearch(INDEX)
        .setQuery(query("full").filter(QueryBuilders.matchAllQuery()))
        .setSize(10)
        .get();
    assertEquals(ids(response).subList(0, 10), ids(all));
    float last = Float.POSITIVE_INFINITY;
    for (SearchHit hit : response.getHits()) {
      assertTrue(hit.getScore() <= last);
      last = hit.getScore();
    }
  }
}
