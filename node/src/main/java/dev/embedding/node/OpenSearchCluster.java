package dev.embedding.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Nodes on the loopback interface, each in a process of its own, that form one cluster. */
public final class OpenSearchCluster implements AutoCloseable {
  private static final int LONGEST_WAIT_SECONDS = 180;

  private final Path folder;
  private final NodeOptions options;
  private final List<OpenSearchNode> nodes;
  private final HttpJson http = new HttpJson();
  private final List<String> seedHosts = new ArrayList<>();
  private final Thread stopAtExit = new Thread(this::stopNodes, "stop-opensearch");

  private OpenSearchCluster(Path folder, int nodeCount, NodeOptions options) {
    this.folder = folder;
    this.options = options;
    this.nodes = IntStream.range(0, nodeCount).mapToObj(i -> new OpenSearchNode(this, "node-" + i)).toList();
  }

  /**
   * Describes a cluster of one node; {@link Builder#start} starts it.
   *
   * @param folder holds everything of the cluster. What an earlier cluster left there is deleted, unless
   *               {@link Builder#keepData}.
   */
  public static Builder builder(Distribution distribution, Path folder) {
    return new Builder(distribution, folder.toAbsolutePath().normalize());
  }

  /** How a cluster is to be. */
  public static final class Builder {
    private final Distribution distribution;
    private final Path folder;
    private final List<Path> plugins = new ArrayList<>();
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> jvmOptions = new ArrayList<>();
    private int nodes = 1;
    private int heapMegabytes = 1024;
    private boolean fastStart;
    private boolean keepData;

    private Builder(Distribution distribution, Path folder) {
      this.distribution = distribution;
      this.folder = folder;
    }

    /** Installs the plugin in {@code zip}; call it in the order in which plugins extend one another. */
    public Builder plugin(Path zip) {
      if (Files.isRegularFile(zip) == false) {
        throw new IllegalArgumentException("no such plugin zip: [" + zip.toAbsolutePath() + "]");
      }
      plugins.add(zip.toAbsolutePath().normalize());
      return this;
    }

    /** A line of {@code opensearch.yml} for all nodes; lists are comma separated. It wins over our own. */
    public Builder setting(String key, String value) {
      settings.put(key, value);
      return this;
    }

    /** An argument for {@code java}, after our own. */
    public Builder jvmOption(String option) {
      jvmOptions.add(option);
      return this;
    }

    /** How many nodes; default 1. */
    public Builder nodes(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("nodes must be at least 1; got " + count);
      }
      nodes = count;
      return this;
    }

    /** The heap of each node in MB, both the initial and the largest one; default 1,024. */
    public Builder heapMegabytes(int megabytes) {
      if (megabytes < 128) {
        throw new IllegalArgumentException("heapMegabytes must be at least 128; got " + megabytes);
      }
      heapMegabytes = megabytes;
      return this;
    }

    /** For tests: half the time to start, paid for with slower code. Never measure with it. */
    public Builder fastStart() {
      fastStart = true;
      return this;
    }

    /** Goes on with the data that an earlier cluster left in the folder. */
    public Builder keepData() {
      keepData = true;
      return this;
    }

