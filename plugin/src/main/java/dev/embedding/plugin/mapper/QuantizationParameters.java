package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The {@code quantization} of a mapping: which codes the graph is searched on.
 *
 * @param type the kind of codes
 */
public record QuantizationParameters(Type type) {
  private static final String TYPE = "type";
  static final QuantizationParameters DEFAULT = new QuantizationParameters(Type.NONE);

  /** The kinds of codes. */
  public enum Type {
    /** No codes: the graph is searched on float32. */
    NONE
  }

  static QuantizationParameters parse(String field, Object value) {
    Map<?, ?> quantization = MappingValues.object(field, "quantization", value, Set.of(TYPE, "bits", "subvectors"));
    Object type = quantization.get(TYPE);
    if (type instanceof String name && Set.of("binary", "product", "scalar").contains(name)) {
      throw new IllegalArgumentException(
          "[quantization.type] [" + name + "] of field [" + field + "] is not available in this version, use [none]");
    }
    Type parsed = MappingValues.constant(field, "quantization." + TYPE, type, Type.class);
    MappingValues.object(field, "quantization", value, Set.of(TYPE));
    return new QuantizationParameters(parsed);
  }

  void toXContent(XContentBuilder builder, String name) throws IOException {
    builder.startObject(name).field(TYPE, type.name().toLowerCase(Locale.ROOT)).endObject();
  }
}
