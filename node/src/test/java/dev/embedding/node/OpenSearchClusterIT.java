package dev.embedding.node;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import org.junit.BeforeClass;
import org.junit.Test;

public class OpenSearchClusterIT {
  private static final Path KNN = Path.of("target/plugins/opensearch-knn.zip");

  private static Distribution distribution;

  @BeforeClass
  public static void unpack() {
    distribution = Distribution.unpack(Path.of("target/opensearch"));
  }

  private static OpenSearchCluster.Builder cluster(String name) {
    return OpenSearchCluster.builder(distribution, Path.of("target/clusters", name)).heapMegabytes(512).fastStart();
  }

  @Test
  public void testNodeRunsAPluginWithAgentAndSimdAndKeepsDataOverRestart() {
    OpenSearchNode node;
    try (OpenSearchCluster cluster = cluster("single").plugin(KNN).start()) {
      node = cluster.node(0);
      cluster.waitForGreen();
      assertTrue(node.log(), node.log().contains("Java vector incubator API enabled"));
      assertTrue(node.log(), node.log().contains("-javaagent:"));
      assertTrue(cluster.request("GET", "/_cat/plugins").body().contains("opensearch-knn"));
      assertEquals(distribution.version(), "3.6.0");

      cluster.request("PUT", "/vectors", """
          { "settings": { "number_of_replicas": 0, "index.knn": true },
            "mappings": { "properties": { "v": { "type": "knn_vector", "dimension": 2,
              "method": { "name": "hnsw", "engine": "lucene" } } } } }""").orFail();
      cluster.request("PUT", "/vectors/_doc/1?refresh=true", "{ \"v\": [1, 2], \"n\": 7 }").orFail();
      String nearest = "{ \"query\": { \"knn\": { \"v\": { \"vector\": [1, 2], \"k\": 1 } } } }";
      assertTrue(cluster.request("POST", "/vectors/_search", nearest).orFail().body().contains("\"_id\":\"1\""));
      // Each of these needs a module.
      String script = "{ \"query\": { \"script\": { \"script\": \"doc['n'].value == params['x'] + 7\", \"params\": {} } } }";
      assertEquals(400, cluster.request("POST", "/vectors/_search", script.replace("+ 7", "+ ")).status());
      String reindex = "{ \"source\": { \"index\": \"vectors\" }, \"dest\": { \"index\": \"copy\" } }";
      assertTrue(cluster.request("POST", "/_reindex", reindex).orFail().body().contains("\"created\":1"));

      long before = node.process().pid();
      String uri = node.uri().toString();
      node.restart();
      assertNotEquals(before, node.process().pid());
      assertEquals(uri, node.uri().toString());
      cluster.waitForYellow();
      assertTrue(cluster.request("POST", "/vectors/_search", nearest).orFail().body().contains("\"_id\":\"1\""));
    }
    assertFalse(node.isRunning());
    assertFalse(node.process().isAlive());
  }

  @Test
  public void testFailingStartTellsWhyAndLeavesNoProcess() {
    NodeFailedException e = assertThrows(NodeFailedException.class,
        () -> cluster("failing").setting("no.such.setting", "1").start());
    assertTrue(e.getMessage(), e.getMessage().contains("unknown setting [no.such.setting]"));
    assertEquals(0, ProcessHandle.current().children().filter(ProcessHandle::isAlive).count());
  }

  @Test
  public void testTwoNodesFormOneClusterAndOneSurvivesTheOther() {
    try (OpenSearchCluster cluster = cluster("two").nodes(2).start()) {
      cluster.request("PUT", "/replicated", "{ \"settings\": { \"number_of_replicas\": 1 } }").orFail();
      cluster.waitForGreen();
      cluster.node(0).request("PUT", "/replicated/_doc/1?refresh=true", "{ \"n\": 7 }").orFail();
      cluster.node(1).kill();
      assertFalse(cluster.node(1).isRunning());
      assertTrue(cluster.request("GET", "/replicated/_search").orFail().body().contains("\"n\": 7"));
    }
  }
}
