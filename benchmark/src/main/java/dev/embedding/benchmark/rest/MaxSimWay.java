package dev.embedding.benchmark.rest;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A way to find the texts with the best MaxSim over REST.
 *
 * @param name what is printed
 * @param index which is searched
 * @param search makes the query in JSON, and what else the search has
 */
record MaxSimWay(String name, TokenIndex index, Search search) {

  /** What is behind {@code "query":} in the body of a search for some words and vectors. */
  interface Search {
    String json(String words, float[][] tokens, int k);
  }

  String body(TokenTexts queries, int query, int k) {
    return "{\"size\":" + k + ",\"_source\":false,\"query\":"
        + search.json(queries.column(query, 2), queries.vectors(query), k) + "}";
  }

  /** What any request costs. */
  static MaxSimWay matchAll() {
    return new MaxSimWay("match_all", TokenIndex.EMBEDDING, (words, tokens, k) -> "{\"match_all\":{}}");
  }

  static MaxSimWay maxSim(int candidates) {
    return new MaxSimWay("max_sim, " + candidates + " candidates", TokenIndex.EMBEDDING,
        (words, tokens, k) -> maxSim(tokens, "\"k\":" + k + ",\"candidates\":" + candidates));
  }

  static MaxSimWay overAll() {
    return new MaxSimWay("max_sim over all", TokenIndex.EMBEDDING, (words, tokens, k) -> overAll(tokens));
  }

  static MaxSimWay afterWords(int window) {
    return new MaxSimWay("BM25, max_sim of " + window, TokenIndex.EMBEDDING,
        (words, tokens, k) -> "{\"match\":{\"text\":" + Json.string(words) + "}}" + rescore(window, overAll(tokens)));
  }

  /** k-NN by the mean, then its score script over the nested vectors for each of the query's. */
  static MaxSimWay script(int window) {
    return new MaxSimWay("k-NN, script of " + window, TokenIndex.KNN_NESTED,
        (words, tokens, k) -> nearest(tokens, window)
            + rescore(window, Arrays.stream(tokens)
                .map(token -> String.format(Locale.ROOT, """
                    {"nested":{"path":"tokens","score_mode":"max","query":{"script_score":{"query":{"match_all":{}},\
                    "script":{"lang":"knn","source":"knn_score","params":{"field":"tokens.vector",\
                    "space_type":"cosinesimil","query_value":%s}}}}}}""", Json.array(token)))
                .collect(Collectors.joining(",", "{\"bool\":{\"should\":[", "]}}"))));
  }

  /** k-NN by the mean, then what it has for several vectors, which the vectors' source is read for. */
  static MaxSimWay lateInteractionScore(int window) {
    return new MaxSimWay("k-NN, lateInteractionScore of " + window, TokenIndex.KNN_SOURCE,
        (words, tokens, k) -> nearest(tokens, window) + rescore(window, String.format(Locale.ROOT, """
            {"script_score":{"query":{"match_all":{}},"script":{"source":\
            "lateInteractionScore(params.vectors, 'tokens', params._source, params.space)",\
            "params":{"space":"innerproduct","vectors":%s}}}}""",
            Arrays.stream(tokens).map(Json::array).collect(Collectors.joining(",", "[", "]")))));
  }

  private static String overAll(float[][] tokens) {
    return maxSim(tokens, "\"query\":{\"match_all\":{}}");
  }

  private static String maxSim(float[][] tokens, String parameters) {
    return "{\"max_sim\":{\"tokens\":{\"vectors\":" + Json.base64(tokens) + "," + parameters + "}}}";
  }

  private static String nearest(float[][] tokens, int k) {
    return "{\"knn\":{\"mean\":{\"vector\":" + Json.array(TokenTexts.mean(tokens)) + ",\"k\":" + k + "}}}";
  }

  private static String rescore(int window, String query) {
    return ",\"rescore\":{\"window_size\":" + window + ",\"query\":{\"query_weight\":0,\"rescore_query\":" + query
        + "}}";
  }
}
