package dev.embedding.benchmark.rest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

import com.sun.net.httpserver.HttpServer;

import org.apache.lucene.tests.util.LuceneTestCase;

public class TestRestConnection extends LuceneTestCase {
  private final Set<Integer> clients = new HashSet<>();

  /** Answers with what it is sent, at "/no" as an error. */
  private HttpServer echo() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      clients.add(exchange.getRemoteAddress().getPort());
      byte[] body = exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/no") ? 400 : 200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
    return server;
  }

  public void testRequestsShareAConnection() throws IOException {
    HttpServer server = echo();
    try (RestConnection connection = new RestConnection(URI.create("http:/" + server.getAddress()))) {
      for (int length : new int[] {1, 10, 100_000}) {
        String sent = "é".repeat(length);
        byte[] answer = connection.send(connection.post("/yes?a=b", sent));
        assertEquals(sent, new String(answer, StandardCharsets.UTF_8));
      }
      IllegalStateException e = expectThrows(IllegalStateException.class,
          () -> connection.send(connection.post("/no", "why")));
      assertTrue(e.getMessage(), e.getMessage().startsWith("HTTP/1.1 400 ") && e.getMessage().endsWith("why"));
      assertEquals("after", new String(connection.send(connection.post("/yes", "after")), StandardCharsets.UTF_8));
    } finally {
      server.stop(0);
    }
    assertEquals(1, clients.size());
  }

  public void testAServerThatGoesAway() throws IOException {
    HttpServer server = echo();
    try (RestConnection connection = new RestConnection(URI.create("http:/" + server.getAddress()))) {
      connection.send(connection.post("/yes", "{}"));
      server.stop(0);
      expectThrows(IOException.class, () -> connection.send(connection.post("/yes", "{}")));
    }
  }
}
