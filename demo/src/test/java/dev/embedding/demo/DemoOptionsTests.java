package dev.embedding.demo;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Properties;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class DemoOptionsTests {
  @Rule
  public final TemporaryFolder folder = new TemporaryFolder();

  private static Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("demo.folder", "target/demo");
    properties.setProperty("demo.plugin", "a.zip");
    properties.setProperty("demo.documents", "500");
    return properties;
  }

  private static String refusal(String name, String value) {
    Properties properties = properties();
    properties.setProperty(name, value);
    return assertThrows(IllegalArgumentException.class, () -> DemoOptions.of(properties)).getMessage();
  }

  @Test
  public void testReadsProperties() {
    Properties properties = properties();
    assertFalse(DemoOptions.of(properties).keep());
    properties.setProperty("demo.keep", "true");
    properties.setProperty("demo.started", "2026-11-21T10:00:00Z");
    assertEquals(
        new DemoOptions(Path.of("target/demo"), Path.of("a.zip"), 500, true, Instant.parse("2026-11-21T10:00:00Z")),
        DemoOptions.of(properties));
    properties.setProperty("demo.keep", "");
    assertTrue(DemoOptions.of(properties).keep());
  }

  @Test
  public void testRefusesWhatItDoesNotKnow() {
    assertEquals("demo.documents must be a number from 100 on; got 99", refusal("demo.documents", "99"));
    assertEquals("demo.documents must be a number from 100 on; got [many]", refusal("demo.documents", "many"));
    assertEquals("demo.keep must be true or false; got [yes]", refusal("demo.keep", "yes"));
    Properties properties = properties();
    properties.remove("demo.plugin");
    assertEquals("the system property demo.plugin is missing; start the demo by Maven",
        assertThrows(IllegalArgumentException.class, () -> DemoOptions.of(properties)).getMessage());
  }

  @Test
  public void testAFolderIsLockedUntilTheLockIsClosed() throws IOException {
    Path path = folder.newFolder().toPath();
    try (FolderLock _ = new FolderLock(path)) {
      Exception e = assertThrows(IllegalStateException.class, () -> new FolderLock(path));
      assertEquals("another demo is running in [" + path + "]: stop it first", e.getMessage());
    }
    new FolderLock(path).close();
  }
}
