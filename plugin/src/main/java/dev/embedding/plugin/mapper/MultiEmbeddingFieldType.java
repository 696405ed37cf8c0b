package dev.embedding.plugin.mapper;

import java.io.IOException;
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

import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;

/** What queries and Dashboards see of a {@code multi_embedding} field: neither searchable by terms nor aggregatable. */
public final class MultiEmbeddingFieldType extends MappedFieldType {
  private final int dimension;
  private final FixedDimensionalEncoder encoder;
  private final String model;

  MultiEmbeddingFieldType(String name, int dimension, FixedDimensionalEncoder encoder, String model,
      Map<String, String> meta) {
    super(name, false, false, false, TextSearchInfo.NONE, meta);
    this.dimension = dimension;
    this.encoder = encoder;
    this.model = model;
  }

  int dimension() {
    return dimension;
  }

  /** Encodes the field's documents, and queries for it. */
  public FixedDimensionalEncoder encoder() {
    return encoder;
  }

  /** The name of the model that makes the field's vectors, or null if the mapping names none. */
  public String model() {
    return model;
  }

  /** Checks that the vectors of a query fit the field. */
  public TokenVectors check(QueryVectors vectors) {
    return vectors.ofDimension(name(), dimension);
  }

  /**
   * The vectors of a document as the index has them.
   *
   * @return null if it has none, or none that the reader shows
   */
  public TokenVectors vectors(LeafReader reader, int doc) throws IOException {
    return MultiVectorField.reader(reader, name(), dimension).vectors(doc);
  }

  @Override
  public String typeName() {
    return MultiEmbeddingFieldMapper.CONTENT_TYPE;
  }

  @Override
  public Query existsQuery(QueryShardContext context) {
    return new FieldExistsQuery(name());
  }

  @Override
  public Query termQuery(Object value, QueryShardContext context) {
    throw new QueryShardException(context,
        "field [" + name() + "] of type [" + typeName() + "] has no terms to match; use the [max_sim] query");
  }

  /** The numbers of the vectors as the index has them, whether the document gave them as arrays or as base64. */
  @Override
  public ValueFetcher valueFetcher(QueryShardContext context, SearchLookup lookup, String format) {
    if (format != null) {
      throw new IllegalArgumentException("field [" + name() + "] of type [" + typeName() + "] takes no [format]");
    }
    return new MultiVectorValueFetcher(this);
  }
}
