package dev.embedding.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Folders of files: copied, linked, deleted. */
final class FileTree {
  /** Marks a folder that this package made and may therefore delete. */
  private static final String MARK = ".made-by-embedding-node";

  private FileTree() {}

  /** Makes {@code folder} an empty folder; refuses to empty one that was not made here. */
  static void makeEmpty(Path folder) {
    try {
      if (Files.exists(folder) && Files.notExists(folder.resolve(MARK)) && isEmpty(folder) == false) {
        throw new IllegalArgumentException(
            "will not delete what is in [" + folder + "]: it is not empty and was not made by embedding-node");
      }
      delete(folder);
      Files.createDirectories(folder);
      Files.createFile(folder.resolve(MARK));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies the files under {@code from} into {@code to}; both may be in different file systems. */
  static void copy(Path from, Path to) {
    replicate(from, to, (target, source) -> Files.copy(source, target));
  }

  /** As {@link #copy}, by hard links where the file system can: these cost no space. */
  static void link(Path from, Path to) {
    replicate(from, to, (target, source) -> {
      try {
        Files.createLink(target, source);
      } catch (IOException | UnsupportedOperationException e) {
        Files.copy(source, target);
      }
    });
  }

  /** The files under {@code folder}, by name relative to it, each with its size in bytes. */
  static Map<String, Long> sizes(Path folder) {
    Map<String, Long> sizes = new TreeMap<>();
    visit(folder, (name, file) -> sizes.put(name, Files.size(file)));
    return sizes;
  }

  /** Deletes {@code folder} with all in it, or nothing where there is none. */
  static void delete(Path folder) {
    if (Files.notExists(folder)) {
      return;
    }
    try {
      Files.walkFileTree(folder, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
          Files.delete(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
          if (failure != null) {
            throw failure;
          }
          Files.delete(emptied);
          return FileVisitResult.CONTINUE;
        }
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface FileAction {
    /** @param name the path of {@code file} below the folder that is visited */
    void accept(String name, Path file) throws IOException;
  }

  private interface Replication {
    void accept(Path target, Path source) throws IOException;
  }

  private static void replicate(Path from, Path to, Replication replication) {
    visit(from, (name, source) -> {
      // By name, since the two folders may be in different file systems.
      Path target = to.resolve(name);
      Files.createDirectories(target.getParent());
      replication.accept(target, source);
    });
  }

  private static void visit(Path folder, FileAction action) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (Files.isRegularFile(file) && file.endsWith(MARK) == false) {
          action.accept(folder.relativize(file).toString(), file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }
}
