package dev.embedding.plugin.index;

import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertAcked;
import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertHitCount;

import java.util.Arrays;
import java.util.Map;

import org.opensearch.action.admin.cluster.node.stats.NodesStatsRequest.Metric;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.indices.breaker.CircuitBreakerStats;

import dev.embedding.plugin.SingleNodeTestCase;
import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.search.NearestOptions;

/** What learning codes takes is counted and bounded by a breaker of the node, and never costs a document. */
public class TrainingMemoryTests extends SingleNodeTestCase {
  private static final int DOCUMENTS = 2_300;
  private static final String LIMIT = "breaker.embedding_training.limit";
  private static final String OVERHEAD = "breaker.embedding_training.overhead";

  private void limit(Settings.Builder limit) {
    assertAcked(client().admin().cluster().prepareUpdateSettings().setTransientSettings(limit).get());
  }

  @Override
  public void tearDown() throws Exception {
    limit(Settings.builder().putNull(LIMIT).putNull(OVERHEAD));
    super.tearDown();
  }

  private CircuitBreakerStats breaker() {
    return client().admin()
        .cluster()
        .prepareNodesStats()
        .addMetric(Metric.BREAKER.metricName())
        .get()
        .getNodes()
        .getFirst()
        .getBreaker()
        .getStats("embedding_training");
  }

  /** Two segments that learn, and one with a vector that is not like the others, merged. */
  private void indexAndMerge(String index) {
    create(index, settings(), """
        {"properties": {"v": {"type": "embedding", "dimension": 8, "similarity": "euclidean",
          "quantization": {"type": "product", "subvectors": 4}}}}""");
    for (int segment = 0; segment < 2; segment++) {
      BulkRequestBuilder bulk = client().prepareBulk();
      for (int i = 0; i < DOCUMENTS; i++) {
        bulk.add(client().prepareIndex(index).setSource(Map.of("v", random().doubles(8).toArray())));
      }
      BulkResponse response = bulk.get();
      assertFalse(response.buildFailureMessage(), response.hasFailures());
      refresh(index);
    }
    client().prepareIndex(index)
        .setId("sought")
        .setSource(Map.of("v", new double[] {3, 3, 3, 3, 3, 3, 3, 3}))
        .get();
    client().admin().indices().prepareForceMerge(index).setMaxNumSegments(1).get();
    refresh(index);
    assertHitCount(client().prepareSearch(index).setTrackTotalHits(true).setSize(0).get(), 2 * DOCUMENTS + 1);
  }

  private void assertFindsWhatIsSought(String index) {
    float[] vector = new float[8];
    Arrays.fill(vector, 3.1f);
    NearestQueryBuilder query = new NearestQueryBuilder("v", vector, NearestOptions.ofK(5), null, null, false);
    assertEquals("sought", ids(search(index, query)).getFirst());
  }

  public void testABreakerThatRefusesIsAskedAndCostsNoDocument() {
    limit(Settings.builder().put(LIMIT, "1b"));
    long before = breaker().getTrippedCount();
    indexAndMerge("index");
    assertFindsWhatIsSought("index");
    assertTrue("each flush asked", breaker().getTrippedCount() >= before + 2);
    assertEquals("all is given back", 0, breaker().getEstimated());
  }

  public void testABreakerThatGrants() {
    limit(Settings.builder().put(LIMIT, "1gb").put(OVERHEAD, 1));
    long before = breaker().getTrippedCount();
    indexAndMerge("index");
    assertFindsWhatIsSought("index");
    assertEquals(before, breaker().getTrippedCount());
    assertEquals(0, breaker().getEstimated());
    assertEquals(1L << 30, breaker().getLimit());
  }
}
