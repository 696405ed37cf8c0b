package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.QueryTables;
import dev.embedding.codec.quantization.SignQuantizer;
import dev.embedding.codec.quantization.SignTable;
import dev.embedding.codec.quantization.TrainedQuantizer;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.LongValues;
import org.apache.lucene.util.packed.DirectReader;
import org.apache.lucene.util.packed.DirectWriter;

/**
 * The codes of a field in an open segment: which cells there are, and where their blocks lie. On the heap are the mean,
 * what the quantizer has learned, and sixteen bytes for a cell.
 */
final class Cells {

  /** The entry of a field in the meta file of a version. */
  record Meta(int version, VectorQuantizer quantizer, VectorSimilarityFunction similarity, int dimension, int vectors,
      float error, float topError, float signError, int trainedOn, CodebookHash hash, int cells, int neighbours,
      int positionBits, long codebookOffset, long codebookBytes, long codesOffset, long codesBytes) {

    private boolean isCompact() {
      return version >= QuantizedVectorsFormat.VERSION_COMPACT;
    }

    /** Cells without centres are one cell. */
    int centres() {
      return cells == 1 ? 0 : cells;
    }

    int centreBytes() {
      return isCompact() ? CentreRow.bytes(dimension) : dimension * Float.BYTES;
    }

    /** Where in the codebook the numbers of the cells begin. */
    long sizesOffset() {
      return (long) dimension * Float.BYTES + (long) centres() * centreBytes();
    }

    private long learnedOffset() {
      return sizesOffset() + (cells + (isCompact() ? (long) centres() : 0)) * Integer.BYTES;
    }

    long centreCodesOffset() {
      long end = learnedOffset() + quantizer.learnedFloats(dimension) * Float.BYTES;
      return (end + CellsWriter.ALIGNMENT - 1) / CellsWriter.ALIGNMENT * CellsWriter.ALIGNMENT;
    }

    /** What the codebook must be long: mean, centres, sizes and starts of cells, what was learned, and the codes of the centres. */
    long expectedCodebookBytes() {
      return centreCodesOffset() + (long) BlockLayout.blocks(centres()) * centreLayout().bytes();
    }

    BlockLayout layout() {
      return BlockLayout.of(quantizer, dimension);
    }

    BlockLayout centreLayout() {
      return BlockLayout.of(CellsWriter.CENTRE_QUANTIZER, dimension);
    }

    /** Where all vectors are in one cell, their positions are their ordinals. */
    long positionBytes() {
      return cells == 1 ? 0 : DirectWriter.bytesRequired(vectors, positionBits);
    }

    SignLayout signLayout() {
      return isCompact() ? SignLayout.ROUNDED : SignLayout.FLOATS;
    }

    /** Bytes of a row of signs with its numbers; 0 if signs are not kept. */
    int signRowBytes() {
      return quantizer.keepsSigns() && cells > 1 ? signLayout().bytes(dimension) : 0;
    }

    long signBytes() {
      return (long) vectors * signRowBytes();
    }

    NeighbourLayout neighbourLayout() {
      return isCompact() ? EliasFanoNeighbours.of(neighbours, vectors) : FixedWidthNeighbours.of(neighbours, vectors);
    }

    int maxNeighbours() {
      return isCompact() ? EliasFanoNeighbours.MAX_NEIGHBOURS : FixedWidthNeighbours.MAX_NEIGHBOURS;
    }

    long neighbourBytes() {
      return (long) vectors * neighbourLayout().bytes();
    }

    /** What is left of the codes without positions, signs and neighbours. */
    long blockBytes() {
      return codesBytes - positionBytes() - signBytes() - neighbourBytes();
    }
  }

  private final Meta meta;
  private final IndexInput codebook;
  private final IndexInput codes;
  private final float[] mean;
  private final TrainedQuantizer quantizer;
  /** Null if there are no centres. */
  private final TrainedQuantizer centreQuantizer;
  /** Null if signs are not kept. */
  private final SignQuantizer signQuantizer;
  private final CellBlocks blocks;

