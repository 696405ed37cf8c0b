package dev.embedding.codec;

import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.hnsw.FlatVectorsReader;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.packed.DirectWriter;

/** Reads the files of a {@link QuantizedVectorsFormat} and searches them. */
final class CellsReader extends KnnVectorsReader {

  /** By their number in files. */
  static final List<VectorSimilarityFunction> SIMILARITIES = List.of(VectorSimilarityFunction.EUCLIDEAN,
      VectorSimilarityFunction.DOT_PRODUCT,
      VectorSimilarityFunction.COSINE, VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT);

  /** In files: a field has no codes, or it has, or it has only codes and no floats. */
  static final byte NO_CODES = 0;
  static final byte CODES = 1;
  static final byte CODES_ONLY = 2;

  private final FieldInfos fieldInfos;
  private final FlatVectorsReader floats;
  private final Map<String, Cells> fields;
  /** Which documents have vectors, of fields without floats. */
  private final Map<String, OrdToDocDISIReaderConfiguration> docs;
  private final int version;
  private final IndexInput meta;
  private final IndexInput codebooks;
  private final IndexInput codes;
  private volatile boolean closed;

  CellsReader(SegmentReadState state, FlatVectorsReader floats) throws IOException {
    this.fieldInfos = state.fieldInfos;
    this.floats = floats;
    this.fields = new HashMap<>();
    this.docs = new HashMap<>();
    List<IndexInput> opened = new ArrayList<>();
    try {
      meta = open(state, QuantizedVectorsFormat.META_EXTENSION, opened);
      version = checkFrame(meta, QuantizedVectorsFormat.META_CODEC, state);
      codebooks = open(state, QuantizedVectorsFormat.CODEBOOK_EXTENSION, opened);
      checkVersion(codebooks, checkFrame(codebooks, QuantizedVectorsFormat.CODEBOOK_CODEC, state));
      codes = open(state, QuantizedVectorsFormat.CODES_EXTENSION, opened);
      checkVersion(codes, checkFrame(codes, QuantizedVectorsFormat.CODES_CODEC, state));
      // Only now, with the checksum right, are the lengths in the meta file worth believing.
      CodecUtil.checksumEntireFile(meta);
      readFields();
    } catch (Throwable t) {
      IOUtils.closeWhileSuppressingExceptions(t, opened);
      IOUtils.closeWhileSuppressingExceptions(t, floats);
      throw t;
    }
  }

  private CellsReader(CellsReader reader, FlatVectorsReader floats) {
    this.fieldInfos = reader.fieldInfos;
    this.floats = floats;
    this.fields = reader.fields;
    this.docs = reader.docs;
    this.version = reader.version;
    this.meta = reader.meta;
    this.codebooks = reader.codebooks;
    this.codes = reader.codes;
  }

  private static IndexInput open(SegmentReadState state, String extension, List<IndexInput> opened)
      throws IOException {
    String name = IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
    IndexInput in = state.directory.openInput(name, IOContext.DEFAULT);
    opened.add(in);
    return in;
  }

  /** Checks header and footer of a file, leaves it behind the header, and returns its version. */
  private static int checkFrame(IndexInput in, String codec, SegmentReadState state) throws IOException {
    int version = CodecUtil.checkIndexHeader(in, codec, QuantizedVectorsFormat.VERSION_START,
        QuantizedVectorsFormat.VERSION_CURRENT, state.segmentInfo.getId(), state.segmentSuffix);
    long start = in.getFilePointer();
    CodecUtil.retrieveChecksum(in);
    in.seek(start);
    return version;
  }

  private void checkVersion(IndexInput in, int found) throws IOException {
    if (found != version) {
      throw new CorruptIndexException("version " + found + " beside a meta file of version " + version, in);
    }
  }

