package dev.embedding.plugin.index;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SegmentReader;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.get.MultiGetItemResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.lucene.Lucene;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsException;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.index.Index;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.fieldvisitor.FieldsVisitor;
import org.opensearch.index.mapper.SeqNoFieldMapper;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.index.translog.Translog;
import org.opensearch.indices.IndicesService;
import org.opensearch.search.SearchHit;
import org.opensearch.search.sort.SortOrder;

import dev.embedding.plugin.SingleNodeTestCase;
import dev.embedding.plugin.mapper.VectorParser;

/** Documents with vectors are like any others for their users, however they are kept. */
public class DocumentTests extends SingleNodeTestCase {
  private static final String BASE64 = '"' + VectorParser.encode(new float[] {0.1f, -3e7f}) + '"';
  private static final String ARRAY = "{ \"title\" : \"caf\\u00e9\", \"v\":[1.5,-2.25E-9], \"n\": 1.10 }";
  private static final String STRING = "{\"v\":" + BASE64 + ",\"title\":\"b\"}";
  private static final String NESTED = "{\"chunks\":[{\"v\":[1.0,2.0],\"language\":\"de\"},{\"language\":\"en\"},{\"v\":"
      + BASE64 + "}],\"v\":[3.0,4.0]}";

  private String source(String id) {
    return client().prepareGet("index", id).get().getSourceAsString();
  }

  private Map<String, String> sourcesOfSearch() {
    Map<String, String> sources = new HashMap<>();
    SearchResponse response = search("index", QueryBuilders.matchAllQuery());
    for (SearchHit hit : response.getHits()) {
      sources.put(hit.getId(), hit.getSourceAsString());
    }
    return sources;
  }

  private void assertSources(Map<String, String> expected) {
    assertEquals(expected, sourcesOfSearch());
    for (Map.Entry<String, String> document : expected.entrySet()) {
      assertEquals(document.getValue(), source(document.getKey()));
      assertEquals(document.getValue(),
          client().prepareGet("index", document.getKey()).setRealtime(false).get().getSourceAsString());
    }
  }

  public void testSourcesComeBackAsTheyWere() {
    create("index", settings(), MAPPING);
    Map<String, String> documents = Map.of("array", ARRAY, "string", STRING, "nested", NESTED, "none",
        "{\"title\":\"x\",\"v\":null}");
    documents.forEach((id, json) -> index("index", id, json));
    documents.forEach((id, json) -> assertEquals("from the translog", json, source(id)));
    refresh("index");
    assertSources(documents);
    client().admin().indices().prepareFlush("index").setForce(true).get();
    client().admin().indices().prepareForceMerge("index").setMaxNumSegments(1).get();
    refresh("index");
    assertSources(documents);
    client().admin().indices().prepareClose("index").get();
    client().admin().indices().prepareOpen("index").get();
    ensureGreen("index");
    assertSources(documents);
  }

  public void testMultiGetAndSourceFiltersOfARequest() {
    create("index", settings(), MAPPING);
    index("index", "array", ARRAY);
    index("index", "nested", NESTED);
    if (randomBoolean()) {
      refresh("index");
    }
    List<String> sources = new ArrayList<>();
    for (MultiGetItemResponse item : client().prepareMultiGet().add("index", "array", "nested").get()) {
      sources.add(item.getResponse().getSourceAsString());
    }
    assertEquals(List.of(ARRAY, NESTED), sources);

    GetResponse some = client().prepareGet("index", "nested").setFetchSource("*hunks", null).get();
    assertEquals(List.of("chunks"), List.copyOf(some.getSourceAsMap().keySet()));
    assertThat(some.getSourceAsString(), allOf(containsString("[1.0,2.0]"), containsString(BASE64)));
    GetResponse without = client().prepareGet("index", "nested").setFetchSource(null, "*v").get();
    assertEquals(Map.of("chunks", List.of(Map.of("language", "de"), Map.of("language", "en"))),
        without.getSourceAsMap());
    refresh("index");
    SearchHit hit = client().prepareSearch("index")
        .setQuery(QueryBuilders.idsQuery().addIds("nested"))
        .setFetchSource(new String[] {"chunks.v"}, null)
        .get()
        .getHits()
        .getAt(0);
    assertEquals("{\"chunks\":[{\"v\":[1.0,2.0]},{\"v\":" + BASE64 + "}]}", hit.getSourceAsString());
  }

