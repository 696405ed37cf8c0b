package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.hnsw.FlatFieldVectorsWriter;
import org.apache.lucene.codecs.hnsw.FlatVectorsWriter;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.packed.DirectWriter;

/**
 * Writes the files of a {@link QuantizedVectorsFormat}. While documents come in, only the floats are kept, by Lucene's writer; codebook and codes are made
 * at flush or merge. Then the heap holds a training sample of at most 64 MB, the centres, what the quantizer learns and up to 16 MB for it to learn with, all of
 * it set aside by {@link TrainingMemory} while it learns; then eight bytes for each vector (sixteen in a merge), up to 16 MB, set aside likewise, for
 * rows of neighbours, and 2.6 MB for lists of them. Codes wait in a temporary file until they are written cell by cell, and so do lists of neighbours while they get better.
 */
final class CellsWriter extends KnnVectorsWriter {

  static final int ALIGNMENT = 64;

  /** The component in Lucene's log of indexing. */
  private static final String INFO = "QV";

  /**
   * How centres are encoded in every file, whatever the codes are: one bit orders them badly, four take longer to read and order them no better. Searches also
   * take products with the centres of far cells from it.
   */
  static final VectorQuantizer CENTRE_QUANTIZER = Quantizers.of("binary", 2);

  private static final int MONOTONIC_BLOCK_SHIFT = 16;

  private final SegmentWriteState state;
  private final VectorQuantizer quantizer;
  private final boolean keepsFloats;
  private final TrainingMemory memory;
  private final FlatVectorsWriter floats;
  private final List<Field> fields = new ArrayList<>();
  private final List<CodesFieldWriter> codeFields = new ArrayList<>();
  private final IndexOutput meta;
  private final IndexOutput codebooks;
  private final IndexOutput codes;
  private boolean finished;

  /** @param keepsFloats whether the floats are kept beside the codes */
  CellsWriter(SegmentWriteState state, VectorQuantizer quantizer, boolean keepsFloats, TrainingMemory memory,
      FlatVectorsWriter floats) throws IOException {
    this.state = state;
    this.quantizer = quantizer;
    this.keepsFloats = keepsFloats;
    this.memory = memory;
    this.floats = floats;
    List<IndexOutput> opened = new ArrayList<>();
    try {
      meta = create(QuantizedVectorsFormat.META_EXTENSION, QuantizedVectorsFormat.META_CODEC, opened);
      codebooks = create(QuantizedVectorsFormat.CODEBOOK_EXTENSION, QuantizedVectorsFormat.CODEBOOK_CODEC, opened);
      codes = create(QuantizedVectorsFormat.CODES_EXTENSION, QuantizedVectorsFormat.CODES_CODEC, opened);
    } catch (Throwable t) {
      IOUtils.closeWhileSuppressingExceptions(t, opened);
      IOUtils.closeWhileSuppressingExceptions(t, floats);
      throw t;
    }
  }

  private IndexOutput create(String extension, String codec, List<IndexOutput> opened) throws IOException {
    String name = IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
    IndexOutput out = state.directory.createOutput(name, state.context);
    opened.add(out);
    CodecUtil.writeIndexHeader(out, codec, QuantizedVectorsFormat.VERSION_CURRENT, state.segmentInfo.getId(),
        state.segmentSuffix);
    return out;
  }

  @Override
  public KnnFieldVectorsWriter<?> addField(FieldInfo info) throws IOException {
    if (keepsOnlyCodes(info)) {
      CodesFieldWriter writer = new CodesFieldWriter(info, untrained(info));
      codeFields.add(writer);
      return writer;
    }
    FlatFieldVectorsWriter<?> writer = floats.addField(info);
    fields.add(new Field(info, writer));
    return writer;
  }

  private boolean keepsOnlyCodes(FieldInfo info) {
    return !keepsFloats && info.getVectorEncoding() == VectorEncoding.FLOAT32;
  }

  private Codebook untrained(FieldInfo info) {
    return Codebook.untrained(quantizer, info.getVectorSimilarityFunction(), info.getVectorDimension());
  }

  @Override
  public void flush(int maxDoc, Sorter.DocMap sortMap) throws IOException {
    floats.flush(maxDoc, sortMap);
    for (Field field : fields) {
      if (field.info.getVectorEncoding() == VectorEncoding.FLOAT32) {
        write(field.info, BufferedVectors.of(field.writer, sortMap), null);
      } else {
        writeWithoutCodes(field.info);
      }
    }
    for (CodesFieldWriter field : codeFields) {
      CodesFieldWriter.Sorted sorted = field.sort(sortMap);
      write(field.info(), sorted.vectors(), field.codebook());
      writeDocs(sorted.docs(), maxDoc);
    }
  }

