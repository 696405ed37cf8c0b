package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.search.lookup.SearchLookup;

/** What queries and Dashboards see of a field of vectors: neither searchable by terms nor aggregatable. */
public abstract class VectorFieldType extends MappedFieldType {
  private final int dimension;
  private final String model;
  private final String query;

  /** @param query the query that searches the field, for messages */
  VectorFieldType(String name, int dimension, String model, String query, Map<String, String> meta) {
    super(name, false, false, false, TextSearchInfo.NONE, meta);
    this.dimension = dimension;
    this.model = model;
    this.query = query;
  }

  /** The numbers of a vector. */
  public final int dimension() {
    return dimension;
  }

  /** The name of the model that makes the field's vectors, or null if the mapping names none. */
  public final String model() {
    return model;
  }

  /** The numbers of what a document has in the index; empty if it has nothing, or nothing that the reader shows. */
  abstract List<Object> values(LeafReader reader, int doc) throws IOException;

  static List<Object> numbers(float[] vector) {
    List<Object> numbers = new ArrayList<>(vector.length);
    for (float number : vector) {
      numbers.add(number);
    }
    return numbers;
  }

  @Override
  public final Query existsQuery(QueryShardContext context) {
    return new FieldExistsQuery(name());
  }

  @Override
  public final Query termQuery(Object value, QueryShardContext context) {
    throw new QueryShardException(context,
        "field [" + name() + "] of type [" + typeName() + "] has no terms to match; use the [" + query + "] query");
  }

  /** Fetches from the index, whether the document gave arrays or base64. */
  @Override
  public final ValueFetcher valueFetcher(QueryShardContext context, SearchLookup lookup, String format) {
    if (format != null) {
      throw new IllegalArgumentException("field [" + name() + "] of type [" + typeName() + "] takes no [format]");
    }
    return new VectorValueFetcher(this);
  }
}
