package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.apache.lucene.index.LeafReader;

import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;

/** The type of a {@code multi_embedding} field. */
public final class MultiEmbeddingFieldType extends VectorFieldType {
  private final FixedDimensionalEncoder encoder;

  MultiEmbeddingFieldType(String name, int dimension, FixedDimensionalEncoder encoder, String model,
      Map<String, String> meta) {
    super(name, dimension, model, "max_sim", meta);
    this.encoder = encoder;
  }

  /** Encodes the field's documents, and queries for it. */
  public FixedDimensionalEncoder encoder() {
    return encoder;
  }

  /** Checks that the vectors of a query fit the field. */
  public TokenVectors check(QueryVectors vectors) {
    return vectors.ofDimension(name(), dimension());
  }

  /**
   * The vectors of a document as the index has them.
   *
   * @return null if it has none, or none that the reader shows
   */
  public TokenVectors vectors(LeafReader reader, int doc) throws IOException {
    return MultiVectorField.reader(reader, name(), dimension()).vectors(doc);
  }

  @Override
  public String typeName() {
    return MultiEmbeddingFieldMapper.CONTENT_TYPE;
  }

  @Override
  List<Object> values(LeafReader reader, int doc) throws IOException {
    TokenVectors vectors = vectors(reader, doc);
    List<Object> values = new ArrayList<>();
    for (int i = 0; vectors != null && i < vectors.count(); i++) {
      values.add(numbers(vectors.vector(i)));
    }
    return values;
  }
}
