package dev.embedding.node;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One node of an {@link OpenSearchCluster}. Its ports stay the same from its first start on. */
public final class OpenSearchNode {
  private static final int LONGEST_START_SECONDS = 240;
  private static final int LONGEST_STOP_SECONDS = 30;
  private static final int POLL_MILLIS = 100;

  private final OpenSearchCluster cluster;
  private final String name;
  private final NodeFolder folder;
  private final Log log;

  private String httpAddress;
  private String transportAddress;
  private volatile Process process;
  private Watchdog watchdog;

  OpenSearchNode(OpenSearchCluster cluster, String name) {
    this.cluster = cluster;
    this.name = name;
    this.folder = new NodeFolder(cluster.folder().resolve(name));
    this.log = new Log(folder.logs().resolve("node.log"));
  }

  /** The node's name in the cluster, {@code node-0} for the first one. */
  public String name() {
    return name;
  }

  /** Where the node answers, such as {@code http://127.0.0.1:9200}. */
  public URI uri() {
    return URI.create("http://" + httpAddress());
  }

  /** The {@code host:port} of HTTP, as OpenSearch's test suites want it. */
  public String httpAddress() {
    return known(httpAddress);
  }

  /** The {@code host:port} at which nodes talk to one another. */
  public String transportAddress() {
    return known(transportAddress);
  }

  private String known(String address) {
    if (address == null) {
      throw new IllegalStateException("[" + name + "] has no address before its first start");
    }
    return address;
  }

  /** The node's {@code path.data}. */
  public Path dataFolder() {
    return folder.data();
  }

  /** The file that holds what the node logged, all its runs one after the other. */
  public Path logFile() {
    return log.file();
  }

  /** All that the node logged so far. */
  public String log() {
    return log.text();
  }

  /** Whether the node's process is there. */
  public boolean isRunning() {
    Process current = process;
    return current != null && current.isAlive();
  }

  /** The process of the node that runs, or ran last. */
  public ProcessHandle process() {
    if (process == null) {
      throw new IllegalStateException("[" + name + "] was not started yet");
    }
    return process.toHandle();
  }

  /** As {@link OpenSearchCluster#request(String, String, String)}, answered by this node. */
  public Response request(String method, String path, String body) {
    return cluster.http().request(uri(), method, path, body);
  }

  /** As {@link OpenSearchCluster#request(String, String)}, answered by this node. */
  public Response request(String method, String path) {
    return request(method, path, "");
  }

  /**
   * Starts the node again after {@link #stop} or {@link #kill}, and returns when it has joined the cluster. Data and
   * ports are those from before.
   *
   * @throws NodeFailedException if it does not
   */
  public void start() {
    launch();
    awaitAddresses();
    cluster.waitForNodes();
  }

  /** Stops the node in good order, and returns when its process is gone. */
  public void stop() {
    askToStop();
    awaitStop();
  }

  /** {@link #stop}, then {@link #start}. */
  public void restart() {
    stop();
    start();
  }

  /** Kills the node as a crash would, and returns when its process is gone. */
  public void kill() {
    if (process != null) {
      Jvm.kill(process);
      watchdog.close();
    }
  }

  /** Starts the process only; {@link #awaitAddresses} sees whether that was a success. */
  void launch() {
    if (isRunning()) {
      throw new IllegalStateException("[" + name + "] is running");
    }
    folder.prepare(settings());
    process = Jvm.start(folder.root(), log, cluster.options().javaArguments(cluster.home(), folder));
    watchdog = new Watchdog(process);
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("cluster.name", cluster.name());
    settings.put("cluster.initial_cluster_manager_nodes", cluster.nodes().getFirst().name());
    settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    settings.put("node.name", name);
    settings.put("node.portsfile", "true");
    settings.put("network.host", "127.0.0.1");
    settings.put("http.port", port(httpAddress));
    settings.put("transport.port", port(transportAddress));
    settings.put("discovery.seed_providers", "file");
    // The ports are to be told at once, since the other nodes need them to be found.
    settings.put("discovery.initial_state_timeout", "0s");
    settings.put("path.data", folder.data().toString());
    settings.put("path.logs", folder.logs().toString());
    settings.put("path.repo", cluster.repositoryFolder().toString());
    if (cluster.options().fastStart()) {
      // The serial collector leaves garbage until the heap is full, and the breaker makes only G1 collect: it would refuse.
      settings.put("indices.breaker.total.use_real_memory", "false");
    }
    settings.putAll(cluster.options().settings());
    return settings;
  }

  private static String port(String address) {
    return address == null ? "0" : address.substring(address.lastIndexOf(':') + 1);
  }

  /** Waits until the node has bound its ports, and makes them known to the other nodes. */
  void awaitAddresses() {
    Optional<String> http = Optional.empty();
    long deadline = System.nanoTime() + LONGEST_START_SECONDS * 1_000_000_000L;
    while (http.isEmpty()) {
      if (isRunning() == false) {
        throw failure("ended with " + process.exitValue() + " instead of starting");
      }
      if (System.nanoTime() > deadline) {
        throw failure("did not start in " + LONGEST_START_SECONDS + " s");
      }
      pause();
      http = folder.address("http");
    }
    httpAddress = http.get();
    // Written before that of HTTP.
    transportAddress = folder.address("transport").orElseThrow();
    cluster.announce(transportAddress);
  }

  private void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeFailedException("interrupted while waiting for [" + name + "] to start", e);
    }
  }

  NodeFailedException failure(String what) {
    return new NodeFailedException("[" + name + "] " + what + log.tail());
  }

  void writeSeedHosts(List<String> addresses) {
    folder.writeSeedHosts(addresses);
  }

  /** Sends the signal that {@link #awaitStop} waits for, so that several nodes can stop at the same time. */
  void askToStop() {
    if (process != null) {
      process.destroy();
    }
  }

  void awaitStop() {
    if (process != null) {
      Jvm.awaitOrKill(process, LONGEST_STOP_SECONDS);
      watchdog.close();
    }
  }
}