  /** Which documents have vectors, where Lucene's files of the floats do not tell. */
  private void writeDocs(DocsWithFieldSet docs, int maxDoc) throws IOException {
    OrdToDocDISIReaderConfiguration.writeStoredMeta(MONOTONIC_BLOCK_SHIFT, meta, codes, docs.cardinality(), maxDoc,
        docs);
  }

  @Override
  public void mergeOneField(FieldInfo info, MergeState mergeState) throws IOException {
    if (keepsOnlyCodes(info)) {
      mergeCodes(info, mergeState);
      return;
    }
    floats.mergeOneField(info, mergeState);
    if (info.getVectorEncoding() != VectorEncoding.FLOAT32) {
      writeWithoutCodes(info);
      return;
    }
    MergedVectors vectors = new MergedVectors(info, mergeState);
    Codebook known = vectors.codebook(quantizer);
    if (known != null) {
      vectors.use(known);
    }
    write(info, vectors, known);
  }

  private void mergeCodes(FieldInfo info, MergeState mergeState) throws IOException {
    MergedVectors vectors = new MergedVectors(info, mergeState);
    Codebook codebook = untrained(info);
    vectors.use(codebook);
    write(info, vectors, codebook);
    writeDocs(vectors.docs(), state.segmentInfo.maxDoc());
  }

  private void writeWithoutCodes(FieldInfo info) throws IOException {
    meta.writeInt(info.number);
    meta.writeByte(CellsReader.NO_CODES);
  }

  /** @param known the codebook to use, or null to learn one */
  private void write(FieldInfo info, VectorSource vectors, Codebook known) throws IOException {
    if (known == null && vectors.size() < quantizer.leastSample()) {
      writeWithoutCodes(info);
      return;
    }
    VectorSimilarityFunction similarity = info.getVectorSimilarityFunction();
    Codebook codebook = known != null ? known : train(info, vectors);
    long codesOffset = codes.alignFilePointer(ALIGNMENT);
    CellBlocks cells = writeCodes(vectors, codebook);
    long codebookOffset = codebooks.alignFilePointer(ALIGNMENT);
    writeCodebook(codebook, cells);

    meta.writeInt(info.number);
    meta.writeByte(keepsFloats ? CellsReader.CODES : CellsReader.CODES_ONLY);
    meta.writeByte((byte) CellsReader.SIMILARITIES.indexOf(similarity));
    meta.writeInt(info.getVectorDimension());
    meta.writeInt(vectors.size());
    meta.writeByte((byte) quantizer.wireNumber());
    meta.writeByte((byte) quantizer.bits());
    meta.writeInt(quantizer.subvectors());
    meta.writeInt(Float.floatToRawIntBits(codebook.error()));
    meta.writeInt(Float.floatToRawIntBits(codebook.topError()));
    meta.writeInt(Float.floatToRawIntBits(codebook.signError()));
    meta.writeInt(codebook.trainedOn());
    CodebookHash hash = codebook.hash();
    meta.writeLong(hash.first());
    meta.writeLong(hash.second());
    meta.writeInt(codebook.cells());
    meta.writeInt(NeighbourFinder.neighbours(codebook, vectors.size()));
    meta.writeByte((byte) positionBits(cells));
    meta.writeLong(codebookOffset);
    meta.writeLong(codebooks.getFilePointer() - codebookOffset);
    meta.writeLong(codesOffset);
    meta.writeLong(codes.getFilePointer() - codesOffset);
  }

  private Codebook train(FieldInfo info, VectorSource vectors) throws IOException {
    SampleSize size = SampleSize.of(quantizer, info.getVectorDimension(), vectors.size());
    long reserved = memory.reserve(size.wantedBytes(), size.leastBytes());
    try {
      return train(info, vectors, size.vectors(reserved), size.wanted());
    } finally {
      memory.release(reserved);
    }
  }

