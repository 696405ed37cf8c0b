package dev.embedding.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Sends JSON to nodes. */
final class HttpJson implements AutoCloseable {
  /** A force merge of a benchmark's index takes minutes. */
  private static final Duration LONGEST_REQUEST = Duration.ofMinutes(60);

  private final HttpClient client = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .proxy(HttpClient.Builder.NO_PROXY)
      .connectTimeout(Duration.ofSeconds(10))
      .build();

  /**
   * @param path what follows the node's port, with its leading slash and its query
   * @param body JSON, or lines of JSON; empty for none
   * @throws UncheckedIOException if there is no answer
   */
  Response request(URI node, String method, String path, String body) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(node + path))
        .timeout(LONGEST_REQUEST)
        .header("Content-Type", "application/json")
        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
        .build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      return new Response(response.statusCode(), response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + request.uri() + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException(method + " " + request.uri()));
    }
  }

  /** Ends the client's threads, and with them requests that are still under way. */
  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }
}
