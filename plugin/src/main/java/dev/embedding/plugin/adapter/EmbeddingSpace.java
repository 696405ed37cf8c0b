package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.apache.lucene.index.VectorSimilarityFunction;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

import dev.embedding.plugin.mapper.EmbeddingFieldType;
import dev.embedding.plugin.mapper.Similarity;
import dev.embedding.plugin.mapper.VectorParser;

/**
 * What vectors must have in common for an adapter to fit them.
 *
 * @param dimension 1–{@link VectorParser#MAX_DIMENSION}
 * @param model the name of the embedding model, or null if it has none
 */
public record EmbeddingSpace(int dimension, VectorSimilarityFunction similarity, String model) implements Writeable {
  public EmbeddingSpace {
    if (dimension < 1 || dimension > VectorParser.MAX_DIMENSION) {
      throw new IllegalArgumentException(
          "[dimension] must be between 1 and " + VectorParser.MAX_DIMENSION + ", got " + dimension);
    }
  }

  /** That of a field. */
  public static EmbeddingSpace of(EmbeddingFieldType field) {
    return new EmbeddingSpace(field.dimension(), field.similarity(), field.model());
  }

  /** Reads it from the wire. */
  public EmbeddingSpace(StreamInput in) throws IOException {
    this(in.readVInt(), in.readEnum(Similarity.class).function, in.readOptionalString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(dimension);
    out.writeEnum(Similarity.of(similarity));
    out.writeOptionalString(model);
  }

  /** Why vectors of a field are not in this space, or null if they are; a space without a model takes those of any. */
  public String problemWith(EmbeddingSpace field) {
    if (dimension != field.dimension) {
      return "is for vectors of dimension " + dimension + ", the field's have " + field.dimension;
    }
    if (similarity != field.similarity) {
      return "is for fields of similarity [" + Similarity.of(similarity) + "], the field has ["
          + Similarity.of(field.similarity) + "]";
    }
    if (model != null && model.equals(field.model) == false) {
      return "is for vectors of model [" + model + "], the field holds vectors of "
          + (field.model == null ? "no named model" : "[" + field.model + "]");
    }
    return null;
  }
}
