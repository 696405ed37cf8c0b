package dev.embedding.node;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    return OpenSearchCluster.builder(distribution, Path.of("target/clusters", name)).heapMegabytes(512);
  }

  @Test
  public void testNodeRunsPluginWithAgentAndSimdAndKeepsDataOverRestart() {
    OpenSearchNode node;
    try (OpenSearchCluster cluster = cluster("single").plugin(KNN).start()) {
      node = cluster.node(0);
      cluster.waitForGreen();
      assertContains("Java vector incubator API enabled", node.log());
      assertContains("Policy attached successfully", node.log());
      assertContains("opensearch-knn", cluster.request("GET", "/_cat/plugins").orFail().body());

      cluster.request("PUT", "/vectors", """
          { "settings": { "number_of_replicas": 0, "index.knn": true },
            "mappings": { "properties": { "v": { "type": "knn_vector", "dimension": 2,
              "method": { "name": "hnsw", "engine": "lucene" } } } } }""").orFail();
      cluster.request("PUT", "/vectors/_doc/1?refresh=true", "{ \"v\": [1, 2], \"n\": 7 }").orFail();
      assertFindsVector(cluster);

      long before = node.process().pid();
      String uri = node.uri().toString();
      node.restart();
      assertNotEquals(before, node.process().pid());
      assertEquals(uri, node.uri().toString());
      cluster.waitForGreen();
      assertFindsVector(cluster);
    }
    assertFalse(node.isRunning());
    assertFalse(node.process().isAlive());
  }

  private static void assertFindsVector(OpenSearchCluster cluster) {
    String nearest = "{ \"query\": { \"knn\": { \"v\": { \"vector\": [1, 2], \"k\": 1 } } } }";
    assertContains("\"_id\":\"1\"", cluster.request("POST", "/vectors/_search", nearest).orFail().body());
  }

  @Test
  public void testFailingStartSaysWhyAndLeavesNoProcess() {
    NodeFailedException e = assertThrows(NodeFailedException.class,
        () -> cluster("failing").fastStart().setting("no.such.setting", "1").start());
    assertContains("unknown setting [no.such.setting]", e.getMessage());
    assertNoChildren();
  }

  @Test
  public void testRefusedPluginSaysWhy() {
    Path noPlugin = distribution.home().resolve("lib/opensearch-" + distribution.version() + ".jar");
    NodeFailedException e = assertThrows(NodeFailedException.class, () -> cluster("refused").plugin(noPlugin).start());
    assertContains("plugin-descriptor.properties", e.getMessage());
    assertNoChildren();
  }

  private static void assertNoChildren() {
    assertEquals(0, ProcessHandle.current().children().filter(ProcessHandle::isAlive).count());
  }

  @Test
  public void testTwoNodesAreOneClusterWithModulesAndSnapshotsAndOneSurvives() {
    try (OpenSearchCluster cluster = cluster("two").fastStart().nodes(2).start()) {
      assertNotEquals(cluster.node(0).transportAddress(), cluster.node(1).transportAddress());
      cluster.request("PUT", "/articles", "{ \"settings\": { \"number_of_replicas\": 1 } }").orFail();
      cluster.waitForGreen();
      cluster.node(0).request("PUT", "/articles/_doc/1?refresh=true", "{ \"n\": 7 }").orFail();
      assertPainlessWorks(cluster);
      assertReindexWorks(cluster);
      assertSnapshotWorks(cluster);
      assertGarbageIsNotCounted(cluster.node(0));

      cluster.node(1).kill();
      assertFalse(cluster.node(1).isRunning());
      assertContains("\"_id\":\"1\"", cluster.request("GET", "/articles/_search").orFail().body());
    }
    assertNoChildren();
  }

  private static void assertPainlessWorks(OpenSearchCluster cluster) {
    String script = "{ \"query\": { \"script\": { \"script\": { \"source\": \"doc['n'].value == 7\" } } } }";
    assertContains("\"_id\":\"1\"", cluster.request("POST", "/articles/_search", script).orFail().body());
  }

  private static void assertReindexWorks(OpenSearchCluster cluster) {
    String reindex = "{ \"source\": { \"index\": \"articles\" }, \"dest\": { \"index\": \"copy\" } }";
    assertContains("\"created\":1", cluster.request("POST", "/_reindex", reindex).orFail().body());
  }

  private static void assertSnapshotWorks(OpenSearchCluster cluster) {
    String repository = "{ \"type\": \"fs\", \"settings\": { \"location\": \"" + cluster.repositoryFolder() + "\" } }";
    cluster.request("PUT", "/_snapshot/files", repository).orFail();
    assertContains("SUCCESS",
        cluster.request("PUT", "/_snapshot/files/first?wait_for_completion=true").orFail().body());
  }

  /** The parent breaker of an idle node counts next to nothing; the heap of a node is never that small. */
  private static void assertGarbageIsNotCounted(OpenSearchNode node) {
    String breakers = node.request("GET", "/_nodes/_local/stats/breaker?filter_path=**.parent").orFail().body();
    Matcher counted = Pattern.compile("\"estimated_size_in_bytes\":(\\d+)").matcher(breakers);
    assertTrue(breakers, counted.find());
    assertTrue(breakers, Long.parseLong(counted.group(1)) < 1 << 20);
  }

  private static void assertContains(String expected, String text) {
    assertTrue("expected [" + expected + "] in: " + text, text.contains(expected));
  }
}
