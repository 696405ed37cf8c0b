package dev.embedding.plugin.mapper;

import java.util.Map;

import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.search.lookup.SearchLookup;

/** What queries and Dashboards see of an {@code embedding} field: neither searchable by terms nor aggregatable. */
public final class EmbeddingFieldType extends MappedFieldType {
  private final int dimension;
  private final VectorSimilarityFunction similarity;
  private final String model;

  EmbeddingFieldType(String name, int dimension, VectorSimilarityFunction similarity, String model,
      Map<String, String> meta) {
    super(name, false, false, false, TextSearchInfo.NONE, meta);
    this.dimension = dimension;
    this.similarity = similarity;
    this.model = model;
  }

  public int dimension() {
    return dimension;
  }

  public VectorSimilarityFunction similarity() {
    return similarity;
  }

  /** The name of the model that makes the field's vectors, or null if the mapping names none. */
  public String model() {
    return model;
  }

  /** Checks that a vector, of a document or a query, fits the field; gives it back. */
  public float[] check(float[] vector) {
    return VectorParser.check(vector, name(), dimension, similarity);
  }

  @Override
  public String typeName() {
    return EmbeddingFieldMapper.CONTENT_TYPE;
  }

  @Override
  public Query existsQuery(QueryShardContext context) {
    return new FieldExistsQuery(name());
  }

  @Override
  public Query termQuery(Object value, QueryShardContext context) {
    throw new QueryShardException(context,
        "field [" + name() + "] of type [" + typeName() + "] has no terms to match; use the [nearest] query");
  }

  /** The numbers of the vector, whether the document gave them as an array or as base64. */
  @Override
  public ValueFetcher valueFetcher(QueryShardContext context, SearchLookup lookup, String format) {
    if (format != null) {
      throw new IllegalArgumentException("field [" + name() + "] of type [" + typeName() + "] takes no [format]");
    }
    return new VectorValueFetcher(name());
  }
}
