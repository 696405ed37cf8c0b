package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The {@code quantization} of a mapping: which codes are searched. Scores are those of the floats whatever it is.
 *
 * @param type the kind of codes
 * @param bits the bits of a code for each dimension; 0 without codes
 */
public record QuantizationParameters(Type type, int bits) {
  private static final String TYPE = "type";
  private static final String BITS = "bits";
  static final QuantizationParameters DEFAULT = new QuantizationParameters(Type.BINARY, 1);

  /** The kinds of codes. */
  public enum Type {
    /** Codes of RaBitQ. */
    BINARY,
    /** Codes of one byte. */
    SCALAR,
    /** No codes: an HNSW graph is searched on float32. */
    NONE;

    /** The bits that a code may have for each dimension, the default first. */
    private List<Integer> bits() {
      return switch (this) {
        case BINARY -> List.of(1, 2, 4);
        case SCALAR -> List.of(8);
        case NONE -> List.of();
      };
    }

    /** The name in mappings, which is that of the codec's quantizer too. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static QuantizationParameters parse(String field, Object value) {
    Map<?, ?> quantization = MappingValues.object(field, "quantization", value, Set.of(TYPE, BITS, "subvectors"));
    if ("product".equals(quantization.get(TYPE))) {
      throw new IllegalArgumentException("[quantization.type] [product] of field [" + field
          + "] is not available in this version, use [binary], [scalar] or [none]");
    }
    Type type = MappingValues.constant(field, "quantization." + TYPE, quantization.get(TYPE), Type.class);
    MappingValues.object(field, "quantization", value, type.bits().isEmpty() ? Set.of(TYPE) : Set.of(TYPE, BITS));
    return new QuantizationParameters(type, bits(field, type, quantization));
  }

  private static int bits(String field, Type type, Map<?, ?> quantization) {
    if (quantization.containsKey(BITS) == false) {
      return type.bits().isEmpty() ? 0 : type.bits().getFirst();
    }
    Object bits = quantization.get(BITS);
    if (bits instanceof Integer number && type.bits().contains(number)) {
      return number;
    }
    throw new IllegalArgumentException(
        "[quantization." + BITS + "] of field [" + field + "] must be one of " + type.bits()
            + " for [" + type + "], got [" + bits + "]");
  }

  void toXContent(XContentBuilder builder, String name) throws IOException {
    builder.startObject(name).field(TYPE, type.toString());
    if (bits != 0) {
      builder.field(BITS, bits);
    }
    builder.endObject();
  }
}
