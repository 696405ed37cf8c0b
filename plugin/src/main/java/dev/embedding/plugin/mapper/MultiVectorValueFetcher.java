package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.search.lookup.SourceLookup;

import dev.embedding.multivector.TokenVectors;

/** Fetches the vectors of a document from the index, where they are whatever {@code _source} keeps. */
final class MultiVectorValueFetcher implements ValueFetcher {
  private final MultiEmbeddingFieldType field;
  private LeafReaderContext context;

  MultiVectorValueFetcher(MultiEmbeddingFieldType field) {
    this.field = field;
  }

  @Override
  public void setNextReader(LeafReaderContext context) {
    this.context = context;
  }

  @Override
  public List<Object> fetchValues(SourceLookup lookup) throws IOException {
    if (context == null) {
      return List.of(); // the plain highlighter asks without a segment: for text, and here is none
    }
    TokenVectors vectors = field.vectors(context.reader(), lookup.docId());
    List<Object> values = new ArrayList<>();
    for (int i = 0; vectors != null && i < vectors.count(); i++) {
      values.add(VectorValueFetcher.numbers(vectors.vector(i)));
    }
    return values;
  }
}