  /**
   * @param codebook the field's part of the codebook file
   * @param codes the field's part of the codes file
   */
  Cells(Meta meta, IndexInput codebook, IndexInput codes) throws IOException {
    this.meta = meta;
    this.codebook = codebook;
    this.codes = codes;
    this.mean = new float[meta.dimension];
    IndexInput in = codebook.clone();
    in.readFloats(mean, 0, mean.length);
    in.seek(meta.sizesOffset());
    this.blocks = readBlocks(in);
    in.seek(meta.learnedOffset());
    float[] learned = new float[Math.toIntExact(meta.quantizer.learnedFloats(meta.dimension))];
    in.readFloats(learned, 0, learned.length);
    this.quantizer = meta.quantizer.restore(meta.dimension, learned);
    this.centreQuantizer = meta.centres() == 0 ? null
        : CellsWriter.CENTRE_QUANTIZER.restore(meta.dimension, new float[0]);
    this.signQuantizer = meta.signRowBytes() == 0 ? null : new SignQuantizer(meta.dimension);
  }

  private CellBlocks readBlocks(IndexInput in) throws IOException {
    int[] sizes = new int[meta.cells];
    in.readInts(sizes, 0, sizes.length);
    checkSizes(sizes);
    int[] starts = new int[sizes.length];
    if (meta.isCompact()) {
      in.readInts(starts, 0, meta.centres());
    }
    try {
      CellBlocks read = meta.isCompact() ? new CellBlocks(sizes, starts) : CellBlocks.apart(sizes);
      if ((long) read.blocks() * meta.layout().bytes() != meta.blockBytes()) {
        throw new CorruptIndexException("cells have " + read.blocks() + " blocks, in bytes " + meta.blockBytes(),
            codebook);
      }
      return read;
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new CorruptIndexException(e.getMessage(), codebook, e);
    }
  }

  private void checkSizes(int[] sizes) throws IOException {
    long vectors = 0;
    for (int size : sizes) {
      if (size < 0) {
        throw new CorruptIndexException("a cell has " + size + " vectors", codebook);
      }
      vectors += size;
    }
    if (vectors != meta.vectors) {
      throw new CorruptIndexException("cells have " + vectors + " vectors, the field " + meta.vectors, codebook);
    }
  }

  VectorQuantizer quantizer() {
    return meta.quantizer;
  }

  VectorSimilarityFunction similarity() {
    return meta.similarity;
  }

  int dimension() {
    return meta.dimension;
  }

  int vectors() {
    return meta.vectors;
  }

  int cells() {
    return meta.cells;
  }

  /** As many as cells, but none of a single cell. */
  int centres() {
    return meta.centres();
  }

  /** Where the cells are in the blocks. */
  CellBlocks blocks() {
    return blocks;
  }

  float error() {
    return meta.error;
  }

  float topError() {
    return meta.topError;
  }

  /** How many bits of a code there are for a dimension. */
  double bitsPerDimension() {
    return 8d * quantizer().planes() * quantizer().planeBytes(meta.dimension) / meta.dimension;
  }

  /** What a code stands for, before its factor, where there is no mean; of a kind that learns nothing. */
  void decode(byte[] code, float[] vector) {
    quantizer.decode(code, vector);
  }

  CodebookHash hash() {
    return meta.hash;
  }

  BlockLayout layout() {
    return meta.layout();
  }

  BlockLayout centreLayout() {
    return meta.centreLayout();
  }

  String resource() {
    return codes.toString();
  }

  /** The blocks of codes; for one thread. */
  BlockInput openBlocks() throws IOException {
    return new BlockInput(codes.slice("blocks", 0, meta.blockBytes()), layout().bytes());
  }

  /** The positions of the vectors. For one thread. */
  Positions openPositions() throws IOException {
    if (meta.cells == 1) {
      return ordinal -> ordinal;
    }
    LongValues positions = DirectReader.getInstance(codes.randomAccessSlice(meta.blockBytes(), meta.positionBytes()),
        meta.positionBits);
    int end = blocks.blocks() * Kernel.LANES;
    return ordinal -> {
      long position = get(positions, ordinal);
      if (position < 0 || position >= end) {
        throw new CorruptIndexException("no such position: " + position, codes);
      }
      return (int) position;
    };
  }