  public void testUpdateKeepsVectors() {
    create("index", settings(), MAPPING);
    for (boolean refreshed : new boolean[] {false, true}) {
      index("index", "nested", NESTED);
      if (refreshed) {
        refresh("index");
      }
      client().prepareUpdate("index", "nested").setDoc("{\"title\":\"new\"}", XContentType.JSON).get();
      assertUpdated();
      refresh("index");
      assertUpdated();
      assertEquals(List.of("nested"), ids(search("index", nearest(3, 1))));
    }
  }

  private void assertUpdated() {
    Map<String, Object> updated = client().prepareGet("index", "nested").get().getSourceAsMap();
    assertEquals("new", updated.get("title"));
    assertEquals(List.of(3.0, 4.0), updated.get("v"));
    assertThat(source("nested"), allOf(containsString("[1.0,2.0]"), containsString(BASE64)));
  }

  /** Core's own update loses what the mapping excludes; a vector is kept, also before a refresh. */
  public void testVectorsThatTheMappingExcludesSurviveUpdates() {
    for (String filter : List.of("\"excludes\": [\"v\", \"chunks.v\"]", "\"includes\": [\"title\"]",
        "\"excludes\": [\"*\"]")) {
      create("index", settings(),
          MAPPING.replaceFirst("\\{", "{\"_source\": {" + filter.replace("\\", "\\\\") + "}, "));
      for (boolean refreshed : new boolean[] {false, true}) {
        index("index", "nested", NESTED);
        if (refreshed) {
          refresh("index");
        }
        client().prepareUpdate("index", "nested").setDoc("{\"title\":\"new\"}", XContentType.JSON).get();
        client().prepareUpdate("index", "nested").setDoc("{\"rank\":2}", XContentType.JSON).get();
        assertThat(filter, source("nested"),
            allOf(containsString("[3.0,4.0]"), containsString("[1.0,2.0]"), containsString(BASE64)));
        refresh("index");
        assertThat(filter, source("nested"),
            allOf(containsString("[3.0,4.0]"), containsString("[1.0,2.0]"), containsString(BASE64)));
        assertEquals(List.of("nested"), ids(search("index", nearest(3, 1))));
      }
      client().admin().indices().prepareDelete("index").get();
    }
  }

  private static final String TOKEN_MAPPING = """
      {"properties": {
        "t": {"type": "multi_embedding", "dimension": 2, "token_bits": 32, "encoding": {"repetitions": 2}},
        "small": {"type": "multi_embedding", "dimension": 2, "encoding": {"repetitions": 2}},
        "pooled": {"type": "multi_embedding", "dimension": 2, "pooling_factor": 2, "encoding": {"repetitions": 2}},
        "title": {"type": "keyword"}}}""";
  private static final String FOUR = '"' + VectorParser.encode(new float[] {0.1f, -3e7f, 1, 2}) + '"';
  /** Eight bits hold these small numbers without loss. */
  private static final String TOKENS = "{\"title\":\"a\",\"t\":[[0.1,-1.0E-7],[1.0,2.0]],\"small\":[[127.0,-3.0]],"
      + "\"pooled\":[[1.5,0],[1,0.1],[0,2]]}";
  private static final String TOKENS_BASE64 = "{\"t\":" + FOUR + ",\"pooled\":" + FOUR + "}";

  public void testManyVectorsSurviveUpdatesAndRecovery() throws IOException {
    for (String filter : List.of("", "\"_source\": {\"excludes\": [\"t\", \"small\", \"pooled\"]}, ",
        "\"_source\": {\"includes\": [\"title\"]}, ")) {
      create("index", settings(), TOKEN_MAPPING.replaceFirst("\\{", "{" + filter));
      index("index", "1", TOKENS);
      index("index", "2", TOKENS_BASE64);
      if (randomBoolean()) {
        refresh("index");
      }
      for (String id : List.of("1", "2")) {
        client().prepareUpdate("index", id).setDoc("{\"title\":\"new\"}", XContentType.JSON).get();
        client().prepareUpdate("index", id).setDoc("{\"rank\":2}", XContentType.JSON).get();
      }
      for (boolean refreshed : new boolean[] {false, true}) {
        if (refreshed) {
          refresh("index");
        }
        assertThat(filter, source("1"), allOf(containsString("\"t\":[[0.1,-1.0E-7],[1.0,2.0]]"),
            containsString("\"small\":[[127.0,-3.0]]"), containsString("[0,2]")));
        assertThat(filter, source("2"), allOf(containsString("\"t\":" + FOUR), containsString("\"pooled\":" + FOUR)));
      }
      try (Translog.Snapshot changes = shard("index").newChangesSnapshot("test", 0, 5, true, true)) {
        for (Translog.Operation change = changes.next(); change != null; change = changes.next()) {
          assertThat(((Translog.Index) change).source().utf8ToString(),
              change.seqNo() % 2 == 0 || randomBoolean() ? containsString("\"t\":") : containsString("\"pooled\":"));
        }
      }
      client().admin().indices().prepareDelete("index").get();
    }
  }

