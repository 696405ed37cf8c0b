package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.List;
import java.util.Map;

import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.VectorSimilarityFunction;

/** The type of an {@code embedding} field. */
public final class EmbeddingFieldType extends VectorFieldType {
  private final VectorSimilarityFunction similarity;

  EmbeddingFieldType(String name, int dimension, VectorSimilarityFunction similarity, String model,
      Map<String, String> meta) {
    super(name, dimension, model, "nearest", meta);
    this.similarity = similarity;
  }

  public VectorSimilarityFunction similarity() {
    return similarity;
  }

  /** Checks that a vector, of a document or a query, fits the field; gives it back. */
  public float[] check(float[] vector) {
    return VectorParser.check(vector, name(), dimension(), similarity);
  }

  @Override
  public String typeName() {
    return EmbeddingFieldMapper.CONTENT_TYPE;
  }

  @Override
  List<Object> values(LeafReader reader, int doc) throws IOException {
    boolean isHidden = reader.getFieldInfos().fieldInfo(name()) == null;
    FloatVectorValues values = isHidden ? null : reader.getFloatVectorValues(name());
    if (values == null) {
      return List.of();
    }
    KnnVectorValues.DocIndexIterator documents = values.iterator();
    return documents.advance(doc) == doc ? numbers(values.vectorValue(documents.index())) : List.of();
  }
}
