package dev.embedding.rest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import org.apache.hc.core5.http.HttpHost;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.opensearch.client.json.jackson.JacksonJsonpMapper;
import org.opensearch.client.opensearch.OpenSearchClient;
import org.opensearch.client.opensearch._types.OpenSearchException;
import org.opensearch.client.opensearch._types.Refresh;
import org.opensearch.client.opensearch._types.query_dsl.Query;
import org.opensearch.client.opensearch.core.BulkResponse;
import org.opensearch.client.opensearch.core.SearchResponse;
import org.opensearch.client.opensearch.core.search.Hit;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/**
 * What users of opensearch-java can do with our type and query, which it does not know: its generic client takes any
 * JSON, its {@code wrapper} query takes ours beside its own, documents are just documents.
 */
public class JavaClientIT {
  private OpenSearchTransport transport;
  private OpenSearchClient client;

  @Before
  public void connect() throws Exception {
    transport = ApacheHttpClient5TransportBuilder.builder(HttpHost.create(RealNode.cluster().node(0).uri()))
        .setMapper(new JacksonJsonpMapper())
        .build();
    client = new OpenSearchClient(transport);
    assertEquals(200, send("PUT", "/articles", """
        { "settings": { "index.embedding.enabled": true, "number_of_replicas": 0 },
          "mappings": { "properties": {
            "title": { "type": "keyword" },
            "title_embedding": { "type": "embedding", "dimension": 2 } } } }"""));
  }

  @After
  public void disconnect() throws IOException {
    client.indices().delete(request -> request.index("articles"));
    transport.close();
  }

  private int send(String method, String endpoint, String json) throws IOException {
    try (Response response = client.generic()
        .execute(Requests.builder().method(method).endpoint(endpoint).json(json).build())) {
      return response.getStatus();
    }
  }

  private static Query nearest(String parameters) {
    String json = "{ \"nearest\": { \"title_embedding\": " + parameters + " } }";
    String base64 = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    return Query.of(query -> query.wrapper(wrapper -> wrapper.query(base64)));
  }

  /** A document with its vector as numbers. */
  public record Article(String title,
      @com.fasterxml.jackson.annotation.JsonProperty("title_embedding") List<Float> titleEmbedding) {}

  private void bulkIndex() throws IOException {
    BulkResponse response = client.bulk(bulk -> bulk.index("articles")
        .refresh(Refresh.True)
        .operations(operation -> operation
            .index(index -> index.id("cat").document(new Article("cat", List.of(1f, 0f)))))
        .operations(operation -> operation
            .index(index -> index.id("bus").document(Map.of("title", "bus", "title_embedding", "AAAAAAAAgD8=")))));
    assertFalse(response.errors());
  }

  @Test
  public void testDocumentsAreIndexedAndReadAsUsersOwnClasses() throws IOException {
    Article article = new Article("dog", List.of(0.1f, 0.9f));
    client.index(index -> index.index("articles").id("dog").document(article).refresh(Refresh.True));
    assertEquals(article, client.get(get -> get.index("articles").id("dog"), Article.class).source());
  }

  @Test
  public void testWrapperTakesOurQuery() throws IOException {
    bulkIndex();
    SearchResponse<Map<?, ?>> response = search(nearest("{ \"vector\": [1, 0], \"k\": 2 }"));
    List<Hit<Map<?, ?>>> hits = response.hits().hits();
    assertEquals(2, hits.size());
    assertEquals("cat", hits.get(0).id());
    assertEquals(1, hits.get(0).score(), 0);
    assertEquals("AAAAAAAAgD8=", hits.get(1).source().get("title_embedding"));
  }

  @Test
  public void testWrapperStandsInTypedQueries() throws IOException {
    bulkIndex();
    Query both = Query.of(query -> query.bool(bool -> bool //
        .must(nearest("{ \"vector\": \"AACAPwAAAAA=\", \"k\": 2 }"))
        .filter(filter -> filter.term(term -> term.field("title").value(value -> value.stringValue("bus"))))));
    List<Hit<Map<?, ?>>> hits = search(both).hits().hits();
    assertEquals(1, hits.size());
    assertEquals("bus", hits.getFirst().id());
  }

  @SuppressWarnings("unchecked") // a class literal knows no parameters
  private SearchResponse<Map<?, ?>> search(Query query) throws IOException {
    return client.search(search -> search.index("articles").query(query), (Class<Map<?, ?>>) (Class<?>) Map.class);
  }

  @Test
  public void testErrorsComeAsTheClientsException() {
    OpenSearchException e = assertThrows(
        OpenSearchException.class, () -> search(nearest("{ \"vector\": [1, 0, 0], \"k\": 1 }")));
    assertEquals(400, e.status());
    assertTrue(e.getMessage(), e.response().toJsonString().contains("takes vectors of dimension 2, got 3"));
  }

  @Test
  public void testGenericClientTakesOurQueryAsItIs() throws IOException {
    bulkIndex();
    try (Response response = client.generic()
        .execute(Requests.builder().method("POST").endpoint("/articles/_search").json("""
            { "query": { "nearest": { "title_embedding": { "vector": [0, 1], "k": 1 } } } }""").build())) {
      assertEquals(200, response.getStatus());
      assertTrue(response.getBody().orElseThrow().bodyAsString().contains("\"_id\":\"bus\""));
    }
  }

  /**
   * The client's reader of mappings has a closed list of types, and no way to add one: a mapping with a field of ours,
   * as with one of any other plugin's but k-NN's, cannot be read by {@code indices().getMapping} or
   * {@code indices().get}. The generic client reads it as JSON. This test fails on the day when that gets better.
   */
  @Test
  public void testTypedMappingReaderDoesNotKnowOurType() throws IOException {
    RuntimeException e = assertThrows(RuntimeException.class,
        () -> client.indices().getMapping(request -> request.index("articles")));
    assertTrue(e.toString(), e.toString().contains("Missing required property 'Builder.<variant kind>'"));
    try (Response response = client.generic()
        .execute(Requests.builder().method("GET").endpoint("/articles/_mapping").build())) {
      assertTrue(response.getBody().orElseThrow().bodyAsString().contains("\"type\":\"embedding\""));
    }
  }
}
