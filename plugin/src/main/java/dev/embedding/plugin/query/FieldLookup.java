package dev.embedding.plugin.query;

import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;

import dev.embedding.plugin.mapper.VectorFieldType;

/** Finds the field that a query names in the mapping of a shard. */
final class FieldLookup {
  private FieldLookup() {}

  /**
   * The field.
   *
   * @param typeName what {@code type} is called in a mapping
   * @param query the name of the query, for messages
   * @param model that the field's vectors must be of; null if not to be checked
   */
  static <T extends VectorFieldType> T find(Class<T> type, String typeName, String query, String field, String model,
      QueryShardContext context) {
    MappedFieldType found = context.fieldMapper(field);
    if (found == null) {
      throw new QueryShardException(context,
          "[" + query + "] finds no field [" + field + "] in the mapping; set [ignore_unmapped] to accept that");
    }
    if (type.isInstance(found.unwrap()) == false) {
      throw new QueryShardException(context, "[" + query + "] needs a field of type [" + typeName + "], but [" + field
          + "] is of type [" + found.typeName() + "]");
    }
    T fitting = type.cast(found.unwrap());
    if (model != null && model.equals(fitting.model()) == false) {
      throw new QueryShardException(context, "[" + query + "] [model] is [" + model + "], but field [" + field
          + "] holds vectors of " + (fitting.model() == null ? "no named model" : "[" + fitting.model() + "]"));
    }
    return fitting;
  }
}
