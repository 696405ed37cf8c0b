package dev.embedding.plugin.source;

import java.io.IOException;
import java.util.List;

import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.opensearch.index.mapper.SeqNoFieldMapper;

/** The vectors of an {@code embedding} field: those of a document are the last ones of the segment up to its root. */
final class IndexedVectors implements IndexedValues {
  private final String field;

  IndexedVectors(String field) {
    this.field = field;
  }

  @Override
  public List<SourceValue> last(LeafReader reader, int root, int count) throws IOException {
    FloatVectorValues values = reader.getFloatVectorValues(field);
    if (values == null) {
      return List.of();
    }
    KnnVectorValues.DocIndexIterator documents = values.iterator();
    int next = documents.advance(root);
    int end = next == KnnVectorValues.DocIndexIterator.NO_MORE_DOCS
        ? values.size()
        : documents.index() + (next == root ? 1 : 0);
    if (end < count || isOf(root, values.ordToDoc(end - count), reader) == false) {
      return List.of();
    }
    SourceValue[] last = new SourceValue[count];
    for (int i = 0; i < count; i++) {
      last[i] = SourceValue.of(values.vectorValue(end - count + i).clone());
    }
    return List.of(last);
  }

  /** Whether a document up to a root is that root or nested in it: only roots have a primary term. */
  private static boolean isOf(int root, int doc, LeafReader reader) throws IOException {
    if (doc == root) {
      return true;
    }
    NumericDocValues roots = reader.getNumericDocValues(SeqNoFieldMapper.PRIMARY_TERM_NAME);
    return roots != null && roots.advance(doc) == root;
  }
}