  public void testManyVectorsAreNotOnDiskTwice() throws IOException {
    create("index", settings(), TOKEN_MAPPING);
    index("index", "1", TOKENS);
    refresh("index");
    try (Engine.Searcher searcher = shard("index").acquireSearcher("test")) {
      FieldsVisitor visitor = new FieldsVisitor(true);
      Lucene.segmentReader(searcher.getIndexReader().leaves().getFirst().reader())
          .storedFields()
          .document(0, visitor);
      assertEquals("{\"title\":\"a\",\"t\":[],\"small\":[],\"pooled\":[[1.5,0],[1,0.1],[0,2]]}",
          visitor.source().utf8ToString());
    }
    assertEquals(TOKENS, source("1"));
    client().admin().indices().prepareFlush("index").setForce(true).get();
    client().admin().indices().prepareClose("index").get();
    client().admin().indices().prepareOpen("index").get();
    ensureGreen("index");
    assertEquals(TOKENS, source("1"));
    SearchHit hit = client().prepareSearch("index").setFetchSource(null, "t").get().getHits().getAt(0);
    assertEquals(Set.of("title", "small", "pooled"), hit.getSourceAsMap().keySet());
    assertThat(hit.getSourceAsString(), containsString("\"small\":[[127.0,-3.0]]"));
  }

  public void testManyVectorsInASourceThatCoreDerives() {
    create("index", settings().put("index.derived_source.enabled", true), """
        {"properties": {
          "t": {"type": "multi_embedding", "dimension": 2, "token_bits": 32, "encoding": {"repetitions": 2}},
          "title": {"type": "keyword"}}}""");
    index("index", "1", "{\"t\":[[0.1,2],[3,4]],\"title\":\"a\"}");
    index("index", "2", "{\"title\":\"b\"}");
    refresh("index");
    assertEquals(Map.of("t", List.of(List.of(0.1, 2.0), List.of(3.0, 4.0)), "title", "a"),
        client().prepareGet("index", "1").get().getSourceAsMap());
    assertEquals(Map.of("title", "b"), client().prepareGet("index", "2").get().getSourceAsMap());
    Exception e = expectThrows(Exception.class,
        () -> create("pooled", settings().put("index.derived_source.enabled", true), TOKEN_MAPPING));
    assertThat(ExceptionsHelper.stackTrace(e), allOf(containsString("[pooled]"), containsString("pooling_factor")));
  }

  /** What reindex does. */
  public void testHitsIndexedElsewhereAreTheSameDocuments() {
    create("index", settings(), MAPPING);
    create("copy", settings(), MAPPING);
    Map<String, String> documents = Map.of("array", ARRAY, "string", STRING, "nested", NESTED);
    documents.forEach((id, json) -> index("index", id, json));
    refresh("index");
    sourcesOfSearch().forEach((id, json) -> index("copy", id, json));
    refresh("copy");
    for (SearchHit hit : search("copy", QueryBuilders.matchAllQuery()).getHits()) {
      assertEquals(documents.get(hit.getId()), hit.getSourceAsString());
    }
    for (float x : new float[] {0, 1, 3}) {
      assertEquals(ids(search("index", nearest(x, 3))), ids(search("copy", nearest(x, 3))));
    }
  }

