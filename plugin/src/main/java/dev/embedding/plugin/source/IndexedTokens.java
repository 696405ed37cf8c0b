package dev.embedding.plugin.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.opensearch.index.mapper.SeqNoFieldMapper;

import dev.embedding.multivector.TokenVectors;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldType;

/** The values of a {@code multi_embedding} field. */
final class IndexedTokens implements IndexedValues {
  private final MultiEmbeddingFieldType field;

  IndexedTokens(MultiEmbeddingFieldType field) {
    this.field = field;
  }

  @Override
  public List<SourceValue> last(LeafReader reader, int root, int count) throws IOException {
    List<SourceValue> values = new ArrayList<>(count);
    for (int doc = first(reader, root); doc <= root; doc++) {
      TokenVectors vectors = field.vectors(reader, doc);
      if (vectors != null) {
        values.add(SourceValue.of(vectors));
      }
    }
    return values.size() == count ? values : List.of();
  }

  /**
   * The first of the documents that are nested in a root, or the root if there are none: the one after the root before.
   * Roots are those that have a primary term; they are looked for in steps back that get longer.
   */
  private static int first(LeafReader reader, int root) throws IOException {
    for (int step = 1;; step *= 2) {
      int from = Math.max(0, root - step);
      NumericDocValues roots = reader.getNumericDocValues(SeqNoFieldMapper.PRIMARY_TERM_NAME);
      if (roots == null) {
        return root;
      }
      int first = from;
      for (int other = roots.advance(from); other < root; other = roots.nextDoc()) {
        first = other + 1;
      }
      if (first > from || from == 0) {
        return first;
      }
    }
  }
}
