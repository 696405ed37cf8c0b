package dev.embedding.plugin.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.mapper.SourceFieldMapper;

/** Applies a mapping's {@code _source} includes and excludes, but keeps the marks of vectors, which cost nothing. */
final class SourceFilter {
  private final UnaryOperator<Map<String, Object>> keeping;
  private final UnaryOperator<Map<String, Object>> marking;

  private SourceFilter(SourceFieldMapper filter, Set<String> fields) {
    String[] includes = filter.getIncludes().toArray(String[]::new);
    String[] excludes = filter.getExcludes().toArray(String[]::new);
    keeping = XContentMapValues.filter(includes, excludes, true)::apply;
    marking = XContentMapValues.filter(fields.toArray(String[]::new), new String[0], true)::apply;
  }

  /**
   * @param marked a document with marks in place of its vectors
   * @param fields the fields of the marks
   */
  static byte[] keepMarks(byte[] marked, SourceFieldMapper filter, Set<String> fields) throws IOException {
    Map<String, Object> all = XContentHelper.convertToMap(new BytesArray(marked), true, MediaTypeRegistry.JSON).v2();
    SourceFilter both = new SourceFilter(filter, fields);
    Object merged = both.merge(List.of(), both.keeping.apply(all), both.marking.apply(all), all);
    return BytesReference.toBytes(BytesReference.bytes(XContentFactory.jsonBuilder().value(merged)));
  }

  /**
   * Adds marks to what the filter kept.
   *
   * @param path the keys on the way from the document to these values
   */
  private Object merge(List<String> path, Object kept, Object marks, Object all) {
    if (kept.equals(marks)) {
      return marks;
    }
    if (kept instanceof Map<?, ?> keptMap && marks instanceof Map<?, ?> marksMap && all instanceof Map<?, ?> allMap) {
      return mergeMaps(path, keptMap, marksMap, allMap);
    }
    if (kept instanceof List<?> && marks instanceof List<?> && all instanceof List<?> allList
        && allList.isEmpty() == false) {
      return mergeLists(path, allList);
    }
    return marks;
  }

  private Object mergeMaps(List<String> path, Map<?, ?> kept, Map<?, ?> marks, Map<?, ?> all) {
    Map<Object, Object> merged = new LinkedHashMap<>(kept);
    marks.forEach((key, mark) -> merged.put(key,
        kept.containsKey(key) ? merge(append(path, (String) key), kept.get(key), mark, all.get(key)) : mark));
    return merged;
  }

  /** Element by element, as the filters drop the empty ones, so that what they leave cannot be laid side by side. */
  private Object mergeLists(List<String> path, List<?> all) {
    List<Object> merged = new ArrayList<>();
    for (Object element : all) {
      Map<String, Object> alone = alone(path, element);
      Object kept = at(path, keeping.apply(alone));
      Object marks = at(path, marking.apply(alone));
      if (kept != null && marks != null) {
        merged.add(merge(path, kept, marks, element));
      } else if (kept != null || marks != null) {
        merged.add(kept == null ? marks : kept);
      }
    }
    return merged;
  }

  private static List<String> append(List<String> path, String key) {
    List<String> longer = new ArrayList<>(path);
    longer.add(key);
    return longer;
  }

  /** A document with nothing but a value at a path. */
  private static Map<String, Object> alone(List<String> path, Object value) {
    Object document = value;
    for (String key : path.reversed()) {
      document = Collections.singletonMap(key, document);
    }
    @SuppressWarnings("unchecked") // the path of an element of a list has a key at least
    Map<String, Object> map = (Map<String, Object>) document;
    return map;
  }

  private static Object at(List<String> path, Object document) {
    Object value = document;
    for (String key : path) {
      value = value instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return value;
  }
}
