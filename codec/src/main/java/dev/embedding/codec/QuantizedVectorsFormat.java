package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.hnsw.FlatVectorScorerUtil;
import org.apache.lucene.codecs.hnsw.FlatVectorsFormat;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.codecs.lucene99.Lucene99FlatVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.util.packed.DirectWriter;

/**
 * Vectors with quantized codes that are scanned, not walked: the vectors of a segment lie in cells around centres, a search reads the codes of the nearest
 * cells by byte shuffles, and scores the best estimates again in full precision. The floats are kept bit for bit beside the codes.
 *
 * <p>No graph is walked from afar. On real embeddings a graph visits fewer vectors, but each visit is a jump in memory, which costs as much as scanning
 * dozens of codes in a row; the benchmark module measures it. One structure serves all sizes: a segment of fewer than {@value Codebook#CELLS_FROM} vectors is
 * one cell, and a filter makes a scan shorter where it would break a graph apart. Building it is a k-means of a sample and one look at each vector. But what
 * cells miss is mostly near to what they find. Therefore segments of {@value NeighbourFinder#FROM} vectors and more, of kinds that keep signs, have a short
 * row of neighbours for each vector, which is followed in the end only. How large the sample is depends on the number of vectors, and on the
 * {@link TrainingMemory} that there is at the time: the same vectors may make other codes where memory was short.
 *
 * <p>Quantizations come from {@link Quantizers}; there is one format for all of them, so that one name in segments, one reader and one specification
 * serve, and segments of different quantizations merge. Formats are equal if their quantizations are.
 *
 * <h2>Search</h2>
 *
 * The k of the collector is the beam. As many vectors are read as half the beam times the square root of the number of vectors that pass the filter, cell by
 * cell in the order of the centres' estimated closeness. What a centre adds to the estimates of its vectors is its product with the query, but for codes of
 * less than two bits a dimension in all but the first cells an estimate of it by the code of the centre. A kind that learns needs some thousands of vectors; smaller segments have no codes, and all their
 * vectors are scored in full precision. How many of the best estimates are scored in full precision is decided by the expected error of the
 * codes, or by {@link RescoreStrategy#oversample}, and where results are wanted from several segments together by the share that this one has of all documents. Up to {@value FullPrecision#SCAN_UP_TO} passing vectors are all scored in full precision. Where the cells
 * would be read for a vector here and there, every vector that passes is estimated by its row of signs instead. After cells, where there are rows of
 * neighbours, those of the F best are estimated by their signs, F being at most a sixth of the root of the number of vectors; those that may be among the best
 * are scored in full precision too, and theirs are followed in turn. If nearly all vectors pass, and F, at most the number of wanted results k, is more than
 * {@value CellSearch#LEADING}, the vectors that are read before are fewer by (F − {@value CellSearch#LEADING})/k of them. Scores that leave are those of full precision.
 *
 * <h2>Files</h2>
 *
 * The floats are in the files of {@link Lucene99FlatVectorsFormat}, as are byte vectors, which have no codes. Each of the three files below begins with
 * {@link org.apache.lucene.codecs.CodecUtil#writeIndexHeader}, of version 2, and ends with {@link org.apache.lucene.codecs.CodecUtil#writeFooter}. Numbers are
 * little-endian. How files of versions 0 and 1 differ is told at the end.
 *
 * <p><b>.eqm</b>, the fields, each:
 * <ul>
 * <li>int: the number of the field; −1 ends the file
 * <li>byte: 0 if there are no codes, as for byte vectors and where there are too few floats to learn from, and nothing else follows; 1 if there are codes; 2
 * if only codes are kept, and no floats
 * <li>byte: the similarity; 0 euclidean, 1 dot product, 2 cosine, 3 maximum inner product
 * <li>int: the dimension D; int: the number of vectors N
 * <li>byte: the number of the quantization; byte: its bits B; int: its sub-vectors, or 0 for a kind without
 * <li>float: the expected error of an estimate, as a multiple of the vector's factor and the length of the query's residual; float: the same for the
 * difference of an estimate from the heaviest plane alone; float: the same for an estimate from signs, or 0 if there are none
 * <li>int: the number of vectors for which the codebook was learned; 16 bytes: the hash of the codebook, two longs of the first half, the first byte highest
 * in each, of the SHA-256 of number, bits and similarity, a byte each, the two lower bytes of the number of sub-vectors, the lowest first, and the floats of
 * mean, centres less the mean, and what was learned
 * <li>int: the number of cells C
 * <li>int: the number of neighbours R in a row, at most {@value EliasFanoNeighbours#MAX_NEIGHBOURS}; 0 if there are no rows
 * <li>byte: the bits P of a position, also if C is 1; one of the numbers that {@link DirectWriter} takes, up to 32
 * <li>long, long: where the field begins in .eqb and its bytes; long, long: the same in .eqc; both begin at multiples of {@value CellsWriter#ALIGNMENT}
 * <li>if only codes are kept, which documents have vectors: what {@link OrdToDocDISIReaderConfiguration} writes into a meta file, with its data in .eqc
 * </ul>
 *
 * <p><b>.eqb</b>, the codebooks, each:
 * <ul>
 * <li>D floats: the mean
 * <li>the centres less the mean, each a float, the scale, and D signed bytes, which times the scale are its coordinates; none if C is 1. The scale is the
 * smallest float of nine significant bits by which no coordinate is more than 127; or 0 if it would not be a normal number, or 127 times it not a float
 * <li>C ints: the number of vectors in each cell
 * <li>C ints: the position of the first vector of each cell, any of an empty one; none if C is 1
 * <li>floats: what the quantization has learned, as below; none for a kind that learns nothing
 * <li>up to the next multiple of {@value CellsWriter#ALIGNMENT}, nothing
 * <li>the centres' codes in blocks, as below, of two bits, with the cell for an ordinal, and the mean for the centre of their cell; none if C is 1
 * </ul>
 *
 * <p><b>.eqc</b>, the codes, each field:
 * <ul>
 * <li>blocks of {@value Kernel#LANES} vectors. The position of a vector is the number of its block times 32 plus its lane; the vectors of a cell are in
 * consecutive positions, in the order of their ordinals. Cells follow each other, and share blocks, as long as none is in more blocks than it would be if it
 * began one; before one that would be, and at the end, a block is padded. A block is four columns, or three if there is one plane, then the planes:
 * <ul>
 * <li>32 ints: ordinals
 * <li>32 floats: bases; for euclidean −‖x'‖²/2, else ⟨x', m⟩, where m is the mean, x the vector, for cosine scaled to length one, and x' = x − m; negative
 * infinity in padding
 * <li>32 floats: factors, as below
 * <li>32 floats, if there are several planes: factors for the heaviest plane alone
 * <li>the planes, from the lightest to the heaviest, each in rows of 32 bytes, one of each vector, up to a multiple of {@value Kernel#ROWS} rows; within a row
 * the bytes are in the order of {@link Kernel#byteOfLane}
 * </ul>
 * <li>unless C is 1, for each ordinal the position, as {@link DirectWriter} writes P bits, with its padding; if C is 1, positions are ordinals
 * <li>N rows of signs, unless C is 1 or the kind keeps none: for each ordinal an int, the upper 18 bits of which are those of the base as a float, and the lower
 * 14 those of the factor of the signs behind its sign, both rounded towards positive infinity, but at most to the largest finite number; and a bit for each
 * dimension, the first in bit 0 of the first byte, in whole longs
 * <li>N rows of neighbours, if R is not 0: for each ordinal the ordinals of R vectors of other cells, in ascending order; one with fewer neighbours is filled up
 * with its own ordinal. With L, the logarithm of (N − 1)/R to the base of 2, rounded down, but at least 0, the i-th ordinal o, from 0, sets the bit
 * ⌊o/2<sup>L</sup>⌋ + i of the row's first R + ⌊(N − 1)/2<sup>L</sup>⌋ bits, and its L lower bits are the i-th L bits behind these. The first bit is bit 0 of the
 * first byte; a row is whole bytes, at least 8
 * </ul>
 *
 * <h2>Codes</h2>
 *
 * A code is one of r = x − c, the vector less the centre of its cell, or less the mean if there is one cell. It stands for a vector û, and the estimate of
 * ⟨r, q'⟩ is the factor times ⟨û, q'⟩, both after a rotation.
 *
 * <p><b>binary</b> (1) and <b>scalar</b> (2): the rotation is rounds of signs from a fixed seed, Hadamard transforms and butterflies. There are B planes with
 * one bit of each dimension, eight dimensions a byte, the first in bit 0. û is the number of these bits less (2<sup>B</sup> − 1)/2, and the factor ‖r‖² / ⟨r,
 * û⟩; for the heaviest plane û is ½ or −½. Both kinds keep signs: the code with one bit of x − m by the same rotation, whose factor is likewise.
 *
 * <p><b>product</b> (3): a vector is cut into M sub-vectors, the i-th, from 0, of the dimensions from i·D/M up to (i + 1)·D/M, rounded down; M is the number
 * in the meta file, but at least D/64, rounded up, and at most D. Each has 2<sup>B</sup> centroids; û is the nearest of each sub-vector, and the factor ‖r‖ /
 * ‖û‖. A nibble of a plane is that of a sub-vector, the earlier one low. If B is 8 the lighter plane has the low nibbles of the centroids' numbers, and for the
 * heavier one û is the mean of the 16 centroids with the same high nibble. Learned are
 * <ul>
 * <li>the rotation, in blocks, of which there are b = D/512, rounded up, and at most M: the i-th has the sub-vectors from i·M/b up to (i + 1)·M/b, rounded
 * down, and a square matrix; row j is what coordinate j adds to each rotated coordinate. They are principal axes, dealt to the sub-vectors so that the products
 * of variances are alike
 * <li>the centroids: for each dimension of the rotated vector its coordinate in the 2<sup>B</sup> centroids of its sub-vector
 * </ul>
 *
 * <h2>Older versions</h2>
 *
 * In files of versions 0 and 1 there are no positions of the cells' first vectors, and no P: each cell begins a block, and its last one is padded, the cells
 * in the order of their numbers; positions are ints. Centres are D floats each, not less the mean, in the hash as well; base and factor in a row of signs are
 * a float each, the base first. In version 0 there are no neighbours and no R. In version 1 R is at most {@value FixedWidthNeighbours#MAX_NEIGHBOURS}, and the
 * ordinals of a row are in no order, each in as many bits as N − 1 needs, the first in the lowest bits of the first byte.
 *
 * <h2>Merging</h2>
 *
 * A merge takes the codebook of the segment that gives most vectors, unless that was learned for less than a quarter of them, or has centres and is of an
 * older version; codes made with it are copied, others are made anew from the floats. Rows of neighbours are always made anew. Where only codes are kept, the
 * mean is zero, and there is one cell, so that all segments have the same codebook.
 */
