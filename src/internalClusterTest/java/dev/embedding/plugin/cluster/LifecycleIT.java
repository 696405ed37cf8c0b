package dev.embedding.plugin.cluster;

import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertAcked;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.hnsw.HnswGraphProvider;
import org.apache.lucene.codecs.lucene90.Lucene90StoredFieldsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.SegmentReader;
import org.opensearch.action.admin.cluster.snapshots.restore.RestoreSnapshotResponse;
import org.opensearch.action.admin.indices.shrink.ResizeType;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;

import dev.embedding.codec.QuantizedVectorsFormat;

/** What happens to an index in its life changes nothing in its answers. */
@ClusterScope(scope = Scope.SUITE, numDataNodes = 2)
public class LifecycleIT extends EmbeddingIntegTestCase {
  /** Documents in a segment for it to be worth a graph. */
  private static final int ENOUGH = 800;

  private static final String MODE = Lucene90StoredFieldsFormat.MODE_KEY;

  public void testFullRestart() throws Exception {
    create(settings(2, 1));
    indexWithDeletes();
    List<String> expected = topTen(INDEX, "_primary");
    indexLine(500, 505);
    internalCluster().fullRestart();
    ensureGreen(INDEX);
    assertEquals(expected, topTen(INDEX, "_primary"));
    assertEquals(expected, topTen(INDEX, "_replica"));
    assertWholeSources(INDEX, "_replica", 176);
  }

  public void testShrink() {
    create(settings(2, 0));
    indexWithDeletes();
    List<String> expected = topTen(INDEX, "_primary");
    String node = internalCluster().getDataNodeNames().iterator().next();
    updateSettings(
        Settings.builder().put("index.routing.allocation.require._name", node).put("index.blocks.write", true));
    ensureGreen(INDEX);
    assertAcked(client().admin()
        .indices()
        .prepareResizeIndex(INDEX, "small")
        .setResizeType(ResizeType.SHRINK)
        .setSettings(Settings.builder()
            .put("index.number_of_shards", 1)
            .put("index.number_of_replicas", 1)
            .putNull("index.routing.allocation.require._name")
            .putNull("index.blocks.write")
            .build()));
    ensureGreen("small");
    assertEquals(expected, topTen("small", "_primary"));
    assertEquals(expected, topTen("small", "_replica"));
    assertWholeSources("small", "_primary", 171);
    client().admin().indices().prepareForceMerge("small").setMaxNumSegments(1).get();
    refresh("small");
    assertEquals(expected, topTen("small", "_replica"));
    assertWholeSources("small", "_replica", 171);
  }

  private void updateSettings(Settings.Builder settings) {
    assertAcked(client().admin().indices().prepareUpdateSettings(INDEX).setSettings(settings));
  }

  public void testCloseAndOpen() {
    create(settings(1, 1));
    indexWithDeletes();
    List<String> expected = topTen(INDEX, "_primary");
    assertAcked(client().admin().indices().prepareClose(INDEX));
    ensureGreen(INDEX);
    assertAcked(client().admin().indices().prepareOpen(INDEX));
    ensureGreen(INDEX);
    assertEquals(expected, topTen(INDEX, "_primary"));
    assertEquals(expected, topTen(INDEX, "_replica"));
    assertWholeSources(INDEX, "_replica", 171);
  }

  public void testSnapshotAndRestore() {
    create(settings(2, 0));
    indexWithDeletes();
    List<String> expected = topTen(INDEX, "_primary");
    assertAcked(client().admin()
        .cluster()
        .preparePutRepository("repository")
        .setType("fs")
        .setSettings(Settings.builder().put("location", randomRepoPath())));
    client().admin()
        .cluster()
        .prepareCreateSnapshot("repository", "snapshot")
        .setIndices(INDEX)
        .setWaitForCompletion(true)
        .get();
    assertAcked(client().admin().indices().prepareDelete(INDEX));
    RestoreSnapshotResponse restored = client().admin()
        .cluster()
        .prepareRestoreSnapshot("repository", "snapshot")
        .setRenamePattern("(.+)")
        .setRenameReplacement("restored-$1")
        .setWaitForCompletion(true)
        .get();
    assertEquals(0, restored.getRestoreInfo().failedShards());
    ensureGreen("restored-index");
    assertEquals(expected, topTen("restored-index", "_primary"));
    assertWholeSources("restored-index", "_primary", 171);
    assertAcked(client().admin().cluster().prepareDeleteRepository("repository"));
  }

