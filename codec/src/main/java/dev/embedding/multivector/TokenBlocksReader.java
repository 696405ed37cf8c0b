package dev.embedding.multivector;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.DocValuesSkipper;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.LongValues;
import org.apache.lucene.util.packed.DirectMonotonicReader;

/** Reads the files of a {@link TokenBlocksFormat}. */
final class TokenBlocksReader extends DocValuesProducer {

  private final int maxDoc;
  private final Map<Integer, Entry> fields = new HashMap<>();
  private final IndexInput meta;
  private final IndexInput blocks;

  /** The bytes of the file with the blocks from {@code offset} on. */
  record Range(long offset, long length) {}

  /**
   * What the meta file says of a field that has values.
   *
   * @param docs null if all documents have a value
   * @param starts null if all values have the same length
   */
  private record Entry(int count, Range values, int shortest, int longest, Docs docs, Starts starts) {}

  private record Docs(Range range, short jumps, byte rankPower) {}

  private record Starts(Range range, DirectMonotonicReader.Meta meta) {}

  TokenBlocksReader(SegmentReadState state) throws IOException {
    this.maxDoc = state.segmentInfo.maxDoc();
    List<IndexInput> opened = new ArrayList<>();
    try {
      meta = open(state, TokenBlocksFormat.META_EXTENSION, TokenBlocksFormat.META_CODEC, opened);
      blocks = open(state, TokenBlocksFormat.BLOCKS_EXTENSION, TokenBlocksFormat.BLOCKS_CODEC, opened);
      // Only now, with the checksum right, are the lengths in the meta file worth believing.
      CodecUtil.checksumEntireFile(meta);
      readFields(state.fieldInfos);
    } catch (Throwable t) {
      IOUtils.closeWhileSuppressingExceptions(t, opened);
      throw t;
    }
  }

  private static IndexInput open(SegmentReadState state, String extension, String codec, List<IndexInput> opened)
      throws IOException {
    String name = IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
    IndexInput in = state.directory.openInput(name, IOContext.DEFAULT);
    opened.add(in);
    CodecUtil.checkIndexHeader(in, codec, TokenBlocksFormat.VERSION_START, TokenBlocksFormat.VERSION_CURRENT,
        state.segmentInfo.getId(), state.segmentSuffix);
    long start = in.getFilePointer();
    CodecUtil.retrieveChecksum(in);
    in.seek(start);
    return in;
  }

