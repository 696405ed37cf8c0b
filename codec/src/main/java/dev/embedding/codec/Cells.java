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
import org.apache.lucene.store.RandomAccessInput;

/**
 * The codes of a field in an open segment: which cells there are, and where their blocks lie. On the heap are the mean,
 * what the quantizer has learned, and eight bytes for a cell.
 */
final class Cells {

  /** The entry of a field in the meta file. */
  record Meta(VectorQuantizer quantizer, VectorSimilarityFunction similarity, int dimension, int vectors, float error,
      float topError, float signError, int trainedOn,
      CodebookHash hash, int cells, int neighbours, long codebookOffset, long codebookBytes, long codesOffset,
      long codesBytes) {

    /** Cells without centres are one cell. */
    int centres() {
      return cells == 1 ? 0 : cells;
    }

    long centreFloats() {
      return (long) centres() * dimension;
    }

    BlockLayout layout() {
      return BlockLayout.of(quantizer, dimension);
    }

    BlockLayout centreLayout() {
      return BlockLayout.of(CellsWriter.CENTRE_QUANTIZER, dimension);
    }

    /** Where all vectors are in one cell, their places are their ordinals. */
    long positionBytes() {
      return cells == 1 ? 0 : (long) vectors * Integer.BYTES;
    }

    /** Bytes of a row of signs with its base and factor; 0 if signs are not kept. */
    int signRowBytes() {
      return quantizer.keepsSigns() && cells > 1 ? SignLayout.bytes(dimension) : 0;
    }

    long signBytes() {
      return (long) vectors * signRowBytes();
    }

    NeighbourLayout neighbourLayout() {
      return NeighbourLayout.of(neighbours, vectors);
    }

    long neighbourBytes() {
      return (long) vectors * neighbourLayout().bytes();
    }

    long blockBytes() {
      return codesBytes - positionBytes() - signBytes() - neighbourBytes();
    }

    long centreCodesOffset() {
      long end = (dimension + centreFloats() + cells + quantizer.learnedFloats(dimension)) * Float.BYTES;
      return (end + CellsWriter.ALIGNMENT - 1) / CellsWriter.ALIGNMENT * CellsWriter.ALIGNMENT;
    }

    /** What the codebook must be long: mean, centres, sizes, what was learned, and the codes of the centres. */
    long expectedCodebookBytes() {
      return centreCodesOffset() + (long) BlockLayout.blocks(centres()) * centreLayout().bytes();
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
  private final int[] sizes;
  private final int[] firstBlocks;

  /**
   * @param codebook the field's part of the codebook file
   * @param codes the field's part of the codes file
   */
  Cells(Meta meta, IndexInput codebook, IndexInput codes) throws IOException {
    this.meta = meta;
    this.codebook = codebook;
    this.codes = codes;
    this.mean = new float[meta.dimension];
    this.sizes = new int[meta.cells];
    this.firstBlocks = new int[meta.cells + 1];
    IndexInput in = codebook.clone();
    in.readFloats(mean, 0, mean.length);
    in.seek((meta.dimension + meta.centreFloats()) * Float.BYTES);
    in.readInts(sizes, 0, sizes.length);
    float[] learned = new float[Math.toIntExact(meta.quantizer.learnedFloats(meta.dimension))];
    in.readFloats(learned, 0, learned.length);
    this.quantizer = meta.quantizer.restore(meta.dimension, learned);
    this.centreQuantizer = meta.centres() == 0 ? null
        : CellsWriter.CENTRE_QUANTIZER.restore(meta.dimension, new float[0]);
    this.signQuantizer = meta.signRowBytes() == 0 ? null : new SignQuantizer(meta.dimension);
    checkSizes();
  }

  private void checkSizes() throws IOException {
    long vectors = 0;
    long blocks = 0;
    for (int cell = 0; cell < sizes.length; cell++) {
      if (sizes[cell] < 0) {
        throw new CorruptIndexException("a cell has " + sizes[cell] + " vectors", codebook);
      }
      vectors += sizes[cell];
      blocks += BlockLayout.blocks(sizes[cell]);
      firstBlocks[cell + 1] = (int) blocks;
    }
    if (vectors != meta.vectors) {
      throw new CorruptIndexException("cells have " + vectors + " vectors, the field " + meta.vectors, codebook);
    }
    if (blocks * meta.layout().bytes() != meta.blockBytes()) {
      throw new CorruptIndexException("codes of " + blocks + " blocks have " + meta.codesBytes + " bytes", codes);
    }
    if (blocks > Integer.MAX_VALUE / Kernel.LANES) {
      throw new CorruptIndexException("too many blocks: " + blocks, codes);
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

  int vectors(int cell) {
    return sizes[cell];
  }

  int cells() {
    return meta.cells;
  }

  /** As many as cells, but none of a single cell. */
  int centres() {
    return meta.centres();
  }

  int blocks() {
    return firstBlocks[meta.cells];
  }

  int firstBlock(int cell) {
    return firstBlocks[cell];
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

  /** Where the vectors are: by ordinal, the number of the block times {@link Kernel#LANES}, plus the lane. For one thread. */
  Positions openPositions() throws IOException {
    if (meta.cells == 1) {
      return ordinal -> ordinal;
    }
    RandomAccessInput positions = codes.randomAccessSlice(meta.blockBytes(), meta.positionBytes());
    int end = firstBlocks[meta.cells] * Kernel.LANES;
    return ordinal -> {
      int position = positions.readInt((long) ordinal * Integer.BYTES);
      if (position < 0 || position >= end) {
        throw new CorruptIndexException("no such position: " + position, codes);
      }
      return position;
    };
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

  /** The cell to which a position belongs. */
  int cellAt(int position) {
    return CellMembers.cellAt(firstBlocks, position / Kernel.LANES);
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

  /** The centres as floats; for one thread. */
  BlockInput openCentreFloats() throws IOException {
    long bytes = meta.centreFloats() * Float.BYTES;
    return new BlockInput(codebook.slice("centre floats", (long) meta.dimension * Float.BYTES, bytes),
        meta.dimension * Float.BYTES);
  }

  boolean fits(int vectors) {
    return Codebook.fits(vectors, meta.trainedOn, meta.cells);
  }

  /** The codebook with its centres, for a merge. */
  Codebook codebook() throws IOException {
    float[][] centres = new float[meta.centres()][meta.dimension];
    IndexInput in = codebook.clone();
    in.seek((long) meta.dimension * Float.BYTES);
    for (float[] centre : centres) {
      in.readFloats(centre, 0, centre.length);
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
