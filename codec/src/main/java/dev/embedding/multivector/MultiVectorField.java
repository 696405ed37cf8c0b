package dev.embedding.multivector;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.util.BytesRef;

/**
 * The Lucene fields of a multi-vector field: its vectors as one block a document in binary doc values, under the field's own
 * name; if they are kept in full, also their floats, under {@link #floatsField}; and the encoding that finds candidates, under
 * {@link #encodingField}, which {@link #encodingFormat} has to write. {@link #blocksFormat} should write the doc values: those
 * of Lucene's own format are copied when they are read, and never asked for in advance.
 */
public final class MultiVectorField {

  /** Encodings are compared by their products. */
  public static final VectorSimilarityFunction ENCODING_SIMILARITY = VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;

  private MultiVectorField() {}

  /** The hidden field with the encodings. */
  public static String encodingField(String field) {
    return field + "._encoding";
  }

  /** The hidden field with the floats, if they are kept. */
  public static String floatsField(String field) {
    return field + "._floats";
  }

  /** The format for {@link #encodingField}. */
  public static KnnVectorsFormat encodingFormat() {
    return QuantizedVectorsFormat.codesOnly(Quantizers.of("binary", 1));
  }

  /** The format for the doc values, those of the field's own name and those of {@link #floatsField}. */
  public static DocValuesFormat blocksFormat() {
    return new TokenBlocksFormat();
  }

  /**
   * The fields to add to a document; none if there are no vectors.
   *
   * @param encoder the same for all documents of the field
   * @param tokenBits 8, or 32 to keep the vectors also as they are: then scores are those of the floats
   */
  public static List<Field> fields(String field, TokenVectors vectors, FixedDimensionalEncoder encoder, int tokenBits) {
    if (tokenBits != 8 && tokenBits != Float.SIZE) {
      throw new IllegalArgumentException("[token_bits] must be 8 or 32, got " + tokenBits);
    }
    if (vectors.count() == 0) {
      return List.of();
    }
    Field tokens = new BinaryDocValuesField(field, TokenBlock.encode(vectors));
    Field encoding = new KnnFloatVectorField(encodingField(field), encoder.encodeDocument(vectors.normalized()),
        ENCODING_SIMILARITY);
    return tokenBits == 8 ? List.of(tokens, encoding)
        : List.of(tokens, encoding, new BinaryDocValuesField(floatsField(field), floats(vectors)));
  }

  private static BytesRef floats(TokenVectors vectors) {
    ByteBuffer bytes = ByteBuffer.allocate(vectors.values().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vectors.values());
    return new BytesRef(bytes.array());
  }

  /**
   * Reads the vectors of documents: to the bit as they were indexed if they are kept in full, else as they are kept. Indexing
   * those again gives the same bytes. Of a field that the reader does not show there are none.
   */
  public static Reader reader(LeafReader leaf, String field, int dimension) throws IOException {
    if (leaf.getFieldInfos().fieldInfo(field) == null) {
      return new Reader(DocValues.emptyBinary(), null, field, dimension);
    }
    return new Reader(DocValues.getBinary(leaf, field), leaf.getBinaryDocValues(floatsField(field)), field,
        dimension);
  }

  /** The vectors of the documents of a segment, to be asked for by increasing document. */
  public static final class Reader {

    private final BinaryDocValues tokens;
    private final BinaryDocValues floats;
    private final String field;
    private final int dimension;

    /** @param floats null if the segment has none */
    private Reader(BinaryDocValues tokens, BinaryDocValues floats, String field, int dimension) {
      this.tokens = tokens;
      this.floats = floats;
      this.field = field;
      this.dimension = dimension;
    }

    /** The vectors of a document, or null if it has none. */
    public TokenVectors vectors(int doc) throws IOException {
      try {
        TokenVectors kept = floats(doc);
        if (kept != null) {
          return kept;
        }
        TokenBlock block = block(doc);
        return block == null ? null : block.decode();
      } catch (IllegalStateException e) {
        throw closed(e);
      }
    }

    /** What is thrown instead of what a mapped file throws that was closed by another thread. */
    AlreadyClosedException closed(IllegalStateException e) {
      return new AlreadyClosedException("the segment was closed while vectors of [" + field + "] were read", e);
    }

    /**
     * A block with the vectors of a document, valid until the next call, or null if it has none. Reading it fails with an
     * {@link IllegalStateException} if the segment has been closed.
     */
    TokenBlock block(int doc) throws IOException {
      return tokens.advanceExact(doc) ? TokenBlock.of(bytes(tokens), dimension, field) : null;
    }

    /** In place where the format can. */
    private static MemorySegment bytes(BinaryDocValues values) throws IOException {
      if (values instanceof TokenBlocks blocks) {
        return blocks.segment();
      }
      BytesRef copy = values.binaryValue();
      return MemorySegment.ofArray(copy.bytes).asSlice(copy.offset, copy.length);
    }

    /** Has the block of a document read in the background, where the format can; by increasing document, ahead of the others. */
    void prefetchBlock(int doc) throws IOException {
      prefetch(tokens, doc);
    }

    /** The same for the floats of a document. */
    void prefetchFloats(int doc) throws IOException {
      prefetch(floats, doc);
    }

    private static void prefetch(BinaryDocValues values, int doc) throws IOException {
      if (values instanceof TokenBlocks blocks) {
        blocks.prefetch(doc);
      }
    }

    boolean keepsFloats() {
      return floats != null;
    }

    /** The vectors of a document as they were indexed, or null if they are not kept. */
    TokenVectors floats(int doc) throws IOException {
      TokenBlock block = floats == null ? null : block(doc);
      if (block == null || !floats.advanceExact(doc)) {
        return null;
      }
      MemorySegment bytes = bytes(floats);
      if (bytes.byteSize() != (long) block.count() * dimension * Float.BYTES) {
        throw new CorruptIndexException(
            block.count() + " vectors of dimension " + dimension + " have " + bytes.byteSize() + " bytes", field);
      }
      float[] values = new float[block.count() * dimension];
      MemorySegment.copy(bytes, TokenBlock.FLOAT, 0, values, 0, values.length);
      return new TokenVectors(dimension, values);
    }
  }
}
