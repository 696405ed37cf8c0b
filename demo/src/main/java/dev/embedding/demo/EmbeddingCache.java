package dev.embedding.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Files of vectors, found again by the model and the texts that they were made of. */
final class EmbeddingCache {
  private final Path folder;
  private final byte[] model;
  private final int dimension;

  /** @param model the bytes of the model: another one gives other vectors */
  EmbeddingCache(Path folder, byte[] model, int dimension) {
    this.folder = folder;
    this.model = sha256().digest(model);
    this.dimension = dimension;
  }

  Path folder() {
    return folder;
  }

  /** Whether the vectors of {@code texts} were stored, without reading them. */
  boolean contains(List<String> texts) {
    return isWhole(file(texts), texts.size());
  }

  private boolean isWhole(Path file, int vectors) {
    try {
      return Files.exists(file) && Files.size(file) == (long) vectors * dimension * Float.BYTES;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The vectors of {@code texts}, if they were stored. */
  Optional<List<float[]>> find(List<String> texts) {
    Path file = file(texts);
    if (isWhole(file, texts.size()) == false) {
      return Optional.empty();
    }
    try {
      return Optional.of(Vectors.ofBytes(Files.readAllBytes(file), dimension));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void store(List<String> texts, List<float[]> vectors) {
    Path file = file(texts);
    try {
      Files.createDirectories(folder);
      // Whoever stops the demo while it writes leaves no half of a file to be found.
      Path unfinished = Files.createTempFile(folder, "unfinished", "");
      Files.write(unfinished, Vectors.bytes(vectors));
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(List<String> texts) {
    MessageDigest digest = sha256();
    digest.update(model);
    for (String text : texts) {
      digest.update(text.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return folder.resolve(HexFormat.of().formatHex(digest.digest()) + ".f32");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
