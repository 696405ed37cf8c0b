package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.List;

import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.search.lookup.SourceLookup;

/** Fetches vectors from the index, where they are whatever {@code _source} keeps. */
final class VectorValueFetcher implements ValueFetcher {
  private final VectorFieldType field;
  private LeafReaderContext context;

  VectorValueFetcher(VectorFieldType field) {
    this.field = field;
  }

  @Override
  public void setNextReader(LeafReaderContext context) {
    this.context = context;
  }

  @Override
  public List<Object> fetchValues(SourceLookup lookup) throws IOException {
    // the plain highlighter asks without a segment: for text, and here is none
    return context == null ? List.of() : field.values(context.reader(), lookup.docId());
  }
}
