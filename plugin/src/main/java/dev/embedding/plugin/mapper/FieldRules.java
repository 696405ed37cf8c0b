package dev.embedding.plugin.mapper;

import static org.opensearch.cluster.metadata.IndexMetadata.INGESTION_SOURCE_TYPE_SETTING;
import static org.opensearch.cluster.metadata.IndexMetadata.NONE_INGESTION_SOURCE_TYPE;
import static org.opensearch.cluster.metadata.IndexMetadata.SETTING_INGESTION_SOURCE_TYPE;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import org.opensearch.common.Explicit;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.ParametrizedFieldMapper.Parameter;

import dev.embedding.plugin.EmbeddingSettings;

/** What all our field types ask of a mapping. */
final class FieldRules {
  /**
   * What {@code ignore_malformed} is, whatever the index says: a vector that is not indexed is in no place at all, as
   * {@code _source} keeps none.
   */
  static final Explicit<Boolean> NEVER_IGNORE_MALFORMED = new Explicit<>(false, true);

  private static final int MAX_MODEL_LENGTH = 256;
  /** What core would take from the mapping of any field, and ignore. */
  private static final Set<String> IGNORED_BY_CORE = Set.of("store", "index", "doc_values", "boost", "index_options",
      "similarity");

  private FieldRules() {}

  /**
   * Checks that a field of a type may be where a mapping has it, and has none of the parameters that core would ignore.
   *
   * @param own those of them that the type knows
   */
  static void check(String type, String name, Map<String, Object> node, Mapper.TypeParser.ParserContext context,
      Set<String> own) {
    requireOurEngine(type, name, context.getSettings());
    if (context.isWithinMultiField()) {
      throw new MapperParsingException(
          "field [" + name + "] of type [" + type + "] cannot be one of the [fields] of another");
    }
    for (String absent : List.of("fields", "copy_to")) {
      // Core stumbles over null before it looks at the rest.
      if (node.containsKey(absent) && node.get(absent) == null) {
        throw neitherFieldsNorCopies(type, name);
      }
    }
    for (String ignored : IGNORED_BY_CORE) {
      if (node.containsKey(ignored) && own.contains(ignored) == false) {
        throw new MapperParsingException(
            "unknown parameter [" + ignored + "] on mapper [" + name + "] of type [" + type + "]");
      }
    }
  }

  /** Only our engine writes the field by its mapping; another would write it by its own defaults without a word. */
  private static void requireOurEngine(String type, String name, Settings index) {
    if (EmbeddingSettings.ENABLED.get(index) == false) {
      throw new MapperParsingException("field [" + name + "] of type [" + type + "] needs the index setting ["
          + EmbeddingSettings.ENABLED.getKey() + "] to be [true], which is set when the index is created");
    }
    if (NONE_INGESTION_SOURCE_TYPE.equals(INGESTION_SOURCE_TYPE_SETTING.get(index)) == false) {
      throw new MapperParsingException("field [" + name + "] of type [" + type
          + "] is not available in an index with [" + SETTING_INGESTION_SOURCE_TYPE + "]");
    }
  }

  /** A field has a value in one form and place only. */
  static MapperParsingException neitherFieldsNorCopies(String type, String name) {
    return new MapperParsingException(
        "field [" + name + "] of type [" + type + "] takes neither [fields] nor [copy_to]");
  }

  /** The parameter {@code dimension}, which is required and stays. */
  static Parameter<Integer> dimension(String type, String name, Function<FieldMapper, Integer> known) {
    Parameter<Integer> dimension = new Parameter<>("dimension", false, () -> null,
        (field, context, value) -> MappingValues.integer(field, "dimension", value, 1, VectorParser.MAX_DIMENSION),
        known);
    return dimension.setValidator(value -> {
      if (value == null) {
        throw new MapperParsingException("field [" + name + "] of type [" + type
            + "] needs [dimension], an integer between 1 and " + VectorParser.MAX_DIMENSION);
      }
    });
  }

  /** The parameter {@code model}, which may be given once. */
  static Parameter<String> model(Function<FieldMapper, String> known) {
    Parameter<String> model = new Parameter<>("model", false, () -> null,
        (field, context, value) -> model(field, value), known);
    model.setMergeValidator((before, after) -> before == null || before.equals(after));
    return model.acceptsNull();
  }

  /** The name of a model. */
  private static String model(String field, Object value) {
    if (value instanceof String model && model.isBlank() == false && model.length() <= MAX_MODEL_LENGTH) {
      return model;
    }
    throw new IllegalArgumentException(
        "[model] of field [" + field + "] must be a name of 1 to " + MAX_MODEL_LENGTH + " characters, got [" + value
            + "]");
  }
}
