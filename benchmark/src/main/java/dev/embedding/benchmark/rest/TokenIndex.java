package dev.embedding.benchmark.rest;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A way to keep texts with a vector for each token in OpenSearch: our field, and what users of k-NN's Lucene engine have in
 * its place, the mean of the vectors to find candidates by and all of them to compare these.
 */
enum TokenIndex {
  EMBEDDING("embedding.enabled", """
      "tokens": {"type": "multi_embedding", "dimension": %1$d%2$s}""") {
    @Override
    String fields(float[][] tokens) {
      return "\"tokens\":" + Json.base64(tokens);
    }
  },
  /** An object with an indexed vector for each token. */
  KNN_NESTED("knn", """
      "mean": %3$s, "tokens": {"type": "nested", "properties": {"vector": %3$s}}""") {
    @Override
    String fields(float[][] tokens) {
      return mean(tokens) + Arrays.stream(tokens)
          .map(token -> "{\"vector\":" + Json.array(token) + "}")
          .collect(Collectors.joining(",", ",\"tokens\":[", "]"));
    }
  },
  /** Arrays that stand in {@code _source} only, as {@code lateInteractionScore} reads them. */
  KNN_SOURCE("knn", """
      "mean": %3$s, "tokens": {"type": "object", "enabled": false}""") {
    @Override
    String fields(float[][] tokens) {
      return mean(tokens)
          + Arrays.stream(tokens).map(Json::array).collect(Collectors.joining(",", ",\"tokens\":[", "]"));
    }
  };

  private final String setting;
  private final String fields;

  TokenIndex(String setting, String fields) {
    this.setting = setting;
    this.fields = fields;
  }

  /** The index's name. */
  String index() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The settings and mappings of the index.
   *
   * @param parameters further ones of our field, in JSON
   */
  String body(int dimension, String parameters) {
    return String.format(Locale.ROOT, """
        {"settings": {"index.%s": true, "number_of_shards": 1, "number_of_replicas": 0},
         "mappings": {"properties": {"text": {"type": "text"}, %s}}}""", setting,
        String.format(Locale.ROOT, fields, dimension, parameters.isEmpty() ? "" : "," + parameters,
            knnVector(dimension)));
  }

  String document(String text, float[][] tokens) {
    return "{\"text\":" + Json.string(text) + "," + fields(tokens) + "}";
  }

  abstract String fields(float[][] tokens);

  private static String knnVector(int dimension) {
    return String.format(Locale.ROOT, """
        {"type": "knn_vector", "dimension": %d, "space_type": "cosinesimil",
         "method": {"name": "hnsw", "engine": "lucene"}}""", dimension);
  }

  private static String mean(float[][] tokens) {
    return "\"mean\":" + Json.array(TokenTexts.mean(tokens));
  }
}
