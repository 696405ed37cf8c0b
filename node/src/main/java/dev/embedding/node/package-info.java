/**
 * A real OpenSearch node, or several, put together from Maven artifacts: the tests, the demo and the benchmarks run
 * against what a user runs, not against a node inside their own JVM.
 *
 * <pre>{@code
 * Distribution distribution = Distribution.unpack(Path.of("target/opensearch"));
 * try (OpenSearchCluster cluster = OpenSearchCluster.builder(distribution, Path.of("target/cluster"))
 *         .plugin(zip).nodes(2).heapMegabytes(512).fastStart().start()) {
 *     cluster.request("PUT", "/articles", "{}").orFail();
 * }
 * }</pre>
 *
 * <h2>The distribution</h2>
 *
 * Maven holds no OpenSearch archive, but all jars of it. The build of this module lays them out as an OpenSearch home
 * ({@code src/main/assembly/distribution.xml}) among its own classes, so the jar of this module carries the distribution
 * and a consumer needs one dependency and no path. {@link dev.embedding.node.Distribution} unpacks it.
 * <ul>
 * <li>{@code lib/}: core with what it needs. log4j-core, spatial4j and jts-core are optional in core's pom, yet a node
 * does not start without them; the plugin class loader is needed for a plugin that extends another one.
 * <li>{@code agent/}: the Java agent that took the place of the security manager. File names are as in Maven, since the
 * agent's manifest names the jars beside it.
 * <li>{@code lib/tools/plugin-cli/}: the plugin CLI with those of its jars that {@code lib/} lacks.
 * <li>{@code modules/}: the jars of modules are without the descriptor and policy that their archives have; both stand in
 * {@code src/main/distribution}. transport-grpc is idle, but k-NN extends it.
 * </ul>
 * Not in Maven and so not here: percolator, rank-eval, lang-expression, geo, repository-url, the security plugin.
 *
 * <h2>A cluster's folder</h2>
 *
 * <pre>
 * home/      hard links to the distribution, and plugins/, filled by the real plugin CLI
 * node-0/    config/ data/ logs/ tmp/ of the first node, which shares the home with the others
 * repository/    the path.repo of all nodes, for snapshots
 * </pre>
 *
 * Ports are chosen by the system: a node binds port 0 and tells its ports by files ({@code node.portsfile}), so no other
 * process can take a port between its choice and its use. Nodes find one another through {@code unicast_hosts.txt}
 * (discovery's {@code file} provider), which is written as ports become known and read again every second. The first
 * node alone forms the cluster, the others join it; one node is a cluster of one, and no case of its own.
 *
 * <h2>The flags</h2>
 *
 * <ul>
 * <li>{@code -javaagent}: without it core fails with {@code NoClassDefFoundError: …/AgentPolicy$AnyCanExit}, and plugins
 * would be tested with rights that they do not have in production.
 * <li>{@code --add-modules=jdk.incubator.vector}: else Lucene and our kernels are scalar, with only a warning. The line
 * {@code Java vector incubator API enabled} in the log is the proof of SIMD.
 * <li>{@code -Djna.nounpack=true}, for root only, beside {@code -Djna.nosys=true}: OpenSearch asks through JNA whether it runs as root, and
 * refuses. Where JNA does not load, it warns and starts. Containers of a CI run as root; for any other user JNA works.
 * <li>{@code -Dio.netty.*}: no {@code Unsafe} and no pooled arenas, as in OpenSearch's own start script.
 * <li>{@code -XX:+UseG1GC …, -XX:+AlwaysPreTouch}: as in OpenSearch's start script. {@code fastStart()} replaces them by
 * {@code -XX:TieredStopAtLevel=1 -XX:+UseSerialGC}, which halves the processor time of a start. It is scalar: Lucene says
 * {@code C2 compiler is disabled; Java vector incubator API can't be enabled}. Its parent breaker counts what was reserved
 * ({@code indices.breaker.total.use_real_memory: false}), and not the heap with its garbage, which only G1 can be asked to
 * collect: where it did, requests got 429 by chance.
 * <li>No class data sharing archive: it does not go with a Java agent ({@code AllowArchivingWithJavaAgent}).
 * <li>{@code bin/} must exist, though empty: the agent's policy names it, and creating it later is what the policy denies.
 * </ul>
 *
 * <h2>Nothing is left running</h2>
 *
 * {@code close()}, a failing start and a shutdown hook stop the nodes. For a parent that is killed without warning each
 * node has a {@code sh} beside it that waits for the end of its input, which is a pipe from the parent, and then kills the
 * node. This is for Unix only, as is the module.
 */
package dev.embedding.node;
