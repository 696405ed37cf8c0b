package dev.embedding.plugin.mapper;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads values of a mapping strictly: what is not exactly as documented is refused by a sentence that says so. */
final class MappingValues {
  private MappingValues() {}

  /** An integer in [min, max]; fractions, text and null are refused. */
  static int integer(String field, String parameter, Object value, int min, int max) {
    if ((value instanceof Integer || value instanceof Long) && ((Number) value).longValue() >= min
        && ((Number) value).longValue() <= max) {
      return ((Number) value).intValue();
    }
    throw new IllegalArgumentException("[" + parameter + "] of field [" + field + "] must be an integer between " + min
        + " and " + max + ", got [" + value + "]");
  }

  /** One of a few integers. */
  static int oneOf(String field, String parameter, Object value, List<Integer> allowed) {
    if (value instanceof Integer number && allowed.contains(number)) {
      return number;
    }
    throw new IllegalArgumentException(
        "[" + parameter + "] of field [" + field + "] must be one of " + allowed + ", got [" + value + "]");
  }

  /** An object with no keys but the known ones. */
  static Map<?, ?> object(String field, String parameter, Object value, Set<String> known) {
    if (value instanceof Map<?, ?> == false) {
      throw new IllegalArgumentException(
          "[" + parameter + "] of field [" + field + "] must be an object, got [" + value + "]");
    }
    Map<?, ?> map = (Map<?, ?>) value;
    for (Object key : map.keySet()) {
      if (known.contains(key) == false) {
        throw new IllegalArgumentException("unknown parameter [" + parameter + "." + key + "] of field [" + field
            + "], known are " + new TreeSet<>(known));
      }
    }
    return map;
  }

  /** A constant of an enum, by its lower-case name. */
  static <E extends Enum<E>> E constant(String field, String parameter, Object value, Class<E> type) {
    Set<String> names = new TreeSet<>();
    for (E constant : type.getEnumConstants()) {
      String name = constant.name().toLowerCase(Locale.ROOT);
      if (name.equals(value)) {
        return constant;
      }
      names.add(name);
    }
    throw new IllegalArgumentException(
        "[" + parameter + "] of field [" + field + "] must be one of " + names + ", got [" + value + "]");
  }
}
