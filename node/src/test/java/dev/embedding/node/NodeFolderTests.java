package dev.embedding.node;

import static org.junit.Assert.assertEquals;

import java.util.Map;
import org.junit.Test;

public class NodeFolderTests {

  @Test
  public void testSettingsAreQuoted() {
    assertEquals("a.b: \"1\"\nc: \"say \\\"hi\\\" \\\\o/\"\n",
        NodeFolder.yaml(Map.of("c", "say \"hi\" \\o/", "a.b", "1")));
  }
}
