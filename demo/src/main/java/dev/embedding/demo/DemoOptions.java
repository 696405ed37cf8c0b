package dev.embedding.demo;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Properties;

/**
 * How to run the demo.
 *
 * @param folder    everything that the demo writes is in it
 * @param plugin    the zip to install
 * @param documents how many definitions to index
 * @param keep      whether the node stays until the user stops it
 * @param started   when the build began
 */
record DemoOptions(Path folder, Path plugin, int documents, boolean keep, Instant started) {
  private static final int FEWEST_DOCUMENTS = 100;

  DemoOptions {
    if (documents < FEWEST_DOCUMENTS) {
      throw new IllegalArgumentException(
          "demo.documents must be a number from " + FEWEST_DOCUMENTS + " on; got " + documents);
    }
  }

  /** Reads the system properties {@code demo.folder} and so on. */
  static DemoOptions of(Properties properties) {
    return new DemoOptions(Path.of(required(properties, "demo.folder")), Path.of(required(properties, "demo.plugin")),
        number(properties, "demo.documents"), keep(properties), started(properties));
  }

  private static boolean keep(Properties properties) {
    String value = properties.getProperty("demo.keep", "false");
    return switch (value) {
      // -Ddemo.keep without a value
      case "true", "" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("demo.keep must be true or false; got [" + value + "]");
    };
  }

  private static Instant started(Properties properties) {
    String value = properties.getProperty("demo.started");
    return value == null ? Instant.now() : Instant.parse(value);
  }

  private static int number(Properties properties, String name) {
    String value = required(properties, name);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          name + " must be a number from " + FEWEST_DOCUMENTS + " on; got [" + value + "]", e);
    }
  }

  private static String required(Properties properties, String name) {
    String value = properties.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException("the system property " + name + " is missing; start the demo by Maven");
    }
    return value;
  }
}
