package dev.embedding.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the nodes of a cluster have in common.
 *
 * @param settings   go over those of {@link OpenSearchNode}
 * @param jvmOptions come after those named here, and so win
 */
record NodeOptions(int heapMegabytes, boolean fastStart, Map<String, String> settings, List<String> jvmOptions) {

  /** The arguments of {@code java}, each explained in the package's javadoc. */
  List<String> javaArguments(Path home, NodeFolder folder) {
    List<String> arguments = new ArrayList<>(List.of( //
        "-Xms" + heapMegabytes + "m", "-Xmx" + heapMegabytes + "m", "-Xss1m", //
        "-XX:MaxDirectMemorySize=" + heapMegabytes / 2 + "m", //
        "-XX:-OmitStackTraceInFastThrow", "-XX:+HeapDumpOnOutOfMemoryError", //
        "-XX:HeapDumpPath=" + folder.logs(), "-XX:ErrorFile=" + folder.logs().resolve("hs_err_%p.log"), //
        "-javaagent:" + agent(home), //
        "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", //
        "-Djava.awt.headless=true", "-Djava.io.tmpdir=" + folder.tmp(), //
        "-Djava.locale.providers=SPI,CLDR", "-Dfile.encoding=UTF-8", "-Djna.nosys=true", //
        "-Dio.netty.noUnsafe=true", "-Dio.netty.noKeySetOptimization=true", //
        "-Dio.netty.recycler.maxCapacityPerThread=0", "-Dio.netty.allocator.numDirectArenas=0", //
        "-Dlog4j.shutdownHookEnabled=false", "-Dlog4j2.disable.jmx=true", //
        "-Dopensearch.path.home=" + home, "-Dopensearch.path.conf=" + folder.config(), //
        "-Dopensearch.distribution.type=tar"));
    if (Jvm.isRoot()) {
      arguments.add("-Djna.nounpack=true");
    }
    arguments.addAll(fastStart ? List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        : List.of("-XX:+UseG1GC", "-XX:G1ReservePercent=25", "-XX:InitiatingHeapOccupancyPercent=30",
            "-XX:+AlwaysPreTouch"));
    arguments.addAll(jvmOptions);
    arguments.addAll(List.of("-cp", home.resolve("lib") + "/*", "org.opensearch.bootstrap.OpenSearch"));
    return arguments;
  }

  private static Path agent(Path home) {
    return home.resolve("agent/opensearch-agent-" + Distribution.at(home).version() + ".jar");
  }
}