public final class QuantizedVectorsFormat extends KnnVectorsFormat {

  /** The name in segments, for ever. */
  public static final String NAME = "EmbeddingQuantizedVectors";

  /** The largest dimension that files may have. */
  public static final int MAX_DIMENSIONS = 32_768;

  static final String META_CODEC = "EmbeddingQuantizedVectorsMeta";
  static final String CODEBOOK_CODEC = "EmbeddingQuantizedVectorsCodebook";
  static final String CODES_CODEC = "EmbeddingQuantizedVectorsCodes";
  static final String META_EXTENSION = "eqm";
  static final String CODEBOOK_EXTENSION = "eqb";
  static final String CODES_EXTENSION = "eqc";
  static final int VERSION_START = 0;
  /** The first version with rows of neighbours. */
  static final int VERSION_NEIGHBOURS = 1;
  /** The first version that takes less room: cells share blocks, centres have a byte a number, rows are denser. */
  static final int VERSION_COMPACT = 2;
  static final int VERSION_CURRENT = VERSION_COMPACT;

  private static final FlatVectorsFormat FLOATS = new Lucene99FlatVectorsFormat(
      FlatVectorScorerUtil.getLucene99FlatVectorsScorer());

  private final VectorQuantizer quantizer;
  private final boolean keepsFloats;
  private final TrainingMemory memory;