  private Codebook train(FieldInfo info, VectorSource vectors, int sampled, int wanted) throws IOException {
    long start = System.nanoTime();
    Codebook codebook = Codebook.train(quantizer, info.getVectorSimilarityFunction(), info.getVectorDimension(),
        vectors, sampled);
    if (state.infoStream.isEnabled(INFO)) {
      state.infoStream.message(INFO, String.format(Locale.ROOT,
          "field [%s] of segment %s: learned for %d vectors from %d of them (%d wanted) in %d ms: %s, %d cells, expected"
              + " error %.4f",
          info.name, state.segmentInfo.name, vectors.size(), sampled, wanted, (System.nanoTime() - start) / 1_000_000,
          codebook.quantizer(), codebook.cells(), codebook.error()));
    }
    return codebook;
  }

  private static int positionBits(CellBlocks cells) {
    return DirectWriter.unsignedBitsRequired(Math.max(1, (long) cells.blocks() * Kernel.LANES - 1));
  }

  private void writeCodebook(Codebook codebook, CellBlocks cells) throws IOException {
    writeFloats(codebook.mean());
    for (float[] centre : codebook.centres()) {
      CentreRow.write(centre, codebooks);
    }
    for (int cell = 0; cell < codebook.cells(); cell++) {
      codebooks.writeInt(cells.size(cell));
    }
    for (int cell = 0; cell < codebook.centres().length; cell++) {
      codebooks.writeInt(cells.start(cell));
    }
    writeFloats(codebook.quantizer().learned());
    codebooks.alignFilePointer(ALIGNMENT);
    int dimension = codebook.mean().length;
    VectorEncoder encoder = new VectorEncoder(codebook.similarity(),
        CENTRE_QUANTIZER.restore(dimension, new float[0]), codebook.mean(), false, 1);
    CodeRow row = new CodeRow(encoder.code().length);
    BlockBuffer block = new BlockBuffer(BlockLayout.of(CENTRE_QUANTIZER, dimension),
        CENTRE_QUANTIZER.planeBytes(dimension));
    float[] centre = new float[dimension];
    for (int cell = 0; cell < codebook.centres().length; cell++) {
      for (int i = 0; i < dimension; i++) {
        centre[i] = codebook.mean()[i] + codebook.centres()[cell][i];
      }
      encoder.encode(centre, null);
      row.set(encoder, cell);
      block.add(cell, row, codebooks);
    }
    block.flush(codebooks);
  }

  private void writeFloats(float[] floats) throws IOException {
    byte[] bytes = Codebook.bytes(floats);
    codebooks.writeBytes(bytes, bytes.length);
  }

  /** Writes blocks, positions, signs and neighbours; returns where the cells are. */
  private CellBlocks writeCodes(VectorSource vectors, Codebook codebook) throws IOException {
    CodeSource rows = new CodeSource(vectors, codebook);
    int dimension = codebook.mean().length;
    BlockBuffer block = new BlockBuffer(BlockLayout.of(quantizer, dimension), quantizer.planeBytes(dimension));
    if (codebook.cells() > 1) {
      return writeByCell(rows, vectors, codebook, block);
    }
    for (int ordinal = 0; ordinal < vectors.size(); ordinal++) {
      block.add(ordinal, rows.get(ordinal), codes);
    }
    block.flush(codes);
    return CellBlocks.shared(new int[] {vectors.size()});
  }

  private CellBlocks writeByCell(CodeSource rows, VectorSource vectors, Codebook codebook, BlockBuffer block)
      throws IOException {
    int[] cellOf = new int[vectors.size()];
    int[] sizes = new int[codebook.cells()];
    CodeRow row = rows.row();
    try (TemporaryRows encoded = temporary("rows", row.bytes(), out -> writeRows(rows, cellOf, sizes, out))) {
      CellMembers members = new CellMembers(cellOf, sizes);
      CellBlocks cells = CellBlocks.shared(sizes);
      int[] positions = cellOf;
      int blockBytes = BlockLayout.of(quantizer, codebook.mean().length).bytes();
      try (TemporaryRows blocks = temporary("blocks", blockBytes,
          out -> writeBlocks(encoded, row, members, cells, positions, block, out))) {
        IndexInput in = blocks.in();
        codes.copyBytes(in, in.length());
        writePositions(positions, positionBits(cells));
        if (codebook.keepsSigns()) {
          writeSigns(encoded, row);
        }
        if (NeighbourFinder.neighbours(codebook, positions.length) > 0) {
          new NeighbourFinder(state, codes.getName(), memory, vectors, codebook, members, cells, positions)
              .write(blocks, encoded, row.signsAt(), codes);
        }
      }
      return cells;
    }
  }

  private TemporaryRows temporary(String suffix, int rowBytes, TemporaryRows.Content content) throws IOException {
    return TemporaryRows.of(state, codes.getName(), suffix, rowBytes, content);
  }

