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
 * @param bits the bits of a code for each dimension, or for each sub-vector; 0 without codes
 * @param subvectors the sub-vectors of a product code; 0 for other kinds, and until the dimension is known if it is to decide
 */
public record QuantizationParameters(Type type, int bits, int subvectors) {
  private static final String TYPE = "type";
  private static final String BITS = "bits";
  private static final String SUBVECTORS = "subvectors";
  private static final int MAX_DIMENSIONS_OF_SUBVECTOR = 64;
  static final QuantizationParameters DEFAULT = new QuantizationParameters(Type.BINARY, 1, 0);

  /** The kinds of codes. */
  public enum Type {
    /** Codes of RaBitQ. */
    BINARY,
    /** Codes of learned centroids. */
    PRODUCT,
    /** Codes of one byte. */
    SCALAR,
    /** No codes: an HNSW graph is searched on float32. */
    NONE;

    /** The bits that a code may have, the default first. */
    private List<Integer> bits() {
      return switch (this) {
        case BINARY -> List.of(1, 2, 4);
        case PRODUCT -> List.of(4, 8);
        case SCALAR -> List.of(8);
        case NONE -> List.of();
      };
    }

    private Set<String> known() {
      return switch (this) {
        case BINARY, SCALAR -> Set.of(TYPE, BITS);
        case PRODUCT -> Set.of(TYPE, BITS, SUBVECTORS);
        case NONE -> Set.of(TYPE);
      };
    }

    /** The name in mappings, which is that of the codec's quantizer too. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static QuantizationParameters parse(String field, Object value) {
    Map<?, ?> quantization = MappingValues.object(field, "quantization", value, Set.of(TYPE, BITS, SUBVECTORS));
    Type type = MappingValues.constant(field, "quantization." + TYPE, quantization.get(TYPE), Type.class);
    MappingValues.object(field, "quantization", value, type.known());
    int subvectors = quantization.containsKey(SUBVECTORS)
        ? MappingValues.integer(field, "quantization." + SUBVECTORS, quantization.get(SUBVECTORS), 1,
            VectorParser.MAX_DIMENSION)
        : 0;
    return new QuantizationParameters(type, bits(field, type, quantization), subvectors);
  }

  /** The same with as many sub-vectors as the dimension asks for, or with those that were given if it allows them. */
  QuantizationParameters forDimension(String field, int dimension) {
    if (type != Type.PRODUCT) {
      return this;
    }
    if (subvectors == 0) {
      // A 32nd of the floats, whatever the bits.
      return new QuantizationParameters(type, bits, Math.ceilDiv(dimension, bits));
    }
    int least = Math.ceilDiv(dimension, MAX_DIMENSIONS_OF_SUBVECTOR);
    MappingValues.integer(field, "quantization." + SUBVECTORS, subvectors, least, dimension);
    return this;
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
    if (subvectors != 0) {
      builder.field(SUBVECTORS, subvectors);
    }
    builder.endObject();
  }
}