  private void readFields(FieldInfos infos) throws IOException {
    for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
      FieldInfo info = number < 0 ? null : infos.fieldInfo(number);
      if (info == null || info.getDocValuesType() != DocValuesType.BINARY) {
        throw new CorruptIndexException("no field with binary doc values has the number " + number, meta);
      }
      Entry entry = readEntry(info);
      check(fields.put(number, entry) == null, info, "two entries");
      open(info, entry);
    }
  }

  private Entry readEntry(FieldInfo info) throws IOException {
    int count = meta.readInt();
    check(count >= 0 && count <= maxDoc, info, count + " values in " + maxDoc + " documents");
    if (count == 0) {
      return new Entry(0, new Range(0, 0), 0, 0, null, null);
    }
    Range values = readRange(info, meta.readLong());
    int shortest = meta.readInt();
    int longest = meta.readInt();
    boolean fits = shortest >= 0 && shortest <= longest && values.length() >= (long) count * shortest
        && values.length() <= (long) count * longest;
    check(fits, info, count + " values of " + shortest + " to " + longest + " bytes in " + values.length());
    Docs docs = count == maxDoc ? null
        : new Docs(readRange(info, meta.readLong()), meta.readShort(), meta.readByte());
    return new Entry(count, values, shortest, longest, docs, shortest == longest ? null : readStarts(info, count));
  }

  private Starts readStarts(FieldInfo info, int count) throws IOException {
    long offset = meta.readLong();
    DirectMonotonicReader.Meta starts = DirectMonotonicReader.loadMeta(meta, count + 1L,
        TokenBlocksFormat.STARTS_SHIFT);
    return new Starts(readRange(info, offset), starts);
  }

  private Range readRange(FieldInfo info, long offset) throws IOException {
    long length = meta.readLong();
    long end = blocks.length() - CodecUtil.footerLength();
    check(offset >= 0 && length >= 0 && offset <= end && length <= end - offset, info,
        "bytes at " + offset + ", " + length + " of them, of " + blocks);
    return new Range(offset, length);
  }

  private void check(boolean right, FieldInfo info, String found) throws IOException {
    check(right, info, found, meta);
  }

  private static void check(boolean right, FieldInfo info, String found, IndexInput file) throws IOException {
    if (!right) {
      throw new CorruptIndexException("field [" + info.name + "] cannot have " + found, file);
    }
  }

  /** Opens what was read, so that what is wrong with it is seen at once: in the file with the blocks, as the other is whole. */
  private void open(FieldInfo info, Entry entry) throws IOException {
    try {
      long first = 0;
      long end = entry.values.length();
      if (entry.docs != null) {
        check(entry.docs.jumps * 2L * Integer.BYTES <= entry.docs.range.length(), info,
            "a jump table of " + entry.docs.jumps + " entries", blocks);
        docs(entry);
      }
      if (entry.starts != null) {
        LongValues starts = starts(entry);
        first = starts.get(0);
        end = starts.get(entry.count);
      }
      check(first == 0 && end == entry.values.length(), info, "values from " + first + " to " + end, blocks);
    } catch (RuntimeException e) {
      throw new CorruptIndexException("field [" + info.name + "] has no readable list of values", blocks, e);
    }
  }

  private IndexedDISI docs(Entry entry) throws IOException {
    Docs docs = entry.docs;
    return docs == null ? null
        : new IndexedDISI(blocks, docs.range.offset(), docs.range.length(), docs.jumps, docs.rankPower, entry.count);
  }

  private LongValues starts(Entry entry) throws IOException {
    if (entry.starts == null) {
      return new LongValues() {
        @Override
        public long get(long ordinal) {
          return ordinal * entry.shortest;
        }
      };
    }
    Range range = entry.starts.range;
    return DirectMonotonicReader.getInstance(entry.starts.meta,
        blocks.randomAccessSlice(range.offset(), range.length()));
  }

  @Override
  public BinaryDocValues getBinary(FieldInfo info) throws IOException {
    Entry entry = fields.get(info.number);
    if (entry == null) {
      throw new CorruptIndexException("there is nothing of field [" + info.name + "]", meta);
    }
    if (entry.count == 0) {
      return DocValues.emptyBinary();
    }
    Range values = entry.values;
    return new TokenBlocks(blocks.randomAccessSlice(values.offset(), values.length()), blocks.toString(), starts(entry),
        entry.count, maxDoc, () -> docs(entry));
  }

  @Override
  public NumericDocValues getNumeric(FieldInfo info) {
    throw TokenBlocksFormat.unsupported(info.name, "numeric");
  }

  @Override
  public SortedDocValues getSorted(FieldInfo info) {
    throw TokenBlocksFormat.unsupported(info.name, "sorted");
  }

  @Override
  public SortedNumericDocValues getSortedNumeric(FieldInfo info) {
    throw TokenBlocksFormat.unsupported(info.name, "sorted numeric");
  }

  @Override
  public SortedSetDocValues getSortedSet(FieldInfo info) {
    throw TokenBlocksFormat.unsupported(info.name, "sorted set");
  }

  @Override
  public DocValuesSkipper getSkipper(FieldInfo info) {
    throw new UnsupportedOperationException(
        TokenBlocksFormat.NAME + " has no skip index, also not of field [" + info.name + "]");
  }

  @Override
  public void checkIntegrity() throws IOException {
    CodecUtil.checksumEntireFile(meta);
    CodecUtil.checksumEntireFile(blocks);
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(meta, blocks);
  }
}