    /**
     * Installs the plugins, starts the nodes, and returns when they have formed a cluster.
     *
     * @throws NodeFailedException if that fails, with the end of the log in its message; no process is left then
     */
    public OpenSearchCluster start() {
      if (keepData && Files.isDirectory(folder)) {
        FileTree.delete(folder.resolve("home"));
      } else {
        FileTree.makeEmpty(folder);
      }
      OpenSearchCluster cluster = new OpenSearchCluster(folder, nodes,
          new NodeOptions(heapMegabytes, fastStart, Map.copyOf(settings), List.copyOf(jvmOptions)));
      cluster.makeHome(distribution, plugins);
      cluster.start();
      return cluster;
    }
  }

  private void makeHome(Distribution distribution, List<Path> plugins) {
    FileTree.link(distribution.home(), home());
    try {
      for (String needed : List.of("bin", "config", "plugins")) {
        Files.createDirectories(home().resolve(needed));
      }
      Files.createDirectories(repositoryFolder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (plugins.isEmpty() == false) {
      PluginCli.install(home(), plugins);
    }
  }

  private void start() {
    Runtime.getRuntime().addShutdownHook(stopAtExit);
    boolean started = false;
    try {
      announceNothing();
      nodes.forEach(OpenSearchNode::launch);
      nodes.forEach(OpenSearchNode::awaitAddresses);
      waitForNodes();
      started = true;
    } finally {
      if (started == false) {
        close();
      }
    }
  }

  private void announceNothing() {
    nodes.forEach(node -> node.writeSeedHosts(List.of()));
  }

  /** Makes a node's transport address known to all nodes. */
  void announce(String transportAddress) {
    if (seedHosts.contains(transportAddress) == false) {
      seedHosts.add(transportAddress);
      nodes.forEach(node -> node.writeSeedHosts(seedHosts));
    }
  }

  /** The cluster's name. */
  public String name() {
    return options.settings().getOrDefault("cluster.name", "embedding");
  }

  /** The nodes in the order of their names, those that do not run included. */
  public List<OpenSearchNode> nodes() {
    return nodes;
  }

  /** The node with the number {@code index}, from 0 on. */
  public OpenSearchNode node(int index) {
    return nodes.get(index);
  }

  /** The {@code host:port} of HTTP of all nodes, comma separated: {@code tests.rest.cluster} of OpenSearch's test suites. */
  public String httpAddresses() {
    return nodes.stream().map(OpenSearchNode::httpAddress).collect(Collectors.joining(","));
  }

  /** The {@code path.repo} of all nodes: where a snapshot repository of type {@code fs} may be. */
  public Path repositoryFolder() {
    return folder.resolve("repository");
  }

  Path folder() {
    return folder;
  }

  Path home() {
    return folder.resolve("home");
  }

  NodeOptions options() {
    return options;
  }

  HttpJson http() {
    return http;
  }

  /**
   * Sends a request to the first node that runs.
   *
   * @param path with its leading slash and its query, such as {@code /articles/_search?size=1}
   * @param body JSON, or lines of JSON for {@code _bulk}; empty for none
   * @return the answer, whatever its status
   * @throws UncheckedIOException if there is no answer
   */
  public Response request(String method, String path, String body) {
    return nodes.stream()
        .filter(OpenSearchNode::isRunning)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no node is running"))
        .request(method, path, body);
  }

  /** As {@link #request(String, String, String)}, without a body. */
  public Response request(String method, String path) {
    return request(method, path, "");
  }

  /**
   * Waits until all primary shards and their replicas are there.
   *
   * @throws NodeFailedException if they are not within three minutes
   */
  public void waitForGreen() {
    waitForHealth("wait_for_status=green&wait_for_no_relocating_shards=true");
  }

  /**
   * Waits until all primary shards are there.
   *
   * @throws NodeFailedException if they are not within three minutes
   */
  public void waitForYellow() {
    waitForHealth("wait_for_status=yellow");
  }

  /** Waits until the nodes that run are one cluster. */
  void waitForNodes() {
    waitForHealth("wait_for_events=languid");
  }

  private void waitForHealth(String condition) {
    long running = nodes.stream().filter(OpenSearchNode::isRunning).count();
    String path = "/_cluster/health?" + condition + "&wait_for_nodes=" + running
        + "&timeout=5s&cluster_manager_timeout=5s";
    long deadline = System.nanoTime() + LONGEST_WAIT_SECONDS * 1_000_000_000L;
    String last;
    do {
      try {
        Response response = request("GET", path);
        if (response.status() == 200) {
          return;
        }
        last = response.body();
      } catch (UncheckedIOException e) {
        throw nodes.getFirst().failure("gave no answer: " + e.getMessage());
      }
    } while (System.nanoTime() < deadline);
    throw nodes.getFirst().failure("is still waiting for [" + condition + "] with " + running + " nodes: " + last);
  }

  /** Stops all nodes. Data and logs stay. */
  @Override
  public void close() {
    stopNodes();
    http.close();
    try {
      Runtime.getRuntime().removeShutdownHook(stopAtExit);
    } catch (IllegalStateException e) {
      // This JVM is ending, and the hook is running or has run.
    }
  }

  private void stopNodes() {
    nodes.forEach(OpenSearchNode::askToStop);
    nodes.forEach(OpenSearchNode::awaitStop);
  }
}
