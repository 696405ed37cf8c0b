package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.embedding.node.OpenSearchCluster;
import dev.embedding.node.Response;

/** A node that is measured over REST. */
final class RestNode {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final OpenSearchCluster cluster;

  RestNode(OpenSearchCluster cluster) {
    this.cluster = cluster;
  }

  /** To time requests on. */
  RestConnection connect() throws IOException {
    return new RestConnection(cluster.node(0).uri());
  }

  Response request(String method, String path, String body) {
    return cluster.request(method, path, body);
  }

  JsonNode ok(String method, String path, String body) throws IOException {
    Response response = request(method, path, body);
    if (response.status() != 200) {
      throw new IllegalStateException(method + " " + path + ": " + response.status() + " " + response.body());
    }
    return JSON.readTree(response.body());
  }

  static JsonNode json(byte[] body) throws IOException {
    return JSON.readTree(body);
  }

  /** Merges an index to one segment; gives its bytes. */
  long merge(String index) throws IOException {
    ok("POST", "/" + index + "/_forcemerge?max_num_segments=1", "");
    // a reader of the time before the merge would keep that time's files
    ok("POST", "/" + index + "/_refresh", "");
    ok("POST", "/" + index + "/_flush?force=true", "");
    return ok("GET", "/" + index + "/_stats/store", "").at("/_all/primaries/store/size_in_bytes").asLong();
  }

  static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** The median, and the smallest and the largest value. */
  static String range(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return String.format(Locale.ROOT, "%.2f (%.2f-%.2f)", sorted[sorted.length / 2], sorted[0],
        sorted[sorted.length - 1]);
  }
}
