package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.TrainerOptions;

/**
 * What a training, an evaluation or the drawing of a sample is asked to do; each looks at its part.
 *
 * @param index what is searched: an index, an alias or a pattern
 * @param field of type embedding, in whole documents
 * @param candidates how many hits a judged query has, 1–{@link #MAX_CANDIDATES}
 * @param judgements null to draw a sample
 * @param sampleSize how many documents are drawn, 1–{@link AdapterJson#MAX_SAMPLE_SIZE}
 * @param force whether to keep an adapter that is not better than a rule without training
 */
record TrainingSpec(String index, String field, int candidates, Judgements judgements, TrainerOptions options,
    int sampleSize, boolean force) implements Writeable {

  static final int MAX_CANDIDATES = 1000;

  TrainingSpec {
    checkText("index", index);
    checkText("field", field);
    checkRange("candidates", candidates, MAX_CANDIDATES);
    checkRange("sample_size", sampleSize, AdapterJson.MAX_SAMPLE_SIZE);
  }

  private static void checkText(String name, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("[" + name + "] is required");
    }
  }

  private static void checkRange(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException("[" + name + "] must be between 1 and " + max + ", got " + value);
    }
  }

  /** Reads it from the wire; the limits are checked by the constructors. */
  TrainingSpec(StreamInput in) throws IOException {
    this(in.readString(), in.readString(), in.readVInt(), in.readOptionalWriteable(Judgements::new),
        new TrainerOptions(in.readEnum(CosineMap.class), in.readBoolean(), in.readBoolean(), in.readBoolean(),
            in.readDouble(), in.readLong()),
        in.readVInt(), in.readBoolean());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(index);
    out.writeString(field);
    out.writeVInt(candidates);
    out.writeOptionalWriteable(judgements);
    out.writeEnum(options.map());
    out.writeBoolean(options.vector());
    out.writeBoolean(options.judged());
    out.writeBoolean(options.sample());
    out.writeDouble(options.targetRecall());
    out.writeLong(options.seed());
    out.writeVInt(sampleSize);
    out.writeBoolean(force);
  }

  /**
   * Where judgements are: a document says of one query which document, or which of several, is how good. Names of fields
   * are those in {@code _source}.
   *
   * @param queryVector the field with the vector of the query, an array of numbers or base64
   * @param document the field with the id of the judged document, or an array of ids; where it is missing, the query alone
   *     is told
   * @param rating the field with a number, relevant from {@code minRating} on; null if all that is listed is relevant
   * @param weight the field with a number > 0, how much the judgement counts, such as clicks; null for 1 each
   * @param negative whether candidates that nobody judged count as not relevant; otherwise they are left out
   */
  record Judgements(String index, String queryVector, String document, String rating, double minRating, String weight,
      boolean negative) implements Writeable {

    Judgements {
      checkText("judgements.index", index);
      checkText("judgements.query_vector", queryVector);
      checkText("judgements.document", document);
    }

    Judgements(StreamInput in) throws IOException {
      this(in.readString(), in.readString(), in.readString(), in.readOptionalString(), in.readDouble(),
          in.readOptionalString(), in.readBoolean());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeString(index);
      out.writeString(queryVector);
      out.writeString(document);
      out.writeOptionalString(rating);
      out.writeDouble(minRating);
      out.writeOptionalString(weight);
      out.writeBoolean(negative);
    }
  }
}
