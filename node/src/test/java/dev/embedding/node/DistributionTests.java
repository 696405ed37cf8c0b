package dev.embedding.node;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class DistributionTests {
  @Rule
  public final TemporaryFolder temporary = new TemporaryFolder();

  private Distribution unpack() {
    return Distribution.unpack(temporary.getRoot().toPath().resolve("opensearch"));
  }

  @Test
  public void testChangedFilesAreReplacedAndOthersUsedAgain() throws IOException {
    Path home = unpack().home();
    Path core = home.resolve("lib/opensearch-" + unpack().version() + ".jar");
    Object key = fileKey(core);
    unpack();
    assertEquals(key, fileKey(core));

    Path stale = Files.createFile(home.resolve("lib/of-an-older-version.jar"));
    unpack();
    assertFalse(Files.exists(stale));
    assertTrue(Files.exists(core));
  }

  private static Object fileKey(Path file) throws IOException {
    return List.of(Files.getAttribute(file, "unix:ino"), Files.getLastModifiedTime(file));
  }

  @Test
  public void testEveryModuleHasDescriptorAndJarsThatCoreLacks() throws IOException {
    Path home = unpack().home();
    Set<String> core = jars(home.resolve("lib"));
    assertTrue(core.containsAll(Set.of("lucene-core", "log4j-core", "jna", "opensearch-plugin-classloader")));
    for (Path module : list(home.resolve("modules"))) {
      assertTrue(module.toString(), Files.exists(module.resolve("plugin-descriptor.properties")));
      Set<String> jars = jars(module);
      assertFalse(module.toString(), jars.isEmpty());
      Set<String> twice = new HashSet<>(jars);
      twice.retainAll(core);
      assertEquals(module.toString(), Set.of(), twice);
    }
  }

  /** The names of the jars in {@code folder}, without versions: two versions of one jar are jar hell as well. */
  private static Set<String> jars(Path folder) throws IOException {
    return list(folder).stream()
        .map(jar -> jar.getFileName().toString())
        .filter(name -> name.endsWith(".jar"))
        .map(name -> name.replaceFirst("-\\d.*", ""))
        .collect(Collectors.toSet());
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  @Test
  public void testFolderWithoutOpenSearchIsRefused() {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> Distribution.at(temporary.getRoot().toPath()));
    assertTrue(e.getMessage(), e.getMessage().startsWith("no OpenSearch home"));
  }
}
