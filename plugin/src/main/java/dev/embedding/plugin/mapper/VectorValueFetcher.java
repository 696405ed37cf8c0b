package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.search.lookup.SourceLookup;

/** Fetches a vector from the index, where it is whatever {@code _source} keeps, if the reader shows the field. */
final class VectorValueFetcher implements ValueFetcher {
  private final String field;
  private LeafReaderContext context;

  VectorValueFetcher(String field) {
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
    boolean isHidden = context.reader().getFieldInfos().fieldInfo(field) == null;
    FloatVectorValues values = isHidden ? null : context.reader().getFloatVectorValues(field);
    if (values == null) {
      return List.of();
    }
    KnnVectorValues.DocIndexIterator documents = values.iterator();
    return documents.advance(lookup.docId()) == lookup.docId()
        ? numbers(values.vectorValue(documents.index()))
        : List.of();
  }

  static List<Object> numbers(float[] vector) {
    List<Object> numbers = new ArrayList<>(vector.length);
    for (float number : vector) {
      numbers.add(number);
    }
    return numbers;
  }
}
