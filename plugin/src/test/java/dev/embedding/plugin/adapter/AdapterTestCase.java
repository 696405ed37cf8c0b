package dev.embedding.plugin.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;

import dev.embedding.plugin.SingleNodeTestCase;
import dev.embedding.plugin.mapper.VectorParser;

/**
 * A node with made-up judgements in which the right cut depends on the query: for half of the queries documents are
 * relevant from a cosine of 0.7 on, for the others from 0.3 on, and the first number of the vector tells which.
 */
abstract class AdapterTestCase extends SingleNodeTestCase {
  static final int DIMENSION = 8;
  static final int QUERIES = 60;
  /** Of each query, with cosines of 1/12, 2/12, … */
  static final int DOCUMENTS = 11;

  static final String BODY = """
      {"index": "documents", "field": "v", "candidates": 700, "judgements":
        {"index": "judged", "query_vector": "query", "document": "documents", "rating": "rating"}}""";

  final List<float[]> queries = new ArrayList<>();

  static double leastCosine(int query) {
    return query % 2 == 0 ? 0.7 : 0.3;
  }

  /** Documents whose id is their query and their place, and judgements of all of them. */
  void createJudged() {
    createJudged(Settings.builder());
  }

  void createJudged(Settings.Builder settings) {
    create("documents", settings.put(settings().build()), """
        {"properties": {"v": {"type": "embedding", "dimension": 8}, "hidden": {"type": "integer"},
          "title": {"type": "keyword"}}}""");
    createIndex("judged");
    Random random = new Random(5);
    BulkRequestBuilder documents = client().prepareBulk();
    BulkRequestBuilder judged = client().prepareBulk();
    for (int q = 0; q < QUERIES; q++) {
      float[] query = unit(random, q % 2 == 0 ? 2 : -2);
      queries.add(query);
      List<String> good = new ArrayList<>();
      List<String> bad = new ArrayList<>();
      for (int i = 1; i <= DOCUMENTS; i++) {
        double cosine = i / (DOCUMENTS + 1.0);
        String id = q + "-" + i;
        (cosine > leastCosine(q) ? good : bad).add("\"" + id + "\"");
        documents.add(client().prepareIndex("documents")
            .setId(id)
            .setSource(document(at(query, cosine, random), i % 2 == 0 ? "even" : "odd"), XContentType.JSON));
      }
      judged.add(client().prepareIndex("judged").setSource(judgement(query, good, 1), XContentType.JSON));
      judged.add(client().prepareIndex("judged").setSource(judgement(query, bad, 0), XContentType.JSON));
    }
    for (BulkRequestBuilder bulk : List.of(documents, judged)) {
      BulkResponse response = bulk.setRefreshPolicy(RefreshPolicy.IMMEDIATE).get();
      assertFalse(response.buildFailureMessage(), response.hasFailures());
    }
  }

  static String document(float[] vector, String title) {
    return String.format(Locale.ROOT, "{\"v\": \"%s\", \"title\": \"%s\"}", VectorParser.encode(vector), title);
  }

  static String judgement(float[] query, List<String> documents, int rating) {
    return String.format(Locale.ROOT, "{\"query\": \"%s\", \"documents\": %s, \"rating\": %d}",
        VectorParser.encode(query), documents, rating);
  }

  private static float[] unit(Random random, float first) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = i == 0 ? first : (float) random.nextGaussian();
    }
    return scaled(vector);
  }

  private static float[] scaled(float[] vector) {
    double squares = dot(vector, vector);
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= (float) Math.sqrt(squares);
    }
    return vector;
  }

  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** A vector with a given cosine to a unit vector. */
  private static float[] at(float[] unit, double cosine, Random random) {
    float[] other = unit(random, (float) random.nextGaussian());
    double overlap = dot(unit, other);
    for (int i = 0; i < other.length; i++) {
      other[i] -= (float) (overlap * unit[i]);
    }
    scaled(other);
    float[] vector = new float[unit.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (cosine * unit[i] + Math.sqrt(1 - cosine * cosine) * other[i]);
    }
    return vector;
  }

  static TrainingSpec spec(String json) throws Exception {
    try (XContentParser parser = parser(json)) {
      return TrainingSpecParser.ofTraining(parser);
    }
  }

  static XContentParser parser(String json) throws Exception {
    return JsonXContent.jsonXContent.createParser(NamedXContentRegistry.EMPTY, LoggingDeprecationHandler.INSTANCE,
        json);
  }

  /** A body with more in it. */
  static String with(String more) {
    return BODY.strip().replaceFirst("\\}$", ", " + more + "}");
  }

  Map<String, Object> train(String name, String json) throws Exception {
    return map(client().execute(TrainAdapter.ACTION, new TrainingRequest(name, spec(json))).actionGet());
  }

  Map<String, Object> get(String name, boolean weights) {
    return map(client().execute(GetAdapter.ACTION, new GetAdapter.Request(name, weights)).actionGet());
  }

  Map<String, Object> put(String name, String json) {
    return map(client()
        .execute(PutAdapter.ACTION, new PutAdapter.Request(name, new BytesArray(json), MediaTypeRegistry.JSON))
        .actionGet());
  }

  void delete(String name) {
    client().execute(DeleteAdapter.ACTION, new DeleteAdapter.Request(name)).actionGet();
  }

  static Map<String, Object> map(AdapterResponse response) {
    return XContentHelper.convertToMap(new BytesArray(response.toString()), true, MediaTypeRegistry.JSON).v2();
  }
}
