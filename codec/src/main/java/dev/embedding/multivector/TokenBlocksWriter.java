package dev.embedding.multivector;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.packed.DirectMonotonicWriter;
import org.apache.lucene.util.packed.PackedInts;
import org.apache.lucene.util.packed.PackedLongValues;

/**
 * Writes the files of a {@link TokenBlocksFormat}. Values are read once, as most of the time of a merge goes into that; which
 * documents have one and where it begins are kept on the heap until then, some bits a document.
 */
final class TokenBlocksWriter extends DocValuesConsumer {

  private final int maxDoc;
  private final IndexOutput meta;
  private final IndexOutput blocks;
  private boolean closed;

  TokenBlocksWriter(SegmentWriteState state) throws IOException {
    this.maxDoc = state.segmentInfo.maxDoc();
    List<IndexOutput> opened = new ArrayList<>();
    try {
      meta = create(state, TokenBlocksFormat.META_EXTENSION, TokenBlocksFormat.META_CODEC, opened);
      blocks = create(state, TokenBlocksFormat.BLOCKS_EXTENSION, TokenBlocksFormat.BLOCKS_CODEC, opened);
    } catch (Throwable t) {
      IOUtils.closeWhileSuppressingExceptions(t, opened);
      throw t;
    }
  }

  private static IndexOutput create(SegmentWriteState state, String extension, String codec, List<IndexOutput> opened)
      throws IOException {
    String name = IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
    IndexOutput out = state.directory.createOutput(name, state.context);
    opened.add(out);
    CodecUtil.writeIndexHeader(out, codec, TokenBlocksFormat.VERSION_CURRENT, state.segmentInfo.getId(),
        state.segmentSuffix);
    return out;
  }

  @Override
  public void addBinaryField(FieldInfo info, DocValuesProducer producer) throws IOException {
    BinaryDocValues values = producer.getBinary(info);
    DocsWithFieldSet docs = new DocsWithFieldSet();
    PackedLongValues.Builder starts = PackedLongValues.monotonicBuilder(PackedInts.COMPACT);
    long offset = blocks.getFilePointer();
    int shortest = Integer.MAX_VALUE;
    int longest = 0;
    for (int doc = values.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = values.nextDoc()) {
      BytesRef value = values.binaryValue();
      docs.add(doc);
      starts.add(blocks.getFilePointer() - offset);
      blocks.writeBytes(value.bytes, value.offset, value.length);
      shortest = Math.min(shortest, value.length);
      longest = Math.max(longest, value.length);
    }
    long bytes = blocks.getFilePointer() - offset;
    starts.add(bytes);
    meta.writeInt(info.number);
    meta.writeInt(docs.cardinality());
    if (docs.cardinality() == 0) {
      return;
    }
    meta.writeLong(offset);
    meta.writeLong(bytes);
    meta.writeInt(shortest);
    meta.writeInt(longest);
    if (docs.cardinality() < maxDoc) {
      writeDocs(docs);
    }
    if (shortest < longest) {
      writeStarts(starts.build());
    }
  }

  private void writeDocs(DocsWithFieldSet docs) throws IOException {
    long offset = blocks.getFilePointer();
    short jumps = IndexedDISI.writeBitSet(docs.iterator(), blocks, IndexedDISI.DEFAULT_DENSE_RANK_POWER);
    meta.writeLong(offset);
    meta.writeLong(blocks.getFilePointer() - offset);
    meta.writeShort(jumps);
    meta.writeByte(IndexedDISI.DEFAULT_DENSE_RANK_POWER);
  }

  private void writeStarts(PackedLongValues starts) throws IOException {
    long offset = blocks.getFilePointer();
    meta.writeLong(offset);
    DirectMonotonicWriter writer = DirectMonotonicWriter.getInstance(meta, blocks, starts.size(),
        TokenBlocksFormat.STARTS_SHIFT);
    for (long i = 0; i < starts.size(); i++) {
      writer.add(starts.get(i));
    }
    writer.finish();
    meta.writeLong(blocks.getFilePointer() - offset);
  }

  @Override
  public void addNumericField(FieldInfo info, DocValuesProducer producer) {
    throw TokenBlocksFormat.unsupported(info.name, "numeric");
  }

  @Override
  public void addSortedField(FieldInfo info, DocValuesProducer producer) {
    throw TokenBlocksFormat.unsupported(info.name, "sorted");
  }

  @Override
  public void addSortedNumericField(FieldInfo info, DocValuesProducer producer) {
    throw TokenBlocksFormat.unsupported(info.name, "sorted numeric");
  }

  @Override
  public void addSortedSetField(FieldInfo info, DocValuesProducer producer) {
    throw TokenBlocksFormat.unsupported(info.name, "sorted set");
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    boolean success = false;
    try {
      meta.writeInt(-1);
      CodecUtil.writeFooter(meta);
      CodecUtil.writeFooter(blocks);
      success = true;
    } finally {
      if (success) {
        IOUtils.close(meta, blocks);
      } else {
        IOUtils.closeWhileHandlingException(meta, blocks);
      }
    }
  }
}
