package dev.embedding.plugin.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.mapper.SourceFieldMapper;

/** Applies a mapping's {@code _source} includes and excludes, but keeps the marks of vectors, which cost nothing. */
final class SourceFilter {
  private SourceFilter() {}

  /**
   * @param marked a document with marks in place of its vectors
   * @param fields the fields of the marks
   */
  static byte[] keepMarks(byte[] marked, SourceFieldMapper filter, Set<String> fields) throws IOException {
    BytesReference source = new BytesArray(marked);
    Map<String, Object> all = XContentHelper.convertToMap(source, true, MediaTypeRegistry.JSON).v2();
    BytesReference filtered = filter.applyFilters(source, MediaTypeRegistry.JSON);
    Map<String, Object> kept = XContentHelper.convertToMap(filtered, true, MediaTypeRegistry.JSON).v2();
    Map<String, Object> marks = XContentMapValues.filter(fields.toArray(String[]::new), new String[0], true).apply(all);
    Object merged = merge(kept, marks, all);
    return BytesReference.toBytes(
        BytesReference.bytes(XContentFactory.jsonBuilder().value(merged)));
  }

  /**
   * Adds marks to what a filter kept.
   *
   * @param all the unfiltered value: taken where the filter dropped elements of an array, so that what it kept and the
   *     marks cannot be laid side by side
   */
  private static Object merge(Object kept, Object marks, Object all) {
    if (kept instanceof Map<?, ?> keptMap && marks instanceof Map<?, ?> marksMap && all instanceof Map<?, ?> allMap) {
      return mergeMaps(keptMap, marksMap, allMap);
    }
    if (kept instanceof List<?> keptList && marks instanceof List<?> marksList && all instanceof List<?> allList
        && allList.isEmpty() == false) {
      return mergeLists(keptList, marksList, allList);
    }
    return marks;
  }

  private static Object mergeMaps(Map<?, ?> kept, Map<?, ?> marks, Map<?, ?> all) {
    Map<Object, Object> merged = new LinkedHashMap<>(kept);
    marks.forEach(
        (key, mark) -> merged.put(key, kept.containsKey(key) ? merge(kept.get(key), mark, all.get(key)) : mark));
    return merged;
  }

  private static Object mergeLists(List<?> kept, List<?> marks, List<?> all) {
    if (kept.size() != all.size() || marks.size() != all.size()) {
      return all;
    }
    List<Object> merged = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      merged.add(merge(kept.get(i), marks.get(i), all.get(i)));
    }
    return merged;
  }
}
