package dev.embedding.plugin.adapter;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertAcked;

import java.util.concurrent.CountDownLatch;

import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.cluster.routing.ShardRouting;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.threadpool.ThreadPool;

import dev.embedding.plugin.cluster.EmbeddingIntegTestCase;

/** Whichever node is asked, it knows every adapter as it is now. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 2)
public class AdaptersIT extends EmbeddingIntegTestCase {
  private static final String NAME = "changing";

  /** An adapter whose threshold is a relevance, which is here the logistic function of 12 times the cosine, less 8. */
  private static void put(String node, double threshold) {
    String json = "{\"dimension\": 2, \"similarity\": \"euclidean\", \"map\": \"linear\", \"inputs\": [], "
        + "\"threshold\": " + threshold + ", \"layers\": [{\"op\": \"linear\", \"bias\": \"AABAQQAAAME=\"}]}";
    client(node).execute(PutAdapter.ACTION,
        new PutAdapter.Request(NAME, new BytesArray(json), MediaTypeRegistry.JSON)).actionGet();
  }

  /** All vectors have the direction of the query. */
  private static QueryBuilder filtered() {
    return QueryBuilders.wrapperQuery("{\"relevance_filter\": {\"query\": " + nearest(3, 10, null)
        + ", \"adapter\": \"" + NAME + "\"}}");
  }

  private static long hits(String node) {
    SearchResponse response = client(node).prepareSearch(INDEX).setQuery(filtered()).get();
    assertEquals(response.toString(), 0, response.getFailedShards());
    return response.getHits().getTotalHits().value();
  }

  private static void assertUnknown(String node) {
    Exception e = expectThrows(Exception.class, () -> hits(node));
    assertEquals(RestStatus.NOT_FOUND, ExceptionsHelper.status(e));
    assertThat(ExceptionsHelper.stackTrace(e), containsString("there is no adapter [" + NAME + "]"));
  }

  private void createDocuments() {
    create(settings(1, 1));
    indexLine(1, 20);
  }

  public void testEveryNodeSeesAChangeAtOnce() {
    createDocuments();
    if (randomBoolean()) {
      internalCluster().startCoordinatingOnlyNode(Settings.EMPTY); // It has no copy that tells it of changes.
    }
    String[] nodes = internalCluster().getNodeNames();
    for (String node : nodes) {
      assertUnknown(node);
    }
    for (int i = 0; i < 20; i++) {
      boolean lenient = randomBoolean();
      put(randomFrom(nodes), lenient ? 0.5 : 0.99);
      for (String node : nodes) {
        assertEquals("after change " + i + " on " + node, lenient ? 10 : 0, hits(node));
      }
    }
    client(randomFrom(nodes)).execute(DeleteAdapter.ACTION, new DeleteAdapter.Request(NAME)).actionGet();
    for (String node : nodes) {
      assertUnknown(node);
    }
  }

  private static long reads() {
    return client().admin().indices().prepareStats(AdapterIndex.NAME).setGet(true).get().getTotal().getGet().getCount();
  }

  public void testAnAdapterIsReadAgainOnlyAfterAChange() {
    createDocuments();
    put(randomFrom(internalCluster().getNodeNames()), 0.5);
    ensureGreen(AdapterIndex.NAME);
    for (String node : internalCluster().getDataNodeNames()) {
      assertEquals(10, hits(node));
    }
    long before = reads();
    for (String node : internalCluster().getDataNodeNames()) {
      assertEquals(10, hits(node));
    }
    assertEquals(before, reads());
    put(randomFrom(internalCluster().getNodeNames()), 0.99);
    for (String node : internalCluster().getDataNodeNames()) {
      assertEquals(0, hits(node));
    }
    assertThat(reads(), greaterThan(before));
  }

  /** There is a copy on every data node, so the loss of one loses nothing. */
  public void testALostNodeAndANewOne() throws Exception {
    createDocuments();
    put(randomFrom(internalCluster().getNodeNames()), 0.5);
    ensureGreen(AdapterIndex.NAME);
    ShardRouting primary = clusterService().state().routingTable().index(AdapterIndex.NAME).shard(0).primaryShard();
    String lost = clusterService().state().nodes().get(primary.currentNodeId()).getName();
    internalCluster().stopRandomNode(InternalTestCluster.nameFilter(lost));
    ensureYellow(INDEX, AdapterIndex.NAME);
    assertEquals(10, hits(internalCluster().getNodeNames()[0]));
    put(internalCluster().getNodeNames()[0], 0.99);
    String started = internalCluster().startDataOnlyNode();
    assertEquals(0, hits(started));
    ensureGreen(AdapterIndex.NAME);
    assertEquals(2, clusterService().state().routingTable().index(AdapterIndex.NAME).shard(0).activeShards().size());
  }

  public void testFullRestart() throws Exception {
    createDocuments();
    put(randomFrom(internalCluster().getNodeNames()), 0.5);
    put(randomFrom(internalCluster().getNodeNames()), 0.6);
    internalCluster().fullRestart();
    ensureGreen(INDEX, AdapterIndex.NAME);
    for (String node : internalCluster().getNodeNames()) {
      assertEquals(10, hits(node));
    }
    put(randomFrom(internalCluster().getNodeNames()), 0.99);
    for (String node : internalCluster().getNodeNames()) {
      assertEquals(0, hits(node));
    }
  }

  /** What nodes remember is that of another index then. */
  public void testARestoredIndexIsNotTakenForTheOneBefore() {
    createDocuments();
    put(randomFrom(internalCluster().getNodeNames()), 0.5);
    assertAcked(client().admin()
        .cluster()
        .preparePutRepository("repository")
        .setType("fs")
        .setSettings(Settings.builder().put("location", randomRepoPath())));
    client().admin()
        .cluster()
        .prepareCreateSnapshot("repository", "snapshot")
        .setIndices(AdapterIndex.NAME)
        .setWaitForCompletion(true)
        .get();
    put(randomFrom(internalCluster().getNodeNames()), 0.99);
    for (String node : internalCluster().getNodeNames()) {
      assertEquals(0, hits(node));
    }
    assertAcked(client().admin().indices().prepareDelete(AdapterIndex.NAME));
    assertUnknown(randomFrom(internalCluster().getNodeNames()));
    client().admin().cluster().prepareRestoreSnapshot("repository", "snapshot").setWaitForCompletion(true).get();
    ensureGreen(AdapterIndex.NAME);
    for (String node : internalCluster().getNodeNames()) {
      assertEquals(10, hits(node));
    }
    assertAcked(client().admin().cluster().prepareDeleteRepository("repository"));
  }

  /** Nothing is left of the training, and the name is free. */
  public void testANodeThatIsLostWhileItTrains() throws Exception {
    createDocuments();
    String lost = internalCluster().startNode();
    CountDownLatch go = new CountDownLatch(1);
    internalCluster().getInstance(ThreadPool.class, lost).executor(TrainingTransport.POOL).execute(() -> {
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    ActionFuture<AdapterResponse> training = client(lost).execute(SampleAdapter.ACTION, sample());
    internalCluster().stopRandomNode(InternalTestCluster.nameFilter(lost));
    go.countDown();
    assertFalse(training.isDone());
    String node = internalCluster().getNodeNames()[0];
    assertUnknown(node);
    assertThat(client(node).execute(SampleAdapter.ACTION, sample()).actionGet().toString(),
        containsString("\"stored\":\"sample\""));
  }

  private static TrainingRequest sample() throws Exception {
    try (XContentParser parser = JsonXContent.jsonXContent.createParser(NamedXContentRegistry.EMPTY,
        LoggingDeprecationHandler.INSTANCE, "{\"index\": \"" + INDEX + "\", \"field\": \"v\"}")) {
      return new TrainingRequest(NAME, TrainingSpecParser.ofSample(parser));
    }
  }
}
