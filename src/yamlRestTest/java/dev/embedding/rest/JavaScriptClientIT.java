package dev.embedding.rest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assume.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.Test;

/**
 * What users of the JavaScript client can do, in {@code javascript-client.cjs}. The build needs neither Node.js nor npm:
 * without the client this is skipped, and says how to get it.
 */
public class JavaScriptClientIT {
  private static final Path CLIENT = Path.of("target/javascript");
  private static final String PACKAGE = "@opensearch-project/opensearch";
  private static final String VERSION = "3.6.0";

  @Test
  public void testJavaScriptClientMapsIndexesAndSearches() throws Exception {
    assumeTrue(
        "skipped as there is no JavaScript client; get it by: npm install --prefix src/yamlRestTest/" + CLIENT + " "
            + PACKAGE + "@" + VERSION,
        Files.isDirectory(CLIENT.resolve("node_modules").resolve(PACKAGE)));
    ProcessBuilder node = new ProcessBuilder(
        List.of("node", "target/test-classes/javascript-client.cjs", RealNode.cluster().node(0).uri().toString()));
    node.environment().put("NODE_PATH", CLIENT.resolve("node_modules").toAbsolutePath().toString());
    Process process = node.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(output, 0, process.waitFor());
  }
}
