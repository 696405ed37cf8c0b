package dev.embedding.plugin.mapper;

import static org.opensearch.cluster.metadata.IndexMetadata.INGESTION_SOURCE_TYPE_SETTING;
import static org.opensearch.cluster.metadata.IndexMetadata.NONE_INGESTION_SOURCE_TYPE;
import static org.opensearch.cluster.metadata.IndexMetadata.SETTING_INGESTION_SOURCE_TYPE;

import java.util.List;
import java.util.Map;
import java.util.Set;

import org.opensearch.common.Explicit;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperParsingException;

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

  static MapperParsingException needsDimension(String type, String name) {
    return new MapperParsingException("field [" + name + "] of type [" + type
        + "] needs [dimension], an integer between 1 and " + VectorParser.MAX_DIMENSION);
  }

  /** The name of a model. */
  static String model(String field, Object value) {
    if (value instanceof String model && model.isBlank() == false && model.length() <= MAX_MODEL_LENGTH) {
      return model;
    }
    throw new IllegalArgumentException(
        "[model] of field [" + field + "] must be a name of 1 to " + MAX_MODEL_LENGTH + " characters, got [" + value
            + "]");
  }
}
