package dev.embedding.multivector;

import java.io.IOException;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.util.packed.DirectMonotonicWriter;

/**
 * Binary doc values that are large and read for few documents: the blocks of a {@link MultiVectorField}. Lucene's own format
 * copies each value to the heap. Here a search reads the bytes where they lie, and asks for those of the documents that come
 * next while it compares the ones before. No other type of doc values is supported, and there is no skip index.
 *
 * <h2>Files</h2>
 *
 * Both files begin with {@link org.apache.lucene.codecs.CodecUtil#writeIndexHeader} and end with
 * {@link org.apache.lucene.codecs.CodecUtil#writeFooter}. Numbers are little-endian.
 *
 * <p><b>.etm</b>, the fields, each:
 * <ul>
 * <li>int: the number of the field; −1 ends the file
 * <li>int: the number N of documents with a value; if it is 0, nothing else follows
 * <li>long, long: where the values begin in .etb, and their bytes
 * <li>int, int: the bytes of the shortest and of the longest value
 * <li>if N is less than the number of documents in the segment, which documents have a value: long, long: where
 * {@link IndexedDISI} begins in .etb, and its bytes; short: the entries of its jump table; byte: its rank power
 * <li>if the shortest value is shorter than the longest, where each value begins: long: where the data of
 * {@link DirectMonotonicWriter} begin in .etb; what that writes into a meta file for N + 1 numbers in blocks of
 * 2<sup>{@value #STARTS_SHIFT}</sup>; long: the bytes of its data
 * </ul>
 *
 * <p><b>.etb</b>, each field:
 * <ul>
 * <li>the values one after another, in the order of the documents, with nothing between them
 * <li>if some documents have none, those that have one, by {@link IndexedDISI}
 * <li>unless all have the same length, where each value begins, from the first one on, and where the last one ends, by
 * {@link DirectMonotonicWriter}
 * </ul>
 *
 * A merge copies values, whatever format they are in.
 */
public final class TokenBlocksFormat extends DocValuesFormat {

  /** The name in segments, for ever. */
  public static final String NAME = "EmbeddingTokenBlocks";

  static final String META_CODEC = "EmbeddingTokenBlocksMeta";
  static final String BLOCKS_CODEC = "EmbeddingTokenBlocksData";
  static final String META_EXTENSION = "etm";
  static final String BLOCKS_EXTENSION = "etb";
  static final int VERSION_START = 0;
  static final int VERSION_CURRENT = 0;
  static final int STARTS_SHIFT = 16;

  /** For reading and writing. */
  public TokenBlocksFormat() {
    super(NAME);
  }

  @Override
  public DocValuesConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    return new TokenBlocksWriter(state);
  }

  @Override
  public DocValuesProducer fieldsProducer(SegmentReadState state) throws IOException {
    return new TokenBlocksReader(state);
  }

  /** What is thrown for every type but binary. */
  static UnsupportedOperationException unsupported(String field, String type) {
    return new UnsupportedOperationException(
        NAME + " holds binary doc values only, not " + type + " ones as of field [" + field + "]");
  }
}
