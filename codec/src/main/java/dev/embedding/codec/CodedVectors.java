package dev.embedding.codec;

import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.packed.DirectMonotonicReader;

/** Vectors of which only codes are kept, as what these stand for. Not thread-safe. */
final class CodedVectors extends FloatVectorValues {

  private final Cells cells;
  private final OrdToDocDISIReaderConfiguration docs;
  private final IndexInput data;
  private final DirectMonotonicReader docOf;
  private final float[] vector;
  private StoredCodes codes;
  private CodeRow row;

  /**
   * @param docs which documents have vectors
   * @param data the file with the codes
   */
  CodedVectors(Cells cells, OrdToDocDISIReaderConfiguration docs, IndexInput data) throws IOException {
    this.cells = cells;
    this.docs = docs;
    this.data = data;
    this.docOf = isDense() ? null : docs.getDirectMonotonicReader(data);
    this.vector = new float[cells.dimension()];
  }

  private boolean isDense() {
    return docs.isDense() || docs.isEmpty();
  }

  @Override
  public int dimension() {
    return cells.dimension();
  }

  @Override
  public int size() {
    return cells.vectors();
  }

  @Override
  public int ordToDoc(int ordinal) {
    return docOf == null ? ordinal : (int) docOf.get(ordinal);
  }

  @Override
  public DocIndexIterator iterator() {
    try {
      return isDense() ? createDenseIterator() : IndexedDISI.asDocIndexIterator(docs.getIndexedDISI(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public float[] vectorValue(int ordinal) throws IOException {
    VectorQuantizer quantizer = cells.quantizer();
    if (codes == null) {
      codes = new StoredCodes(cells);
      row = new CodeRow(quantizer.bits() * codes.planeBytes());
    }
    codes.read(ordinal, row);
    float middle = ((1 << quantizer.bits()) - 1) / 2f;
    Arrays.fill(vector, -middle);
    for (int plane = 0; plane < quantizer.bits(); plane++) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] += ((row.code[plane * codes.planeBytes() + (i >> 3)] >> (i & 7)) & 1) << plane;
      }
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= row.factor;
    }
    cells.transform().invert(vector);
    return vector;
  }

  @Override
  public CodedVectors copy() throws IOException {
    return new CodedVectors(cells, docs, data);
  }

  @Override
  public VectorScorer scorer(float[] target) throws IOException {
    if (size() == 0) {
      return null;
    }
    CodedVectors values = copy();
    DocIndexIterator iterator = values.iterator();
    return new VectorScorer() {
      @Override
      public float score() throws IOException {
        return cells.similarity().compare(target, values.vectorValue(iterator.index()));
      }

      @Override
      public DocIdSetIterator iterator() {
        return iterator;
      }
    };
  }
}
