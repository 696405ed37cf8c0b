package dev.embedding.codec;

import java.io.Closeable;
import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;

/** Rows of one length in a temporary file, which is deleted on closing. */
final class TemporaryRows implements Closeable {

  private final Directory directory;
  private final String name;
  private final IndexInput in;
  private final int rowBytes;

  private TemporaryRows(Directory directory, String name, int rowBytes) throws IOException {
    this.directory = directory;
    this.name = name;
    this.in = directory.openInput(name, IOContext.DEFAULT);
    this.rowBytes = rowBytes;
  }

  /** Writes the rows, one after another. */
  interface Content {

    void write(IndexOutput out) throws IOException;
  }

  /**
   * Writes a file of rows.
   *
   * @param prefix of its name
   * @param suffix of its name
   */
  static TemporaryRows of(SegmentWriteState state, String prefix, String suffix, int rowBytes, Content content)
      throws IOException {
    IndexOutput out = state.directory.createTempOutput(prefix, suffix, state.context);
    try (out) {
      content.write(out);
      CodecUtil.writeFooter(out);
    } catch (Throwable t) {
      IOUtils.deleteFilesIgnoringExceptions(state.directory, out.getName());
      throw t;
    }
    try {
      return new TemporaryRows(state.directory, out.getName(), rowBytes);
    } catch (Throwable t) {
      IOUtils.deleteFilesIgnoringExceptions(state.directory, out.getName());
      throw t;
    }
  }

  /** The rows one after another, for one thread. */
  IndexInput in() throws IOException {
    return in.slice("rows", 0, in.length() - CodecUtil.footerLength());
  }

  /** The rows in any order, for one thread. */
  BlockInput blocks() throws IOException {
    return new BlockInput(in(), rowBytes);
  }

  @Override
  public void close() throws IOException {
    try (in) {
      IOUtils.deleteFilesIgnoringExceptions(directory, name);
    }
  }
}
