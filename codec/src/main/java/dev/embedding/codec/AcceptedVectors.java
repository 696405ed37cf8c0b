package dev.embedding.codec;

import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;

/** The ordinals of the vectors that pass a filter, ascending. */
final class AcceptedVectors {

  static final int NO_MORE = -1;

  private final DocIdSetIterator accepted;
  private final KnnVectorValues.DocIndexIterator vectors;

  AcceptedVectors(AcceptDocs acceptDocs, KnnVectorValues values) throws IOException {
    this.accepted = acceptDocs.iterator();
    this.vectors = values.iterator();
  }

  /** The next ordinal, or {@link #NO_MORE}. */
  int next() throws IOException {
    int doc = accepted.nextDoc();
    while (doc != DocIdSetIterator.NO_MORE_DOCS) {
      int vector = vectors.docID() < doc ? vectors.advance(doc) : vectors.docID();
      if (vector == doc) {
        return vectors.index();
      }
      doc = vector == DocIdSetIterator.NO_MORE_DOCS ? vector : accepted.advance(vector);
    }
    return NO_MORE;
  }

  /** Writes the next ordinals to the front of a batch; returns how many, fewer than there is room for only at the end. */
  int next(int[] batch) throws IOException {
    int filled = 0;
    while (filled < batch.length && accepted.docID() != DocIdSetIterator.NO_MORE_DOCS) {
      int ordinal = next();
      if (ordinal == NO_MORE) {
        break;
      }
      batch[filled++] = ordinal;
    }
    return filled;
  }
}
