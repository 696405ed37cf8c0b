package dev.embedding.plugin.adapter;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.ClearScrollRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.sort.FieldSortBuilder;
import org.opensearch.transport.client.Client;

import dev.embedding.plugin.mapper.VectorParser;

/** Reads judgements from an index, with the rights of who asks, and puts together what belongs to one query. */
final class JudgementReader {
  private static final int PAGE = 200;
  private static final TimeValue KEEP = TimeValue.timeValueMinutes(5);
  /** What a judgement takes beside its text. */
  private static final long ENTRY_BYTES = 160;

  private final Client client;
  private final TrainingSpec.Judgements spec;
  private final EmbeddingSpace space;
  private final TrainingMemory memory;
  private final TrainingTask task;
  private final SortedMap<FloatBuffer, Map<String, Double>> queries = new TreeMap<>();

  JudgementReader(Client client, TrainingSpec.Judgements spec, EmbeddingSpace space, TrainingMemory memory,
      TrainingTask task) {
    this.client = client;
    this.spec = spec;
    this.space = space;
    this.memory = memory;
    this.task = task;
  }

  /**
   * By query vector, in an order that does not depend on how they are stored: the judged documents, each with the weight
   * of what says that it is relevant, less the weight of what says that it is not.
   */
  SortedMap<FloatBuffer, Map<String, Double>> read() {
    SearchSourceBuilder source = new SearchSourceBuilder().size(PAGE)
        .sort(FieldSortBuilder.DOC_FIELD_NAME)
        .fetchSource(fields(), null);
    SearchResponse page = client
        .search(new SearchRequest(spec.index()).source(source).scroll(KEEP).allowPartialSearchResults(false))
        .actionGet();
    String scroll = page.getScrollId();
    try {
      while (page.getHits().getHits().length > 0) {
        for (SearchHit hit : page.getHits()) {
          addNamed(hit);
        }
        task.at("read", queries.size(), 0);
        page = client.prepareSearchScroll(scroll).setScroll(KEEP).get();
        scroll = page.getScrollId();
      }
    } finally {
      ClearScrollRequest end = new ClearScrollRequest();
      end.addScrollId(scroll);
      client.clearScroll(end, ActionListener.wrap(done -> {}, e -> {})); // else it ends by its time
    }
    return queries;
  }

  private String[] fields() {
    List<String> fields = new ArrayList<>(List.of(spec.queryVector(), spec.document()));
    if (spec.rating() != null) {
      fields.add(spec.rating());
    }
    if (spec.weight() != null) {
      fields.add(spec.weight());
    }
    return fields.toArray(String[]::new);
  }

  private void addNamed(SearchHit hit) {
    try {
      Map<String, Object> source = hit.getSourceAsMap();
      add(source == null ? Map.of() : source);
    } catch (IllegalArgumentException e) {
      throw new OpenSearchStatusException(
          "judgement [" + hit.getId() + "] of [" + hit.getIndex() + "]: " + e.getMessage(), RestStatus.BAD_REQUEST, e);
    }
  }

  private void add(Map<String, Object> judgement) {
    FloatBuffer vector = FloatBuffer.wrap(vector(judgement));
    Set<String> documents = documents(judgement);
    double weight = weight(judgement);
    boolean relevant = documents.isEmpty() == false && relevant(judgement);
    Map<String, Double> known = queries.get(vector);
    if (known == null) {
      memory.reserve(ENTRY_BYTES + (long) Float.BYTES * vector.capacity());
      known = new HashMap<>();
      queries.put(vector, known);
    }
    for (String document : documents) {
      memory.reserve(ENTRY_BYTES + document.length());
      known.merge(document, relevant ? weight : -weight, Double::sum);
    }
  }

  private float[] vector(Map<String, Object> judgement) {
    Object value = XContentMapValues.extractValue(spec.queryVector(), judgement);
    float[] vector = switch (value) {
      case String base64 -> VectorParser.decode(base64);
      case List<?> numbers -> numbers(numbers);
      case null -> throw new IllegalArgumentException("no vector in [" + spec.queryVector() + "]");
      default -> throw new IllegalArgumentException(
          "[" + spec.queryVector() + "] must be an array of numbers or base64 of little-endian float32");
    };
    return VectorParser.check(vector, spec.queryVector(), space.dimension(), space.similarity());
  }

  private float[] numbers(List<?> values) {
    float[] numbers = new float[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) number(spec.queryVector(), values.get(i));
    }
    return VectorParser.checkFinite(numbers);
  }

  private static double number(String field, Object value) {
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw new IllegalArgumentException("[" + field + "] must hold numbers, got [" + value + "]");
  }

  private Set<String> documents(Map<String, Object> judgement) {
    Object value = XContentMapValues.extractValue(spec.document(), judgement);
    Set<String> ids = new LinkedHashSet<>();
    for (Object id : value instanceof List<?> list ? list : value == null ? List.of() : List.of(value)) {
      if (id instanceof String == false && id instanceof Number == false) {
        throw new IllegalArgumentException("[" + spec.document() + "] must hold ids of documents, got [" + id + "]");
      }
      ids.add(id.toString());
    }
    return ids;
  }

  private boolean relevant(Map<String, Object> judgement) {
    return spec.rating() == null
        || number(spec.rating(), XContentMapValues.extractValue(spec.rating(), judgement)) >= spec.minRating();
  }

  private double weight(Map<String, Object> judgement) {
    if (spec.weight() == null) {
      return 1;
    }
    double weight = number(spec.weight(), XContentMapValues.extractValue(spec.weight(), judgement));
    if (!(weight > 0 && weight <= 1e9)) {
      throw new IllegalArgumentException("[" + spec.weight() + "] must be above 0 and at most 1e9, got " + weight);
    }
    return weight;
  }
}
