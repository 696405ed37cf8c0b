package dev.embedding.plugin.query;

import java.io.IOException;

import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

import dev.embedding.plugin.adapter.AdapterName;
import dev.embedding.plugin.adapter.QueryCalibration;
import dev.embedding.relevance.CosineStatistics;
import dev.embedding.relevance.CutOffs;
import dev.embedding.relevance.QueryCut;

/**
 * What a request says is relevant enough: an adapter and a threshold, or a cut-off that needs no training.
 *
 * @param adapter the name of the adapter, or of the one whose sample the cut-off compares with; null if it needs none
 * @param minRelevance 0–1; null for the adapter's own threshold
 * @param cutOff the type of the cut-off; null to use the adapter
 * @param min the cut-off's minimum; null for types without
 */
record RelevanceRule(String adapter, Double minRelevance, String cutOff, Double min)
    implements
      Writeable,
      ToXContentFragment {

  RelevanceRule {
    if (adapter == null && cutOff == null) {
      throw new IllegalArgumentException("needs [adapter] or [cutoff]");
    }
    if (adapter != null) {
      AdapterName.check(adapter);
    }
    if (cutOff == null) {
      checkMinRelevance(minRelevance);
    } else {
      checkCutOff(adapter, minRelevance, cutOff, min);
    }
  }

  private static void checkMinRelevance(Double minRelevance) {
    if (minRelevance != null && !(minRelevance >= 0 && minRelevance <= 1)) {
      throw new IllegalArgumentException("[min_relevance] must be between 0 and 1, got " + minRelevance);
    }
  }

  private static void checkCutOff(String sample, Double minRelevance, String cutOff, Double min) {
    if (minRelevance != null) {
      throw new IllegalArgumentException("[min_relevance] goes with [adapter], not with [cutoff]");
    }
    CutOffs.checkParameters(cutOff, min);
    if (CutOffs.needsSample(cutOff) != (sample != null)) {
      throw new IllegalArgumentException("cut-off [" + cutOff + "] " + (sample == null
          ? "needs [sample], the name of an adapter that has a sample of documents"
          : "takes no [sample], got [" + sample + "]"));
    }
  }

  static RelevanceRule ofAdapter(String adapter, Double minRelevance) {
    return new RelevanceRule(adapter, minRelevance, null, null);
  }

  static RelevanceRule ofCutOff(String type, Double min, String sample) {
    return new RelevanceRule(sample, null, type, min);
  }

  /** Reads it from the wire; the limits are checked by the constructor. */
  RelevanceRule(StreamInput in) throws IOException {
    this(in.readOptionalString(), in.readOptionalDouble(), in.readOptionalString(), in.readOptionalDouble());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeOptionalString(adapter);
    out.writeOptionalDouble(minRelevance);
    out.writeOptionalString(cutOff);
    out.writeOptionalDouble(min);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (cutOff == null) {
      builder.field("adapter", adapter);
      return minRelevance == null ? builder : builder.field("min_relevance", minRelevance);
    }
    builder.startObject("cutoff").field("type", cutOff);
    if (min != null) {
      builder.field("min", min);
    }
    if (adapter != null) {
      builder.field("sample", adapter);
    }
    return builder.endObject();
  }

  /** Whether what it needs of the adapter is the sample, and not what was learned. */
  boolean comparesWithSample() {
    return cutOff != null;
  }

  /** Whether {@link #cut} needs what an adapter knows of the query vector. */
  boolean needsCalibration() {
    return adapter != null;
  }

  /** @param calibration of this query vector by the adapter; null if none is needed */
  QueryCut cut(float[] vector, QueryCalibration calibration) {
    if (cutOff == null) {
      return calibration.curve().cut(minRelevance == null ? calibration.threshold() : minRelevance);
    }
    CosineStatistics statistics = calibration == null ? null : calibration.statistics();
    return CutOffs.create(cutOff, min, statistics == null ? null : query -> statistics).on(vector);
  }
}
