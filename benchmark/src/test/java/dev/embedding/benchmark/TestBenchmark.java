package dev.embedding.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.util.FixedBitSet;

public class TestBenchmark extends LuceneTestCase {

  private static final int DIMENSION = 96;

  private Path randomData(int documents, int queries) throws IOException {
    Path folder = createTempDir();
    byte[] bytes = new byte[documents * DIMENSION];
    random().nextBytes(bytes);
    Files.write(folder.resolve("docs.i8"), bytes);
    bytes = new byte[queries * DIMENSION];
    random().nextBytes(bytes);
    Files.write(folder.resolve("queries.i8"), bytes);
    return folder;
  }

  public void testEveryLucenePeerFindsWhatIsThere() throws IOException {
    DataSet data = new DataSet(randomData(300, 5), DIMENSION, 300);
    int[][] truth = data.truth("all", 10, createTempDir());
    for (String name : List.of("ours-1bit", "ours-8bit", "ours-pq-4bit-12", "lucene-float", "lucene-1bit")) {
      Path folder = createTempDir();
      try (Peer peer = Peer.of(name)) {
        peer.build(data, folder, 1);
        peer.open(data, folder);
        assertEquals(name, truth[0][0], peer.search(data.queries[0], 10, peer.knobs(10).getLast())[0]);
      }
    }
  }

  public void testTruthObeysTheFilterAndIsKept() throws IOException {
    DataSet data = new DataSet(randomData(200, 3), DIMENSION, 200);
    Path cache = createTempDir();
    FixedBitSet passing = data.passing("correlated-10");
    assertEquals(20, passing.cardinality());
    int[][] truth = data.truth("correlated-10", 5, cache);
    for (int document : truth[2]) {
      assertTrue(passing.get(document));
    }
    assertArrayEquals(truth[2], data.truth("correlated-10", 5, cache)[2]);
  }

  public void testSpeedIsReadBetweenThePointsThatMatter() {
    Curve curve = Curve.parse("20 0 0.90000 100 90 200;40 0 0.88000 150 140 300;80 0 0.98000 400 390 800;");
    assertEquals(2, curve.points().size());
    assertEquals(200, curve.at(0.94).mean(), 1e-6);
    assertNull(curve.at(0.99));
    Comparison comparison = new Comparison(Map.of("ours-1bit", List.of(curve)));
    assertTrue(comparison.table(), comparison.table().contains("1.00 (1.00–1.00)"));
    assertTrue(comparison.picture("title").contains("<path"));
  }

  public void testSkipsWithoutData() throws IOException {
    Benchmark.main(new String[0]);
  }
}
