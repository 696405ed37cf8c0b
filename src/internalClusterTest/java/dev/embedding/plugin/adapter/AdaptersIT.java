package dev.embedding.plugin.adapter;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertAcked;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.cluster.metadata.IndexMetadata;
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
import org.opensearch.indices.replication.common.ReplicationType;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.tasks.TaskInfo;
import org.opensearch.threadpool.ThreadPool;

import dev.embedding.plugin.cluster.EmbeddingIntegTestCase;

/** Whichever node is asked, it knows every adapter as it is now. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 2)
public class AdaptersIT extends EmbeddingIntegTestCase {
  private static final String NAME = "changing";

  /** An adapter whose threshold is a relevance, which is here the logistic function of 12 times the cosine, less 8. */
  private static void put(String node, double threshold) {
    startPut(node, NAME, threshold).actionGet();
  }

  private static ActionFuture<AdapterResponse> startPut(String node, String name, double threshold) {
    String json = "{\"dimension\": 2, \"similarity\": \"euclidean\", \"map\": \"linear\", \"inputs\": [], "
        + "\"threshold\": " + threshold + ", \"layers\": [{\"op\": \"linear\", \"bias\": \"AABAQQAAAME=\"}]}";
    return client(node).execute(PutAdapter.ACTION,
        new PutAdapter.Request(name, new BytesArray(json), MediaTypeRegistry.JSON));
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
    everyNodeSeesAChangeAtOnce();
  }

  /** A copy of segments gets a change after it was answered. */
  public void testEveryNodeSeesAChangeAtOnceWithSegmentReplication() {
    createDocuments();
    assertAcked(client().admin()
        .indices()
        .prepareCreate(AdapterIndex.NAME)
        .setSettings(Settings.builder()
            .put(IndexMetadata.SETTING_NUMBER_OF_SHARDS, 1)
            .put(IndexMetadata.SETTING_AUTO_EXPAND_REPLICAS, "0-all")
            .put(IndexMetadata.SETTING_REPLICATION_TYPE, ReplicationType.SEGMENT)));
    everyNodeSeesAChangeAtOnce();
    assertTrue(clusterService().state().metadata().isSegmentReplicationEnabled(AdapterIndex.NAME));
  }

  private void everyNodeSeesAChangeAtOnce() {
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

  /** Also when it had begun to learn, which would take long: the node does not wait for that. */
  public void testANodeThatIsLostWhileItLearns() throws Exception {
    createDocuments();
    indexLine(20, 1000);
    createJudged();
    String lost = internalCluster().startNode();
    ensureGreen();
    ActionFuture<AdapterResponse> training = client(lost).execute(TrainAdapter.ACTION, training(1000));
    while (statuses().contains("phase=train") == false) {
      assertFalse(training.isDone());
    }
    internalCluster().stopRandomNode(InternalTestCluster.nameFilter(lost));
    Exception e = expectThrows(Exception.class, training::actionGet);
    assertThat(ExceptionsHelper.stackTrace(e), containsString("the node stops"));
    assertUnknown(internalCluster().getNodeNames()[0]);
    assertEquals("[]", statuses());
    String trained = client().execute(TrainAdapter.ACTION, training(5)).actionGet().toString();
    assertThat(trained, containsString("\"version\":1,"));
  }

  /** How far the trainings are that there are. */
  private static String statuses() {
    return client().admin()
        .cluster()
        .prepareListTasks()
        .setActions(TrainAdapter.ACTION.name())
        .setDetailed(true)
        .get()
        .getTasks()
        .stream()
        .map(TaskInfo::getStatus)
        .toList()
        .toString();
  }

  /** Queries all around: by turns a few of one direction have all documents for an answer, and a few have none. */
  private void createJudged() {
    assertAcked(client().admin().indices().prepareCreate("judged").setSettings(settings(1, 1)));
    BulkRequestBuilder bulk = client().prepareBulk();
    for (int i = 0; i < 180; i++) {
      double angle = Math.toRadians(2 * i);
      bulk.add(client().prepareIndex("judged")
          .setSource("query", new double[] {Math.cos(angle), Math.sin(angle)}, "documents",
              IntStream.range(1, i / 10 % 2 == 0 ? 1000 : 1).mapToObj(String::valueOf).toList()));
    }
    BulkResponse response = bulk.setRefreshPolicy(RefreshPolicy.IMMEDIATE).get();
    assertFalse(response.buildFailureMessage(), response.hasFailures());
  }

  private static TrainingRequest training(int candidates) throws Exception {
    return new TrainingRequest(NAME, TrainingSpecParser.ofTraining(parser(String.format(Locale.ROOT, """
        {"index": "index", "field": "v", "candidates": %d, "inputs": ["vector"], "force": true, "judgements":
          {"index": "judged", "query_vector": "query", "document": "documents"}}""", candidates))));
  }

  /** One of them creates the index. Who asks meanwhile is told nothing but that there is no adapter, or is answered. */
  public void testFirstPutsAtTheSameMoment() {
    createDocuments();
    internalCluster().startNode();
    String[] nodes = internalCluster().getNodeNames();
    for (int round = 0; round < 10; round++) {
      Map<String, ActionFuture<AdapterResponse>> puts = new HashMap<>();
      for (String node : nodes) {
        puts.put(node, startPut(node, node, 0.5));
      }
      while (puts.values().stream().allMatch(ActionFuture::isDone) == false) {
        for (String node : nodes) {
          boolean wasPut = puts.get(node).isDone();
          assertFound(randomFrom(nodes), node, wasPut);
        }
      }
      for (String node : nodes) {
        assertEquals(RestStatus.CREATED, puts.get(node).actionGet().status());
        assertFound(randomFrom(nodes), node, true);
      }
      assertAcked(client().admin().indices().prepareDelete(AdapterIndex.NAME));
    }
  }

  private static void assertFound(String node, String name, boolean surely) {
    try {
      client(node).execute(GetAdapter.ACTION, new GetAdapter.Request(name, false)).actionGet();
    } catch (ResourceNotFoundException e) {
      assertFalse(e.getMessage() + " on " + node, surely);
    }
  }

  private static TrainingRequest sample() throws Exception {
    return new TrainingRequest(NAME,
        TrainingSpecParser.ofSample(parser("{\"index\": \"" + INDEX + "\", \"field\": \"v\"}")));
  }

  private static XContentParser parser(String json) throws Exception {
    return JsonXContent.jsonXContent.createParser(NamedXContentRegistry.EMPTY, LoggingDeprecationHandler.INSTANCE,
        json);
  }
}
