package dev.embedding.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a second demo from taking a folder away under the node of the first. The system releases it if we crash. */
final class FolderLock implements AutoCloseable {
  private final FileChannel channel;

  /** @throws IllegalStateException if the folder is locked already */
  FolderLock(Path folder) {
    try {
      Files.createDirectories(folder);
      channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock() == false) {
        channel.close();
        throw new IllegalStateException("another demo is running in [" + folder + "]: stop it first");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock [" + folder + "]: " + e.getMessage(), e);
    }
  }

  private boolean tryLock() throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // Not another process, but this one.
      return false;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