  public void testSourceOnDiskHasNoVectors() throws IOException {
    create("index", settings(), MAPPING);
    index("index", "1", ARRAY);
    index("index", "2", NESTED);
    refresh("index");
    List<String> stored = new ArrayList<>();
    try (Engine.Searcher searcher = shard("index").acquireSearcher("test")) {
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        SegmentReader segment = Lucene.segmentReader(leaf.reader());
        NumericDocValues roots = segment.getNumericDocValues(SeqNoFieldMapper.PRIMARY_TERM_NAME);
        for (int doc = roots.nextDoc(); doc != NumericDocValues.NO_MORE_DOCS; doc = roots.nextDoc()) {
          FieldsVisitor visitor = new FieldsVisitor(true);
          segment.storedFields().document(doc, visitor);
          stored.add(visitor.source().utf8ToString());
        }
      }
    }
    assertEquals(List.of("{ \"title\" : \"caf\\u00e9\", \"v\":[], \"n\": 1.10 }",
        "{\"chunks\":[{\"v\":[],\"language\":\"de\"},{\"language\":\"en\"},{\"v\":\"\"}],\"v\":[]}"), stored);
  }

  /** What is sent to a replica that lacks some operations, from the index as the translog may be gone. */
  public void testRecoverySendsWholeDocuments() throws IOException {
    for (String source : List.of("", "\"_source\": {\"excludes\": [\"v\"]}, ", "\"_source\": {\"enabled\": false}, ")) {
      create("index", settings(), MAPPING.replaceFirst("\\{", "{" + source));
      List<String> documents = List.of(ARRAY, STRING, NESTED, "{\"title\":\"x\"}");
      for (int i = 0; i < documents.size(); i++) {
        index("index", "" + i, documents.get(i));
        if (i == 1) {
          refresh("index");
        }
      }
      refresh("index");
      client().prepareDelete("index", "2").get();
      refresh("index");
      List<String> sent = new ArrayList<>();
      try (Translog.Snapshot changes = shard("index").newChangesSnapshot("test", 0, 4, true, true)) {
        for (Translog.Operation change = changes.next(); change != null; change = changes.next()) {
          sent.add(change instanceof Translog.Index document ? document.source().utf8ToString() : "deleted");
        }
      }
      assertEquals(List.of(ARRAY, STRING, NESTED, "{\"title\":\"x\"}", "deleted"), sent);
      client().admin().indices().prepareDelete("index").get();
    }
  }

  private IndexShard shard(String index) {
    Index resolved = resolveIndex(index);
    return getInstanceFromNode(IndicesService.class).indexServiceSafe(resolved).getShard(0);
  }

  public void testSortedIndex() {
    create("index", settings().put("index.sort.field", "rank").put("index.sort.order", "desc"),
        MAPPING.replaceFirst("(?s),\\s*\"chunks\".*$", "}}"));
    indexLine("index", 300);
    client().prepareDelete("index", "20").get();
    client().admin().indices().prepareForceMerge("index").setMaxNumSegments(1).get();
    refresh("index");
    assertEquals(List.of("21", "19", "22"), ids(search("index", nearest(20.4f, 3))));
    SearchResponse all = client().prepareSearch("index").addSort("rank", SortOrder.ASC).setSize(300).get();
    assertEquals(299, all.getHits().getHits().length);
    for (SearchHit hit : all.getHits()) {
      assertThat(hit.getSourceAsString(), containsString("\"v\": [" + hit.getId() + ".0,0.0]"));
    }
  }

  public void testDeletedAndReplacedDocuments() {
    create("index", settings(), MAPPING);
    indexLine("index", 200);
    for (int i = 0; i < 200; i += 2) {
      client().prepareDelete("index", "" + i).get();
    }
    index("index", "1", line(1000));
    refresh("index");
    assertEquals(List.of("3", "5", "7"), ids(search("index", nearest(0, 3))));
    client().admin().indices().prepareForceMerge("index").setMaxNumSegments(1).get();
    refresh("index");
    assertEquals(List.of("3", "5", "7"), ids(search("index", nearest(0, 3))));
    assertEquals(List.of("1"), ids(search("index", nearest(1000, 1))));
    assertEquals(line(3).replace("[3, 0]", "[3.0,0.0]"), source("3"));
  }

  public void testABadDocumentOfABulkFailsAlone() {
    create("index", settings(), MAPPING);
    BulkResponse response = client().prepareBulk()
        .add(client().prepareIndex("index").setId("1").setSource(line(1), XContentType.JSON))
        .add(client().prepareIndex("index").setId("2").setSource("{\"v\": [1, 2, 3]}", XContentType.JSON))
        .add(client().prepareIndex("index").setId("3").setSource("{\"v\": []}", XContentType.JSON))
        .add(client().prepareIndex("index").setId("4").setSource("{\"v\": {\"x\": [\"", XContentType.JSON))
        .add(client().prepareIndex("index").setId("5").setSource(line(5), XContentType.JSON))
        .get();
    List<Boolean> failed = new ArrayList<>();
    for (BulkItemResponse item : response) {
      failed.add(item.isFailed());
      assertTrue(item.isFailed() == false || item.status() == RestStatus.BAD_REQUEST);
    }
    assertEquals(List.of(false, true, true, true, false), failed);
    assertThat(response.getItems()[1].getFailureMessage(), containsString("dimension 2, got 3"));
    refresh("index");
    assertEquals(List.of("1", "5"), ids(search("index", nearest(0, 10))));
  }

  public void testSourceThatCoreDerives() {
    create("index", settings().put("index.derived_source.enabled", true), """
        {"properties": {
          "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"},
          "w": {"type": "embedding", "dimension": 2},
          "title": {"type": "keyword"}}}""");
    index("index", "1", "{\"v\": [1.5, 2], \"title\": \"a\"}");
    index("index", "2", "{\"v\": " + BASE64 + ", \"w\": [3, 4]}");
    index("index", "3", "{\"title\": \"c\"}");
    for (boolean refreshed : new boolean[] {false, true}) {
      if (refreshed) {
        refresh("index");
      }
      assertEquals(Map.of("v", List.of(1.5, 2.0), "title", "a"),
          client().prepareGet("index", "1").get().getSourceAsMap());
      assertThat(source("2"), allOf(containsString("\"v\":[0.1,-3.0E7]"), containsString("\"w\":[3.0,4.0]")));
      assertEquals(Map.of("title", "c"), client().prepareGet("index", "3").get().getSourceAsMap());
    }
    client().prepareUpdate("index", "1").setDoc("{\"title\":\"new\"}", XContentType.JSON).get();
    refresh("index");
    assertEquals(Map.of("v", List.of(1.5, 2.0), "title", "new"),
        client().prepareGet("index", "1").get().getSourceAsMap());
    assertEquals(List.of("1"), ids(search("index", nearest(1, 1))));
  }

  public void testDocumentsInOtherContentTypes() throws IOException {
    create("index", settings(), MAPPING);
    for (XContentType type : XContentType.values()) {
      XContentBuilder content = MediaTypeRegistry.contentBuilder(type).startObject();
      content.array("v", new float[] {1.5f, 2}).field("title", type.name()).endObject();
      client().prepareIndex("index").setId(type.name()).setSource(content).get();
    }
    refresh("index");
    for (SearchHit hit : search("index", nearest(0, 10)).getHits()) {
      assertEquals("[1.5, 2.0]", hit.getSourceAsMap().get("v").toString());
      assertEquals(hit.getId(), hit.getSourceAsMap().get("title"));
    }
    assertEquals(XContentType.values().length, total(search("index", nearest(0, 10))));
    client().prepareUpdate("index", "YAML").setDoc("{\"rank\": 1}", XContentType.JSON).get();
    assertEquals("[1.5, 2.0]", client().prepareGet("index", "YAML").get().getSourceAsMap().get("v").toString());
  }

  public void testAnIndexWithoutTheSettingRefusesTheMapping() {
    Exception e = expectThrows(Exception.class, () -> createIndexWithMappingSource("index", Settings.EMPTY, MAPPING));
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    assertThat(e.getMessage(), containsString("index.embedding.enabled"));
    createIndexWithMappingSource("index", Settings.EMPTY, "{\"properties\": {\"title\": {\"type\": \"keyword\"}}}");
    e = expectThrows(Exception.class,
        () -> client().admin().indices().preparePutMapping("index").setSource(MAPPING, XContentType.JSON).get());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    assertThat(e.getMessage(), containsString("index.embedding.enabled"));
  }

  public void testTheSettingIsFinal() {
    create("index", settings(), MAPPING);
    client().admin().indices().prepareClose("index").get();
    Exception e = expectThrows(SettingsException.class,
        () -> client().admin()
            .indices()
            .prepareUpdateSettings("index")
            .setSettings(Settings.builder().put("index.embedding.enabled", false))
            .get());
    assertThat(e.getMessage(), containsString("final"));
  }
}
