package dev.embedding.node;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class FileTreeTests {
  @Rule
  public final TemporaryFolder temporary = new TemporaryFolder();

  private Path root;

  @Before
  public void findRoot() {
    root = temporary.getRoot().toPath();
  }

  private Path file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  @Test
  public void testFolderOfOthersIsNotEmptied() throws IOException {
    Path precious = file("photos/cat", "meow");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> FileTree.makeEmpty(precious.getParent()));
    assertTrue(e.getMessage(), e.getMessage().contains("was not made by embedding-node"));
    assertTrue(Files.exists(precious));
  }

  @Test
  public void testOwnFolderIsEmptied() throws IOException {
    FileTree.makeEmpty(root.resolve("own"));
    file("own/a/b", "");
    FileTree.makeEmpty(root.resolve("own"));
    assertEquals(Map.of(), FileTree.sizes(root.resolve("own")));
  }

  @Test
  public void testCopyAndLinkHaveTheSameFilesButNotTheMark() throws IOException {
    FileTree.makeEmpty(root.resolve("from"));
    file("from/a/b", "12345");
    file("from/c", "");
    FileTree.copy(root.resolve("from"), root.resolve("copied"));
    FileTree.link(root.resolve("from"), root.resolve("linked"));
    Map<String, Long> expected = Map.of("a/b", 5L, "c", 0L);
    assertEquals(expected, FileTree.sizes(root.resolve("copied")));
    assertEquals(expected, FileTree.sizes(root.resolve("linked")));
    assertThrows(IllegalArgumentException.class, () -> FileTree.makeEmpty(root.resolve("copied")));
  }
}
