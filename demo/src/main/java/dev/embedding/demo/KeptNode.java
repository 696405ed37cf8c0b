package dev.embedding.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import dev.embedding.node.OpenSearchNode;

/** A node that stays for the user to play with. */
final class KeptNode {
  private final OpenSearchNode node;
  private final String index;
  private final Path requests;

  /** @param requests the folder for the bodies of example requests, as a vector is too long to type */
  KeptNode(OpenSearchNode node, String index, Path requests) {
    this.node = node;
    this.index = index;
    this.requests = requests;
  }

  /** Prints what can be done with the node; {@code examples} are bodies of searches, by name. */
  void describe(Report report, Map<String, NearestRequest> examples) {
    String url = node.uri() + "/" + index;
    report.line("OpenSearch answers at %s, the index is [%s]. Some things to try:", node.uri(), index);
    report.line("");
    report.line("curl '%s?pretty'", url);
    report.line("curl '%s/_search?q=title:library&_source_excludes=embedding&pretty'", url);
    examples.forEach((name, request) -> {
      report.line("curl -H 'Content-Type: application/json' '%s/_search?pretty' -d @%s", url, write(name, request));
    });
  }

  private Path write(String name, NearestRequest request) {
    try {
      Files.createDirectories(requests);
      return Files.writeString(requests.resolve(name + ".json"), Rest.write(request.toJson()) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits for the end of the node. Nothing is read from the terminal, as that would stop a build in the background.
   */
  void await(Report report) {
    report.line("");
    report.line("The node runs until you press Ctrl-C here, or enter: kill %d", node.process().pid());
    node.process().onExit().join();
    report.line("The node has stopped.");
  }
}
