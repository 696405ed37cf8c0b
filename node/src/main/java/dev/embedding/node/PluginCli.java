package dev.embedding.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** OpenSearch's own command for plugins, which checks descriptor, version and jar hell as it does for a user. */
final class PluginCli {
  private static final int LONGEST_INSTALLATION_SECONDS = 120;

  private PluginCli() {}

  /**
   * Installs {@code zips} in their order into {@code home}.
   *
   * @throws NodeFailedException if the command refuses one
   */
  static void install(Path home, List<Path> zips) {
    List<String> arguments = new ArrayList<>(List.of( //
        "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", //
        "-Dopensearch.path.home=" + home, "-Dopensearch.path.conf=" + home.resolve("config"), //
        "-Dopensearch.distribution.type=tar", //
        "-cp", home.resolve("lib") + "/*:" + home.resolve("lib/tools/plugin-cli") + "/*", //
        "org.opensearch.tools.cli.plugin.PluginCli", "install", "--batch"));
    zips.forEach(zip -> arguments.add(zip.toUri().toString()));
    Log log = new Log(home.resolve("plugin-cli.log"));
    Process process = Jvm.start(home, log, arguments);
    Jvm.awaitOrKill(process, LONGEST_INSTALLATION_SECONDS);
    if (process.exitValue() != 0) {
      throw new NodeFailedException(
          "the plugin CLI ended with " + process.exitValue() + " on installing " + zips + log.tail());
    }
  }
}