  private void readFields() throws IOException {
    for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
      FieldInfo info = number < 0 ? null : fieldInfos.fieldInfo(number);
      if (info == null) {
        throw new CorruptIndexException("no field has the number " + number, meta);
      }
      int codesOfField = meta.readByte();
      boolean mayHaveCodes = info.getVectorEncoding() == VectorEncoding.FLOAT32;
      boolean codesOnly = codesOfField == CODES_ONLY;
      boolean hasCodes = codesOnly || codesOfField == CODES;
      check(codesOfField == NO_CODES || (hasCodes && mayHaveCodes), info, "codes " + codesOfField);
      if (hasCodes) {
        Cells.Meta entry = readEntry(info);
        IndexInput codebook = slice(codebooks, info, entry.codebookOffset(), entry.codebookBytes());
        IndexInput blocks = slice(codes, info, entry.codesOffset(), entry.codesBytes());
        fields.put(info.name, new Cells(entry, codebook, blocks));
        if (codesOnly) {
          docs.put(info.name, readDocs(info, entry));
        }
      }
    }
  }

  /** Opens what it reads, so that what is wrong with it is seen at once. */
  private OrdToDocDISIReaderConfiguration readDocs(FieldInfo info, Cells.Meta entry) throws IOException {
    try {
      OrdToDocDISIReaderConfiguration read = OrdToDocDISIReaderConfiguration.fromStoredMeta(meta, entry.vectors());
      new CodedVectors(fields.get(info.name), read, codes).iterator();
      return read;
    } catch (IllegalArgumentException | IndexOutOfBoundsException | UncheckedIOException e) {
      throw new CorruptIndexException("field [" + info.name + "] has no readable list of documents", meta, e);
    }
  }

  private Cells.Meta readEntry(FieldInfo info) throws IOException {
    int similarity = meta.readByte();
    check(similarity == SIMILARITIES.indexOf(info.getVectorSimilarityFunction()), info, "similarity " + similarity);
    int dimension = meta.readInt();
    check(dimension == info.getVectorDimension() && dimension <= QuantizedVectorsFormat.MAX_DIMENSIONS, info,
        "dimension " + dimension);
    int vectors = meta.readInt();
    check(vectors >= 0, info, "count " + vectors);
    VectorQuantizer quantizer = readQuantizer(info);
    float error = Float.intBitsToFloat(meta.readInt());
    float topError = Float.intBitsToFloat(meta.readInt());
    float signError = Float.intBitsToFloat(meta.readInt());
    check(error >= 0 && topError >= 0 && signError >= 0, info,
        "errors " + error + ", " + topError + " and " + signError);
    int trainedOn = meta.readInt();
    CodebookHash hash = new CodebookHash(meta.readLong(), meta.readLong());
    int cells = meta.readInt();
    check(cells >= 1, info, "cells " + cells);
    int neighbours = version < QuantizedVectorsFormat.VERSION_NEIGHBOURS ? 0 : meta.readInt();
    int positionBits = version < QuantizedVectorsFormat.VERSION_COMPACT ? Integer.SIZE : meta.readByte();
    check(positionBits >= 1 && positionBits <= Integer.SIZE
        && positionBits == DirectWriter.unsignedBitsRequired((1L << positionBits) - 1), info,
        "positions of " + positionBits + " bits");
    Cells.Meta entry = new Cells.Meta(version, quantizer, SIMILARITIES.get(similarity), dimension, vectors, error,
        topError, signError, trainedOn, hash, cells, neighbours, positionBits, meta.readLong(), meta.readLong(),
        meta.readLong(), meta.readLong());
    check(neighbours >= 0 && neighbours <= (cells > 1 && quantizer.keepsSigns() ? entry.maxNeighbours() : 0), info,
        "neighbours " + neighbours);
    check(entry.codebookBytes() == entry.expectedCodebookBytes(), info,
        "codebook of " + entry.codebookBytes() + " bytes");
    return entry;
  }

  private VectorQuantizer readQuantizer(FieldInfo info) throws IOException {
    int number = meta.readByte();
    int bits = meta.readByte();
    int subvectors = meta.readInt();
    try {
      return Quantizers.of(number, bits, subvectors);
    } catch (IllegalArgumentException e) {
      throw new CorruptIndexException("field [" + info.name + "]: " + e.getMessage(), meta, e);
    }
  }

  private void check(boolean right, FieldInfo info, String found) throws IOException {
    if (!right) {
      throw new CorruptIndexException("field [" + info.name + "] cannot have " + found, meta);
    }
  }

  private IndexInput slice(IndexInput file, FieldInfo info, long offset, long length) throws IOException {
    long end = file.length() - CodecUtil.footerLength();
    check(offset >= 0 && length >= 0 && offset <= end && length <= end - offset, info,
        "bytes at " + offset + ", " + length + " of them, of " + file);
    return file.slice(info.name, offset, length);
  }

  /** The codes of a field, or null if it has none. */
  Cells cells(String field) {
    return fields.get(field);
  }

  @Override
  public void checkIntegrity() throws IOException {
    floats.checkIntegrity();
    CodecUtil.checksumEntireFile(meta);
    CodecUtil.checksumEntireFile(codebooks);
    CodecUtil.checksumEntireFile(codes);
  }

  @Override
  public FloatVectorValues getFloatVectorValues(String field) throws IOException {
    OrdToDocDISIReaderConfiguration coded = docs.get(field);
    return coded == null ? floats.getFloatVectorValues(field) : new CodedVectors(fields.get(field), coded, codes);
  }

  @Override
  public ByteVectorValues getByteVectorValues(String field) throws IOException {
    return floats.getByteVectorValues(field);
  }

  @Override
  public void search(String field, float[] target, KnnCollector collector, AcceptDocs acceptDocs) throws IOException {
    try {
      searchOpen(field, target, collector, acceptDocs);
    } catch (IllegalStateException | NullPointerException e) {
      // A memory segment of a file that was closed by another thread, or one that Lucene no longer has when it slices such a file.
      if (e instanceof NullPointerException && !closed) {
        throw e;
      }
      throw new AlreadyClosedException("the segment was closed during a search of [" + field + "]", e);
    }
  }

  private void searchOpen(String field, float[] target, KnnCollector collector, AcceptDocs acceptDocs)
      throws IOException {
    Cells cells = fields.get(field);
    FloatVectorValues values = getFloatVectorValues(field);
    if (values.size() == 0 || collector.k() == 0) {
      return;
    }
    boolean codesOnly = docs.containsKey(field);
    FullPrecision scorer = codesOnly ? null
        : new FullPrecision(floats.getRandomVectorScorer(field, target), values, collector);
    int passing = acceptDocs.bits() == null ? values.size() : Math.min(values.size(), acceptDocs.cost());
    if (!codesOnly && (cells == null || passing <= FullPrecision.SCAN_UP_TO)) {
      scorer.scan(acceptDocs);
      return;
    }
    CodeSearch search = SignSearch.isShorter(cells, collector, passing)
        ? new SignSearch(cells, target, values, scorer, collector, acceptDocs)
        : cellSearch(cells, target, values, scorer, collector, acceptDocs, passing);
    search.search();
  }

  private static CellSearch cellSearch(Cells cells, float[] target, FloatVectorValues values, FullPrecision scorer,
      KnnCollector collector, AcceptDocs acceptDocs, int passing) throws IOException {
    Bits accepted = acceptDocs.bits() == null ? null : values.getAcceptOrds(acceptDocs.bits());
    Filter filter = Filter.of(acceptDocs, accepted, values, cells, passing);
    return new CellSearch(cells, target, values, scorer, collector, accepted, filter, passing);
  }

  @Override
  public void search(String field, byte[] target, KnnCollector collector, AcceptDocs acceptDocs) throws IOException {
    ByteVectorValues values = floats.getByteVectorValues(field);
    if (values.size() > 0 && collector.k() > 0) {
      new FullPrecision(floats.getRandomVectorScorer(field, target), values, collector).scan(acceptDocs);
    }
  }

  @Override
  public KnnVectorsReader getMergeInstance() throws IOException {
    return new CellsReader(this, floats.getMergeInstance());
  }

  @Override
  public void finishMerge() throws IOException {
    floats.finishMerge();
  }

  @Override
  public Map<String, Long> getOffHeapByteSize(FieldInfo info) {
    Map<String, Long> sizes = docs.containsKey(info.name) ? Map.of() : floats.getOffHeapByteSize(info);
    Cells cells = fields.get(info.name);
    if (cells == null || cells.vectors() == 0) {
      return sizes;
    }
    return mergeOffHeapByteSizeMaps(sizes, Map.of(QuantizedVectorsFormat.CODEBOOK_EXTENSION, cells.codebookBytes(),
        QuantizedVectorsFormat.CODES_EXTENSION, cells.codesBytes()));
  }

  @Override
  public void close() throws IOException {
    closed = true;
    IOUtils.close(floats, meta, codebooks, codes);
  }
}
