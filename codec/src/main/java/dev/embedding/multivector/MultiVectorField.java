package dev.embedding.multivector;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.BytesRef;

/**
 * The Lucene fields of a multi-vector field: its vectors as one block a document in binary doc values, under the field's own
 * name; if they are kept in full, also their floats, under {@link #floatsField}; and the encoding that finds candidates, under
 * {@link #encodingField}, which {@link #encodingFormat} has to write.
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
      TokenVectors kept = floats(doc);
      if (kept != null) {
        return kept;
      }
      TokenBlock block = block(doc);
      return block == null ? null : block.decode();
    }

    /** A block with the vectors of a document, valid until the next call, or null if it has none. */
    TokenBlock block(int doc) throws IOException {
      return tokens.advanceExact(doc) ? TokenBlock.of(tokens.binaryValue(), dimension, field) : null;
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
      BytesRef bytes = floats.binaryValue();
      if (bytes.length != (long) block.count() * dimension * Float.BYTES) {
        throw new CorruptIndexException(
            block.count() + " vectors of dimension " + dimension + " have " + bytes.length + " bytes", field);
      }
      float[] values = new float[bytes.length / Float.BYTES];
      ByteBuffer.wrap(bytes.bytes, bytes.offset, bytes.length)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(values);
      return new TokenVectors(dimension, values);
    }
  }
}
