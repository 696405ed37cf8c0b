package dev.embedding.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The folder of one node: all that it writes, and its configuration. */
record NodeFolder(Path root) {
  private static final String LOG4J = """
      status = error
      appender.console.type = Console
      appender.console.name = console
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n
      rootLogger.level = info
      rootLogger.appenderRef.console.ref = console
      """;

  Path config() {
    return root.resolve("config");
  }

  Path data() {
    return root.resolve("data");
  }

  Path logs() {
    return root.resolve("logs");
  }

  Path tmp() {
    return root.resolve("tmp");
  }

  /** Makes the folders, writes the configuration, and forgets the ports of an earlier run. */
  void prepare(Map<String, String> settings) {
    try {
      for (Path folder : List.of(config(), data(), logs(), tmp())) {
        Files.createDirectories(folder);
      }
      Files.writeString(config().resolve("opensearch.yml"), yaml(settings));
      Files.writeString(config().resolve("log4j2.properties"), LOG4J);
      Files.writeString(config().resolve("jvm.options"), "");
      for (String kind : List.of("http", "transport")) {
        Files.deleteIfExists(portsFile(kind));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The transport addresses at which a node looks for others; it reads them again every second. */
  void writeSeedHosts(List<String> addresses) {
    try {
      Files.createDirectories(config());
      Files.write(config().resolve("unicast_hosts.txt"), addresses);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The {@code host:port} that the node wrote once it had bound it. */
  Optional<String> address(String kind) {
    try {
      return Files.exists(portsFile(kind)) ? Files.readAllLines(portsFile(kind)).stream().findFirst()
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path portsFile(String kind) {
    return logs().resolve(kind + ".ports");
  }

  /** Every value as a quoted string, from which OpenSearch parses numbers, booleans and comma separated lists. */
  static String yaml(Map<String, String> settings) {
    StringBuilder yaml = new StringBuilder();
    new TreeMap<>(settings).forEach((key, value) -> yaml.append(key)
        .append(": \"")
        .append(value.replace("\\", "\\\\").replace("\"", "\\\""))
        .append("\"\n"));
    return yaml.toString();
  }
}