  private static void writeRows(CodeSource rows, int[] cellOf, int[] sizes, IndexOutput out) throws IOException {
    for (int ordinal = 0; ordinal < cellOf.length; ordinal++) {
      CodeRow row = rows.get(ordinal);
      row.write(out);
      cellOf[ordinal] = row.cell;
      sizes[row.cell]++;
    }
  }

  /** Writes the blocks of all cells, and tells at which position in them each vector is. */
  private static void writeBlocks(TemporaryRows encoded, CodeRow row, CellMembers members, CellBlocks cells,
      int[] positions, BlockBuffer block, IndexOutput out) throws IOException {
    IndexInput in = encoded.in();
    for (int cell : cells.order()) {
      if (cells.start(cell) % Kernel.LANES == 0) {
        block.flush(out);
      }
      for (int i = 0; i < members.size(cell); i++) {
        int ordinal = members.ordinal(cell, i);
        positions[ordinal] = cells.start(cell) + i;
        in.seek((long) ordinal * row.bytes());
        row.read(in);
        block.add(ordinal, row, out);
      }
    }
    block.flush(out);
  }

  private void writePositions(int[] positions, int bits) throws IOException {
    DirectWriter writer = DirectWriter.getInstance(codes, positions.length, bits);
    for (int position : positions) {
      writer.add(position);
    }
    writer.finish();
  }

  private void writeSigns(TemporaryRows encoded, CodeRow row) throws IOException {
    IndexInput in = encoded.in();
    for (long at = 0; at < in.length(); at += row.bytes()) {
      in.seek(at + row.signsAt());
      codes.copyBytes(in, row.bytes() - row.signsAt());
    }
  }

  @Override
  public void finish() throws IOException {
    if (finished) {
      throw new IllegalStateException("already finished");
    }
    finished = true;
    floats.finish();
    meta.writeInt(-1);
    CodecUtil.writeFooter(meta);
    CodecUtil.writeFooter(codebooks);
    CodecUtil.writeFooter(codes);
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(meta, codebooks, codes, floats);
  }

  @Override
  public long ramBytesUsed() {
    long bytes = floats.ramBytesUsed();
    for (CodesFieldWriter field : codeFields) {
      bytes += field.ramBytesUsed();
    }
    return bytes;
  }

  private record Field(FieldInfo info, FlatFieldVectorsWriter<?> writer) {}

  /** Codes one after another: copied where a merged segment has them, else made. */
  static final class CodeSource {

    private static final int BATCH = 64;

    private final VectorSource vectors;
    private final VectorSimilarityFunction similarity;
    private final Codebook codebook;
    private final VectorEncoder encoder;
    private final Codebook.CellFinder cells;
    private final CodeRow row;
    private int start;
    private int end;
    /** By place in the batch: the number that the encoder knows the vector by, and its cell. */
    private final int[] numbers = new int[BATCH];
    private final int[] cellOf = new int[BATCH];

    CodeSource(VectorSource vectors, Codebook codebook) {
      this.vectors = vectors;
      this.similarity = codebook.similarity();
      this.codebook = codebook;
      this.encoder = new VectorEncoder(similarity, codebook.quantizer(), codebook.mean(), codebook.keepsSigns(),
          BATCH);
      this.cells = codebook.cellFinder();
      this.row = new CodeRow(encoder.code().length, codebook.signBytes());
    }

    CodeRow row() {
      return row;
    }

    /** The code of an ordinal, each in its turn from 0 on. */
    CodeRow get(int ordinal) throws IOException {
      if (ordinal == end) {
        take();
      }
      if (vectors.hasCode(ordinal)) {
        vectors.copy(ordinal, row);
      } else {
        encoder.encode(numbers[ordinal - start]);
        row.set(encoder, cellOf[ordinal - start]);
      }
      return row;
    }

    /** Takes the next vectors. */
    private void take() throws IOException {
      start = end;
      end = Math.min(vectors.size(), start + BATCH);
      int taken = 0;
      for (int ordinal = start; ordinal < end; ordinal++) {
        if (!vectors.hasCode(ordinal)) {
          float[] vector = VectorEncoder.normalize(similarity, vectors.vector(ordinal));
          int cell = cells.cell(vector);
          encoder.take(taken, vector, codebook.centre(cell));
          numbers[ordinal - start] = taken++;
          cellOf[ordinal - start] = cell;
        }
      }
      encoder.prepare(taken);
    }
  }
}
