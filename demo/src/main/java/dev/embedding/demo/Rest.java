package dev.embedding.demo;

import java.util.Map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.embedding.node.Response;

/** Asks a node by REST, and fails where it refuses. Several threads may use one. */
final class Rest {
  private static final ObjectMapper JSON = new JsonMapper();
  private static final int LONGEST_QUOTE = 2_000;

  /** Sends a request, such as {@code OpenSearchCluster::request} does. */
  interface Transport {
    Response request(String method, String path, String body);
  }

  private final Transport transport;

  Rest(Transport transport) {
    this.transport = transport;
  }

  /** @param body what Jackson makes JSON of */
  JsonNode send(String method, String path, Map<String, ?> body) {
    return sendText(method, path, write(body));
  }

  JsonNode send(String method, String path) {
    return sendText(method, path, "");
  }

  /**
   * @param body JSON, or lines of JSON
   * @throws IllegalStateException if the node answers with an error
   */
  JsonNode sendText(String method, String path, String body) {
    Response response = transport.request(method, path, body);
    if (response.status() >= 400) {
      throw new IllegalStateException(
          method + " " + path + " was answered with HTTP " + response.status() + ": " + shorten(response.body()));
    }
    try {
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          method + " " + path + " was not answered with JSON: " + shorten(response.body()), e);
    }
  }

  /** One line of JSON. */
  static String write(Map<String, ?> json) {
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String shorten(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }
}
