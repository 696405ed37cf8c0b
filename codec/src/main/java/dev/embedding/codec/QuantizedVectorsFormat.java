package dev.embedding.codec;

import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.hnsw.FlatVectorScorerUtil;
import org.apache.lucene.codecs.hnsw.FlatVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99FlatVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * Vectors with quantized codes in cells.
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
  static final int VERSION_CURRENT = 0;

  private static final FlatVectorsFormat FLOATS = new Lucene99FlatVectorsFormat(
      FlatVectorScorerUtil.getLucene99FlatVectorsScorer());

  private final VectorQuantizer quantizer;

  /** For reading, which asks the file for the quantization; writes one bit a dimension. */
  public QuantizedVectorsFormat() {
    this(Quantizers.of("binary", 1));
  }

  /** Writes codes of a quantization from {@link Quantizers}. */
  public QuantizedVectorsFormat(VectorQuantizer quantizer) {
    super(NAME);
    this.quantizer = quantizer;
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return new CellsWriter(state, quantizer, FLOATS.fieldsWriter(state));
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
    return other instanceof QuantizedVectorsFormat that && quantizer.equals(that.quantizer);
  }

  @Override
  public int hashCode() {
    return quantizer.hashCode();
  }

  @Override
  public String toString() {
    return NAME + "(" + quantizer.name() + ", bits=" + quantizer.bits() + ")";
  }
}
