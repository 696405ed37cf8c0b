package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.opensearch.core.xcontent.XContentBuilder;

import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;

/**
 * The {@code encoding} of a mapping: how the vectors of a document become the one by which candidates are found.
 *
 * @param projectionDimension null if the mapping does not say: then the default, or the field's dimension if that is
 *     smaller
 * @param centre the mean of the vectors of a sample, each of length one; null for none
 */
record EncodingParameters(int repetitions, int partitionBits, Integer projectionDimension, int seed,
    List<Float> centre) {
  private static final String REPETITIONS = "repetitions";
  private static final String PARTITION_BITS = "partition_bits";
  private static final String PROJECTION_DIMENSION = "projection_dimension";
  private static final String SEED = "seed";
  private static final String CENTRE = "centre";
  private static final EncodingOptions USUAL = EncodingOptions.DEFAULT;
  static final EncodingParameters DEFAULT = new EncodingParameters(USUAL.repetitions(), USUAL.partitionBits(), null,
      Math.toIntExact(USUAL.seed()), null);

  static EncodingParameters parse(String field, Object value) {
    Map<?, ?> encoding = MappingValues.object(field, "encoding", value,
        Set.of(REPETITIONS, PARTITION_BITS, PROJECTION_DIMENSION, SEED, CENTRE));
    return new EncodingParameters(
        integer(field, encoding, REPETITIONS, DEFAULT.repetitions, 1, EncodingOptions.MAX_REPETITIONS),
        integer(field, encoding, PARTITION_BITS, DEFAULT.partitionBits, 0, EncodingOptions.MAX_PARTITION_BITS),
        integer(field, encoding, PROJECTION_DIMENSION, null, 1, VectorParser.MAX_DIMENSION),
        integer(field, encoding, SEED, DEFAULT.seed, Integer.MIN_VALUE, Integer.MAX_VALUE),
        encoding.containsKey(CENTRE) ? centre(field, encoding.get(CENTRE)) : null);
  }

  private static List<Float> centre(String field, Object value) {
    if (value instanceof List<?> == false) {
      throw new IllegalArgumentException(
          "[encoding." + CENTRE + "] of field [" + field + "] must be an array of numbers, got [" + value + "]");
    }
    List<Float> numbers = new ArrayList<>();
    for (Object element : (List<?>) value) {
      if (element instanceof Number number && Float.isFinite(number.floatValue())) {
        numbers.add(number.floatValue());
      } else {
        throw new IllegalArgumentException("[encoding." + CENTRE + "] of field [" + field
            + "] must be an array of finite numbers, got [" + element + "] at position " + numbers.size());
      }
    }
    return List.copyOf(numbers);
  }

  private static Integer integer(String field, Map<?, ?> encoding, String name, Integer absent, int min, int max) {
    return encoding.containsKey(name)
        ? Integer.valueOf(MappingValues.integer(field, "encoding." + name, encoding.get(name), min, max))
        : absent;
  }

  /** These for vectors of a dimension, with nothing left open. */
  EncodingParameters ofDimension(String field, int dimension) {
    int projected = projectionDimension == null
        ? Math.min(USUAL.projectionDimension(), dimension)
        : projectionDimension;
    if (projected > dimension) {
      throw new IllegalArgumentException("[encoding." + PROJECTION_DIMENSION + "] of field [" + field
          + "] must be between 1 and the field's dimension " + dimension + ", got [" + projected + "]");
    }
    if (centre != null && centre.size() != dimension) {
      throw new IllegalArgumentException("[encoding." + CENTRE + "] of field [" + field
          + "] must have as many numbers as the field's dimension, " + dimension + ", got " + centre.size());
    }
    return new EncodingParameters(repetitions, partitionBits, projected, seed, centre);
  }

  /** For vectors of the dimension for which nothing is left open. */
  FixedDimensionalEncoder encoder(String field, int dimension) {
    try {
      EncodingOptions options = new EncodingOptions(repetitions, partitionBits, projectionDimension, seed);
      return new FixedDimensionalEncoder(options, dimension, centre == null ? null : numbers(centre));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("[encoding] of field [" + field + "]: " + e.getMessage(), e);
    }
  }

  private static float[] numbers(List<Float> list) {
    float[] numbers = new float[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.get(i);
    }
    return numbers;
  }

  void toXContent(XContentBuilder builder, String name) throws IOException {
    builder.startObject(name)
        .field(REPETITIONS, repetitions)
        .field(PARTITION_BITS, partitionBits)
        .field(PROJECTION_DIMENSION, projectionDimension)
        .field(SEED, seed);
    if (centre != null) {
      builder.field(CENTRE, centre);
    }
    builder.endObject();
  }
}
