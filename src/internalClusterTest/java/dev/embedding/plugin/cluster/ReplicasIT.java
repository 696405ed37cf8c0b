package dev.embedding.plugin.cluster;

import java.util.List;

import org.opensearch.action.admin.indices.recovery.RecoveryResponse;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.routing.ShardRouting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.indices.recovery.RecoveryState;
import org.opensearch.indices.replication.common.ReplicationType;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;

/** Two nodes with a copy each: whoever answers, the answer is the same. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 2)
public class ReplicasIT extends EmbeddingIntegTestCase {
  private static Settings.Builder replicated(ReplicationType type) {
    return settings(1, 1).put(IndexMetadata.SETTING_REPLICATION_TYPE, type);
  }

  private void assertBothCopiesAnswer(List<String> expected, int documents) throws Exception {
    assertEquals(expected, topTen(INDEX, "_primary"));
    assertBusy(() -> assertEquals(documents, sources(INDEX, "_replica").size()));
    assertBusy(() -> assertEquals(expected, topTen(INDEX, "_replica")));
    assertWholeSources(INDEX, "_primary", documents);
    assertWholeSources(INDEX, "_replica", documents);
  }

  public void testDocumentReplication() throws Exception {
    answersAreTheSameAndSurviveTheLossOfTheNode(ReplicationType.DOCUMENT);
  }

  public void testSegmentReplication() throws Exception {
    answersAreTheSameAndSurviveTheLossOfTheNode(ReplicationType.SEGMENT);
  }

  private void answersAreTheSameAndSurviveTheLossOfTheNode(ReplicationType type) throws Exception {
    create(replicated(type));
    indexWithDeletes();
    List<String> expected = topTen(INDEX, "_primary");
    assertBothCopiesAnswer(expected, 171);

    client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
    refresh(INDEX);
    assertBothCopiesAnswer(expected, 171);

    internalCluster().stopRandomNode(InternalTestCluster.nameFilter(primaryNode()));
    ensureYellow(INDEX);
    // a primary of copied segments first reads them by an engine of core's, which knows nothing of us
    assertBusy(() -> {
      assertEquals(expected, topTen(INDEX, "_primary"));
      assertWholeSources(INDEX, "_primary", 171);
    });
    indexLine(200, 210);
    assertWholeSources(INDEX, "_primary", 181);

    internalCluster().startDataOnlyNode();
    client().admin().cluster().prepareReroute().setRetryFailed(true).get();
    client().admin()
        .indices()
        .prepareUpdateSettings(INDEX)
        .setSettings(Settings.builder().put("index.unassigned.node_left.delayed_timeout", "0ms"))
        .get();
    ensureGreen(INDEX);
    assertBothCopiesAnswer(expected, 181);
  }

  private String primaryNode() {
    return nodeOf(clusterService().state().routingTable().index(INDEX).shard(0).primaryShard());
  }

  private String nodeOf(ShardRouting shard) {
    return clusterService().state().nodes().get(shard.currentNodeId()).getName();
  }

  public void testARecoveryByFilesKeepsSources() throws Exception {
    create(settings(1, 0));
    indexWithDeletes();
    client().admin().indices().prepareFlush(INDEX).setForce(true).get();
    List<String> expected = topTen(INDEX, "_primary");
    client().admin()
        .indices()
        .prepareUpdateSettings(INDEX)
        .setSettings(Settings.builder().put("index.number_of_replicas", 1))
        .get();
    ensureGreen(INDEX);
    assertTrue(recoveryOfReplica().getIndex().recoveredFileCount() > 0);
    assertBothCopiesAnswer(expected, 171);
  }

  public void testARecoveryByOperationsKeepsSources() throws Exception {
    create(replicated(ReplicationType.DOCUMENT));
    indexWithDeletes();
    client().admin().indices().prepareFlush(INDEX).setForce(true).get();
    ShardRouting replica = clusterService().state().routingTable().index(INDEX).shard(0).replicaShards().getFirst();
    String replicaNode = nodeOf(replica);
    internalCluster().restartNode(replicaNode, new InternalTestCluster.RestartCallback() {
      @Override
      public Settings onNodeStopped(String node) throws Exception {
        client(primaryNode(node)).prepareDelete(INDEX, "1").get();
        indexOn(primaryNode(node));
        return super.onNodeStopped(node);
      }
    });
    ensureGreen(INDEX);
    RecoveryState recovery = recoveryOfReplica();
    assertEquals(0, recovery.getIndex().recoveredFileCount());
    assertTrue(recovery.getTranslog().recoveredOperations() >= 11);
    refresh(INDEX);
    assertBothCopiesAnswer(topTen(INDEX, "_primary"), 180);
  }

  private static String primaryNode(String stopped) {
    for (String node : internalCluster().getDataNodeNames()) {
      if (node.equals(stopped) == false) {
        return node;
      }
    }
    throw new AssertionError("no other node");
  }

  private static void indexOn(String node) {
    for (int i = 300; i < 310; i++) {
      client(node).prepareIndex(INDEX)
          .setId("" + i)
          .setSource(document(i), XContentType.JSON)
          .get();
    }
    client(node).admin().indices().prepareFlush(INDEX).setForce(true).get();
  }

  private RecoveryState recoveryOfReplica() {
    RecoveryResponse response = client().admin().indices().prepareRecoveries(INDEX).get();
    for (RecoveryState state : response.shardRecoveryStates().get(INDEX)) {
      if (state.getPrimary() == false) {
        return state;
      }
    }
    throw new AssertionError("no replica in " + response);
  }
}
