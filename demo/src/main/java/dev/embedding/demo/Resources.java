package dev.embedding.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What lies in the jars on the class path. */
final class Resources {
  private Resources() {}

  /** @param path from the root of the class path, with a leading slash */
  static InputStream open(String path) {
    InputStream in = Resources.class.getResourceAsStream(path);
    if (in == null) {
      throw new IllegalStateException("[" + path + "] is not on the class path");
    }
    return in;
  }

  static byte[] read(String path) {
    try (InputStream in = open(path)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read [" + path + "]: " + e.getMessage(), e);
    }
  }
}