  /** The codec that a user chose serves everything but our vectors. */
  public void testTheIndexKeepsItsCodec() throws Exception {
    for (String codec : List.of("default", "best_compression", "zlib", "lz4")) {
      create(settings(1, 0).put("index.codec", codec), mapping("\"max_connections\": 5"));
      indexWithDeletes();
      indexLine(1000, 1000 + ENOUGH);
      List<String> expected = topTen(INDEX, "_primary");
      client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
      refresh(INDEX);
      assertEquals(expected, topTen(INDEX, "_primary"));
      assertWholeSources(INDEX, "_primary", 171 + ENOUGH);
      Set<String> modes = new HashSet<>();
      withSegments(segment -> {
        modes.add(segment.getSegmentInfo().info.getAttribute(MODE));
        assertEquals(5, maxConnections(segment, "v"));
      });
      boolean fast = codec.equals("default") || codec.equals("lz4");
      assertEquals(codec, Set.of(fast ? "BEST_SPEED" : "BEST_COMPRESSION"), modes);
      assertAcked(client().admin().indices().prepareDelete(INDEX));
    }
  }

  /** Core has room for one codec service in an index; ours must not need it. */
  public void testBesideAPluginWithACodecOfItsOwn() throws Exception {
    create(settings(1, 1).put(OwnCodecPlugin.ENABLED.getKey(), true), mapping("\"max_connections\": 5"));
    indexWithDeletes();
    indexLine(1000, 1000 + ENOUGH);
    client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
    refresh(INDEX);
    List<String> expected = topTen(INDEX, "_primary");
    assertEquals(expected, topTen(INDEX, "_replica"));
    withSegments(segment -> {
      assertEquals("BEST_COMPRESSION", segment.getSegmentInfo().info.getAttribute(MODE));
      assertEquals(5, maxConnections(segment, "v"));
      assertEquals("codes are the default", QuantizedVectorsFormat.NAME, format(segment, "chunks.v"));
    });
    assertNotEquals(5, OwnCodecPlugin.MAX_CONNECTIONS);
    assertWholeSources(INDEX, "_replica", 171 + ENOUGH);
    internalCluster().fullRestart();
    ensureGreen(INDEX);
    assertEquals(expected, topTen(INDEX, "_primary"));
  }

  public void testAChangedGraphIsThatOfNewSegmentsAndMerges() throws Exception {
    create(settings(1, 0), mapping("\"max_connections\": 5"));
    indexLine(0, ENOUGH);
    assertAcked(client().admin()
        .indices()
        .preparePutMapping(INDEX)
        .setSource(mapping("\"max_connections\": 9"), XContentType.JSON));
    indexLine(ENOUGH, 2 * ENOUGH);
    assertEquals(List.of(5, 9), graphs());
    List<String> expected = topTen(INDEX, "_primary");
    client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
    refresh(INDEX);
    assertEquals(List.of(9), graphs());
    assertEquals(expected, topTen(INDEX, "_primary"));
    assertWholeSources(INDEX, "_primary", 2 * ENOUGH);
  }

  private List<Integer> graphs() throws Exception {
    List<Integer> graphs = new ArrayList<>();
    withSegments(segment -> graphs.add(maxConnections(segment, "v")));
    return graphs;
  }

  /** The neighbours that a node may have in the graph of a segment. */
  private static int maxConnections(SegmentReader segment, String field) throws IOException {
    assertEquals("Lucene99HnswVectorsFormat", format(segment, field));
    KnnVectorsReader reader = segment.getVectorReader();
    if (reader instanceof PerFieldKnnVectorsFormat.FieldsReader byField) {
      reader = byField.getFieldReader(field);
    }
    return ((HnswGraphProvider) reader).getGraph(field).maxConn();
  }

  private static String format(SegmentReader segment, String field) {
    return segment.getFieldInfos().fieldInfo(field).getAttribute(PerFieldKnnVectorsFormat.PER_FIELD_FORMAT_KEY);
  }

  public void testFieldsThatTheMappingLearns() {
    create(settings(2, 1));
    IntStream.range(0, 40)
        .forEach(i -> client().prepareIndex(INDEX)
            .setId("" + i)
            .setSource(Map.of("v", List.of(i, 0), "color" + i % 3, "red", "size", i))
            .get());
    refresh(INDEX);
    assertEquals(List.of("21", "18", "24"), ids(search(INDEX, "_replica",
        nearest(20.4f, 3, QueryBuilders.termQuery("color0.keyword", "red")))).subList(0, 3));
    assertEquals(List.of("10", "9", "8"),
        ids(search(INDEX, "_primary", nearest(20, 3, QueryBuilders.rangeQuery("size").lte(10)))).subList(0, 3));
  }
}
