package dev.embedding.rest;

import java.nio.file.Path;

import dev.embedding.node.Distribution;
import dev.embedding.node.OpenSearchCluster;

/** The one node that all tests of this module talk to. It starts at first use and stops when this JVM ends. */
final class RealNode {
  private static final Path PLUGINS = Path.of("target/plugins");

  private static final OpenSearchCluster CLUSTER = OpenSearchCluster
      .builder(Distribution.unpack(Path.of("target/opensearch")), Path.of("target/cluster"))
      .plugin(PLUGINS.resolve("opensearch-knn.zip"))
      .plugin(PLUGINS.resolve("embedding-retrieval.zip"))
      .heapMegabytes(512)
      .fastStart()
      .start();

  private RealNode() {}

  static OpenSearchCluster cluster() {
    return CLUSTER;
  }
}
