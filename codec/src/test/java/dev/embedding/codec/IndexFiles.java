package dev.embedding.codec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/** The files of an index as bytes, for tests that damage or keep them. */
public final class IndexFiles {

  private IndexFiles() {}

  /** All bytes of a file. */
  public static byte[] read(Directory directory, String file) throws IOException {
    try (IndexInput in = directory.openInput(file, IOContext.READONCE)) {
      byte[] bytes = new byte[(int) in.length()];
      in.readBytes(bytes, 0, bytes.length);
      return bytes;
    }
  }

  /** Puts a file of these bytes in the place of another. */
  public static void write(Directory directory, String file, byte[] bytes) throws IOException {
    directory.deleteFile(file);
    try (IndexOutput out = directory.createOutput(file, IOContext.DEFAULT)) {
      out.writeBytes(bytes, bytes.length);
    }
  }

  /** Writes the last commit of the index in a folder to a zip; the test framework may have put other files beside it. */
  public static void zip(Path folder, Path zip) throws IOException {
    try (Directory directory = FSDirectory.open(folder);
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (String file : SegmentInfos.readLatestCommit(directory).files(true)) {
        out.putNextEntry(new ZipEntry(file));
        Files.copy(folder.resolve(file), out);
      }
    }
  }
}