  /** For reading, which asks the file for the quantization; writes one bit a dimension. */
  public QuantizedVectorsFormat() {
    this(Quantizers.of("binary", 1));
  }

  /** Writes codes of a quantization from {@link Quantizers}, and learns them in as much memory as it wants. */
  public QuantizedVectorsFormat(VectorQuantizer quantizer) {
    this(quantizer, TrainingMemory.UNLIMITED);
  }

  /** Writes codes of a quantization from {@link Quantizers}, and learns them in the memory that is given. */
  public QuantizedVectorsFormat(VectorQuantizer quantizer, TrainingMemory memory) {
    this(quantizer, true, memory);
  }

  private QuantizedVectorsFormat(VectorQuantizer quantizer, boolean keepsFloats, TrainingMemory memory) {
    super(NAME);
    this.quantizer = quantizer;
    this.keepsFloats = keepsFloats;
    this.memory = memory;
  }

  /**
   * Writes codes and no floats: for vectors that are themselves only estimates. A vector is encoded when it comes in, and its code is copied ever after.
   * Scores are those of the codes, and a vector that is read is what its code stands for.
   */
  public static QuantizedVectorsFormat codesOnly(VectorQuantizer quantizer) {
    return new QuantizedVectorsFormat(quantizer, false, TrainingMemory.UNLIMITED);
  }

  /** What new codes are made with. */
  public VectorQuantizer quantizer() {
    return quantizer;
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return new CellsWriter(state, quantizer, keepsFloats, memory, FLOATS.fieldsWriter(state));
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return new CellsReader(state, FLOATS.fieldsReader(state));
  }

  @Override
  public int getMaxDimensions(String fieldName) {
    return MAX_DIMENSIONS;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof QuantizedVectorsFormat that && quantizer.equals(that.quantizer)
        && keepsFloats == that.keepsFloats;
  }

  @Override
  public int hashCode() {
    return 2 * quantizer.hashCode() + (keepsFloats ? 1 : 0);
  }

  @Override
  public String toString() {
    String subvectors = quantizer.subvectors() == 0 ? "" : ", subvectors=" + quantizer.subvectors();
    return NAME + "(" + quantizer.name() + ", bits=" + quantizer.bits() + subvectors
        + (keepsFloats ? "" : ", codes only")
        + ")";
  }
}
