package dev.embedding.multivector;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.apache.lucene.store.RandomAccessInput;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IOSupplier;
import org.apache.lucene.util.LongValues;

/** The values of a field in a {@link TokenBlocksFormat}, which can be read in place and asked for in advance. */
final class TokenBlocks extends BinaryDocValues {

  private final RandomAccessInput values;
  /** Null where the directory does not map files. */
  private final MemorySegmentAccessInput mapped;
  private final String file;
  private final LongValues starts;
  private final int count;
  private final int maxDoc;
  private final IOSupplier<IndexedDISI> docs;
  private final Docs current;
  /** Where {@link #prefetch} is. */
  private Docs ahead;
  private final BytesRef heap = new BytesRef();

  /** Of the value that was looked for last. */
  private long start;
  private int length;

  /**
   * @param values all of them and nothing else
   * @param file named by errors
   * @param starts where the values begin and, at {@code count}, where the last one ends
   * @param docs which documents have values, anew each time; null if all have
   */
  TokenBlocks(RandomAccessInput values, String file, LongValues starts, int count, int maxDoc,
      IOSupplier<IndexedDISI> docs) throws IOException {
    this.values = values;
    this.mapped = values instanceof MemorySegmentAccessInput access ? access : null;
    this.file = file;
    this.starts = starts;
    this.count = count;
    this.maxDoc = maxDoc;
    this.docs = docs;
    this.current = new Docs(docs.get(), maxDoc);
  }

  /** Documents with values and the ordinals of these, without a list if all have one. */
  private static final class Docs {

    private final IndexedDISI listed;
    private final int maxDoc;
    private int doc = -1;

    Docs(IndexedDISI listed, int maxDoc) {
      this.listed = listed;
      this.maxDoc = maxDoc;
    }

    int doc() {
      return listed == null ? doc : listed.docID();
    }

    int ordinal() {
      return listed == null ? doc : listed.index();
    }

    int advance(int target) throws IOException {
      if (listed != null) {
        return listed.advance(target);
      }
      doc = target < maxDoc ? target : DocIdSetIterator.NO_MORE_DOCS;
      return doc;
    }

    boolean advanceExact(int target) throws IOException {
      if (listed != null) {
        return listed.advanceExact(target);
      }
      doc = target;
      return true;
    }
  }

  private void find(int ordinal) throws IOException {
    if (ordinal < 0 || ordinal >= count) {
      throw new CorruptIndexException("no value has the number " + ordinal + ", there are " + count, file);
    }
    start = starts.get(ordinal);
    long end = starts.get(ordinal + 1L);
    if (start < 0 || start > end || end > values.length() || end - start > ArrayUtil.MAX_ARRAY_LENGTH) {
      throw new CorruptIndexException(
          "value " + ordinal + " is from " + start + " to " + end + " of " + values.length() + " bytes", file);
    }
    length = (int) (end - start);
  }

  /**
   * The value of the current document where it lies, or copied if that is not in memory; valid until the next call of a method.
   * Reading it fails with an {@link IllegalStateException} if the file has been closed.
   */
  MemorySegment segment() throws IOException {
    find(current.ordinal());
    MemorySegment inPlace = mapped == null ? null : mapped.segmentSliceOrNull(start, length);
    return inPlace == null ? MemorySegment.ofArray(copy().bytes).asSlice(0, length) : inPlace;
  }

  /** Has the value of a document read in the background, if it has one. By increasing document, whatever the current one is. */
  void prefetch(int doc) throws IOException {
    if (ahead == null) {
      ahead = new Docs(docs.get(), maxDoc);
    }
    if (ahead.advanceExact(doc)) {
      find(ahead.ordinal());
      if (length > 0) {
        values.prefetch(start, length);
      }
    }
  }

  @Override
  public BytesRef binaryValue() throws IOException {
    find(current.ordinal());
    return copy();
  }

  private BytesRef copy() throws IOException {
    heap.bytes = ArrayUtil.growNoCopy(heap.bytes, length);
    heap.length = length;
    values.readBytes(start, heap.bytes, 0, length);
    return heap;
  }

  @Override
  public boolean advanceExact(int target) throws IOException {
    return current.advanceExact(target);
  }

  @Override
  public int docID() {
    return current.doc();
  }

  @Override
  public int nextDoc() throws IOException {
    return advance(docID() + 1);
  }

  @Override
  public int advance(int target) throws IOException {
    return current.advance(target);
  }

  @Override
  public long cost() {
    return count;
  }
}
