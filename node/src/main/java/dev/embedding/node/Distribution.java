package dev.embedding.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An OpenSearch home without plugins, configuration and data, from which clusters are made. */
public final class Distribution {
  /** Where the build puts the distribution, beside this class. */
  private static final String RESOURCE = "dev/embedding/node/distribution";

  private static final Pattern CORE_JAR = Pattern.compile("opensearch-(\\d.*)\\.jar");

  private final Path home;

  private Distribution(Path home) {
    this.home = home;
  }

  /**
   * The distribution in {@code home}, which was put there before.
   *
   * @throws IllegalArgumentException if there is no OpenSearch in it
   */
  public static Distribution at(Path home) {
    Path absolute = home.toAbsolutePath().normalize();
    if (Files.isDirectory(absolute.resolve("lib")) == false) {
      throw new IllegalArgumentException("no OpenSearch home: [" + absolute + "] has no folder [lib]");
    }
    return new Distribution(absolute);
  }

  /**
   * Unpacks the distribution that this module carries, about 90 MB, into {@code folder}. What an earlier call put there
   * is used again if it is the same, and replaced if not.
   *
   * @throws IllegalArgumentException if the folder holds something else
   */
  public static Distribution unpack(Path folder) {
    Path home = folder.toAbsolutePath().normalize();
    Path classes = placeOfClasses();
    if (Files.isDirectory(classes)) {
      return unpack(classes.resolve(RESOURCE), home);
    }
    try (FileSystem jar = FileSystems.newFileSystem(classes)) {
      return unpack(jar.getPath("/" + RESOURCE), home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Distribution unpack(Path source, Path home) {
    if (Files.isDirectory(source) == false) {
      throw new IllegalStateException("no distribution at [" + source + "]: build the module node with Maven first");
    }
    if (sameFiles(source, home) == false) {
      FileTree.makeEmpty(home);
      FileTree.copy(source, home);
    }
    return new Distribution(home);
  }

  private static boolean sameFiles(Path source, Path home) {
    return Files.isDirectory(home) && FileTree.sizes(source).equals(FileTree.sizes(home));
  }

  /** The folder or jar that this class was loaded from. */
  private static Path placeOfClasses() {
    URI location;
    try {
      location = Distribution.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
    return Path.of(location);
  }

  /** The absolute path of the OpenSearch home. */
  public Path home() {
    return home;
  }

  /** The version of OpenSearch, such as {@code 3.6.0}. */
  public String version() {
    List<String> versions = FileTree.sizes(home.resolve("lib"))
        .keySet()
        .stream()
        .map(CORE_JAR::matcher)
        .filter(Matcher::matches)
        .map(jar -> jar.group(1))
        .toList();
    if (versions.size() != 1) {
      throw new IllegalStateException(
          "expected one opensearch-VERSION.jar in [" + home.resolve("lib") + "]; got " + versions);
    }
    return versions.getFirst();
  }
}
