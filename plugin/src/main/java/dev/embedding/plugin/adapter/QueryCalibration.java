package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

import dev.embedding.relevance.CosineCurve;
import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.CosineStatistics;

/**
 * What an adapter knows of one query vector: the few numbers that travel to the shards in place of the adapter, so that
 * all of them decide by the same version of it.
 *
 * @param space what the field must be like
 * @param curve from cosine to relevance, or null
 * @param threshold the relevance that hits need unless the request names another; no matter where there is no curve
 * @param statistics of the cosines with the adapter's sample, or null
 */
public record QueryCalibration(EmbeddingSpace space, CosineCurve curve, double threshold, CosineStatistics statistics)
    implements
      Writeable {

  public QueryCalibration {
    if ((curve == null) == (statistics == null)) {
      throw new IllegalArgumentException("a calibration has either a curve or statistics");
    }
  }

  /** Reads it from the wire; ranges are checked by the constructors of the parts. */
  public static QueryCalibration read(StreamInput in) throws IOException {
    EmbeddingSpace space = new EmbeddingSpace(in);
    return in.readBoolean()
        ? new QueryCalibration(space, readCurve(in), in.readDouble(), null)
        : new QueryCalibration(space, null, 0, new CosineStatistics(in.readDouble(), in.readDouble()));
  }

  private static CosineCurve readCurve(StreamInput in) throws IOException {
    return new CosineCurve(in.readEnum(CosineMap.class), in.readDouble(), in.readDouble(), in.readDouble(),
        in.readDouble(), in.readDouble());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    space.writeTo(out);
    out.writeBoolean(curve != null);
    if (curve != null) {
      out.writeEnum(curve.map());
      for (double number : new double[] {curve.a(), curve.b(), curve.c(), curve.center(), curve.scale(), threshold}) {
        out.writeDouble(number);
      }
    } else {
      out.writeDouble(statistics.mean());
      out.writeDouble(statistics.deviation());
    }
  }
}