  private static long get(LongValues values, int index) throws IOException {
    try {
      return values.get(index);
    } catch (RuntimeException e) {
      // Lucene's reader of packed numbers has no other way to tell of one.
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Whether there are signs. */
  boolean keepsSigns() {
    return signQuantizer != null;
  }

  /** The rows of signs, by ordinal; for one thread. */
  BlockInput openSigns() throws IOException {
    long start = meta.blockBytes() + meta.positionBytes();
    return new BlockInput(codes.slice("signs", start, meta.signBytes()), meta.signRowBytes());
  }

  /** Whether there are rows of neighbours. */
  boolean keepsNeighbours() {
    return meta.neighbours > 0;
  }

  NeighbourLayout neighbourLayout() {
    return meta.neighbourLayout();
  }

  /** The rows of neighbours, by ordinal; for one thread. */
  BlockInput openNeighbours() throws IOException {
    long start = meta.codesBytes - meta.neighbourBytes();
    return new BlockInput(codes.slice("neighbours", start, meta.neighbourBytes()), neighbourLayout().bytes());
  }

  SignLayout signLayout() {
    return meta.signLayout();
  }

  SignTable signTable(Query query) {
    return signQuantizer.table(query.residual());
  }

  /** The expected error of an estimate from signs. */
  float signError() {
    return meta.signError;
  }

  /** Bytes of the signs of a vector; 0 if they are not kept. */
  int signBytes() {
    return keepsSigns() ? SignTable.rowBytes(meta.dimension) : 0;
  }

  /** Finds vectors in the blocks. */
  interface Positions {

    int of(int ordinal) throws IOException;
  }

  /** The blocks of the centres' codes; for one thread. */
  BlockInput openCentres() throws IOException {
    long offset = meta.centreCodesOffset();
    return new BlockInput(codebook.slice("centres", offset, meta.codebookBytes - offset), centreLayout().bytes());
  }

  Query query(float[] target) {
    return new Query(meta.similarity, VectorEncoder.normalize(meta.similarity, target), mean);
  }

  QueryTables codeTables(Query query) {
    return quantizer.tables(query.residual());
  }

  QueryTables centreTables(Query query) {
    return centreQuantizer.tables(query.residual());
  }

  /** The products of a query with the centres; for one thread. */
  CentreProducts centreProducts(Query query, Kernel kernel) throws IOException {
    BlockInput rows = openCentreRows();
    float[] residual = query.residual().coordinates();
    if (meta.isCompact()) {
      return cell -> {
        rows.seek(cell, 1);
        return Query.orZero(CentreRow.product(residual, rows.segment(), rows.offset(), kernel));
      };
    }
    float withMean = kernel.dot(residual, mean, 0);
    return cell -> {
      rows.seek(cell, 1);
      return Query.orZero(kernel.dot(residual, rows.segment(), rows.offset()) - withMean);
    };
  }

  private BlockInput openCentreRows() throws IOException {
    long start = (long) meta.dimension * Float.BYTES;
    return new BlockInput(codebook.slice("centre rows", start, meta.sizesOffset() - start), meta.centreBytes());
  }

  /** Whether a merged segment of so many vectors can have the codebook: centres of older versions cannot be written any more. */
  boolean fits(int vectors) {
    return (meta.isCompact() || meta.centres() == 0) && Codebook.fits(vectors, meta.trainedOn, meta.cells);
  }

  /** The codebook with its centres, for a merge; of one that {@link #fits}. */
  Codebook codebook() throws IOException {
    float[][] centres = new float[meta.centres()][meta.dimension];
    IndexInput in = codebook.clone();
    in.seek((long) meta.dimension * Float.BYTES);
    for (float[] centre : centres) {
      CentreRow.read(in, centre);
    }
    return new Codebook(quantizer, meta.similarity, mean, meta.error, meta.topError, meta.signError, meta.trainedOn,
        centres);
  }

  long codebookBytes() {
    return meta.codebookBytes;
  }

  long codesBytes() {
    return meta.codesBytes;
  }
}
