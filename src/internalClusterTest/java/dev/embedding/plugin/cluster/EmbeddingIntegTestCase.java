package dev.embedding.plugin.cluster;

import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertAcked;
import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertNoFailures;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentReader;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.cluster.routing.ShardRouting;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.lucene.Lucene;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.index.Index;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.indices.IndicesService;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchIntegTestCase;

import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.search.NearestOptions;

/** Nodes with the plugin; the vector of document i is (i, 0). */
public abstract class EmbeddingIntegTestCase extends OpenSearchIntegTestCase {
  protected static final String INDEX = "index";
  protected static final String MAPPING = mapping("\"max_connections\": 16");

  protected static String mapping(String graph) {
    return "{\"properties\": {\"v\": {\"type\": \"embedding\", \"dimension\": 2, \"similarity\": \"euclidean\","
        + "\"quantization\": {\"type\": \"none\"}, \"graph\": {" + graph + "}}, \"rank\": {\"type\": \"integer\"},"
        + "\"chunks\": {\"type\": \"nested\", \"properties\": {"
        + "\"v\": {\"type\": \"embedding\", \"dimension\": 2, \"similarity\": \"euclidean\"}}}}}";
  }

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(EmbeddingPlugin.class, OwnCodecPlugin.class);
  }

  /** An index has one engine factory: here it is ours. */
  @Override
  protected boolean addMockInternalEngine() {
    return false;
  }

  protected static Settings.Builder settings(int shards, int replicas) {
    return Settings.builder()
        .put("index.embedding.enabled", true)
        .put("index.number_of_shards", shards)
        .put("index.number_of_replicas", replicas)
        .put("index.refresh_interval", -1)
        .put("index.unassigned.node_left.delayed_timeout", "10m");
  }

  protected void create(Settings.Builder settings) {
    create(settings, MAPPING);
  }

  protected void create(Settings.Builder settings, String mapping) {
    assertAcked(client().admin().indices().prepareCreate(INDEX).setSettings(settings).setMapping(mapping));
    ensureGreen(INDEX);
  }

  protected static String document(int i) {
    return String.format(Locale.ROOT,
        "{\"v\":[%d.0,0.0],\"rank\":%d,\"chunks\":[{\"v\":[%d.0,1.0]},{\"v\":[%d.0,2.0]}]}", i, i, i, i);
  }

  protected void indexLine(int from, int to) {
    BulkRequestBuilder bulk = client().prepareBulk();
    for (int i = from; i < to; i++) {
      bulk.add(client().prepareIndex(INDEX).setId("" + i).setSource(document(i), XContentType.JSON));
    }
    BulkResponse response = bulk.get();
    assertFalse(response.buildFailureMessage(), response.hasFailures());
    refresh(INDEX);
  }

  /** Three segments with gaps of deleted documents in them. */
  protected void indexWithDeletes() {
    indexLine(0, 60);
    indexLine(60, 130);
    indexLine(130, 200);
    for (int i = 0; i < 200; i += 7) {
      client().prepareDelete(INDEX, "" + i).get();
    }
    refresh(INDEX);
  }

  protected static QueryBuilder nearest(float x, int k, QueryBuilder filter) {
    return new NearestQueryBuilder("v", new float[] {x, 0}, NearestOptions.ofK(k), filter, null, false);
  }

  protected SearchResponse search(String index, String preference, QueryBuilder query) {
    SearchResponse response = client().prepareSearch(index).setPreference(preference).setQuery(query).setSize(10).get();
    assertNoFailures(response);
    return response;
  }

  protected List<String> ids(SearchResponse response) {
    List<String> ids = new ArrayList<>();
    for (SearchHit hit : response.getHits()) {
      ids.add(hit.getId());
    }
    return ids;
  }

  /** Ids, scores and sources of the ten nearest. */
  protected List<String> topTen(String index, String preference) {
    List<String> hits = new ArrayList<>();
    for (SearchHit hit : search(index, preference, nearest(100.3f, 10, null)).getHits()) {
      assertEquals(document(Integer.parseInt(hit.getId())), hit.getSourceAsString());
      hits.add(hit.getId() + " " + hit.getScore());
    }
    assertEquals(10, hits.size());
    return hits;
  }

  /** Every document of a copy, by id. */
  protected Map<Integer, String> sources(String index, String preference) {
    Map<Integer, String> sources = new HashMap<>();
    SearchResponse response = client().prepareSearch(index)
        .setPreference(preference)
        .setQuery(QueryBuilders.matchAllQuery())
        .setSize(10_000)
        .get();
    assertNoFailures(response);
    for (SearchHit hit : response.getHits()) {
      sources.put(Integer.parseInt(hit.getId()), hit.getSourceAsString());
    }
    return sources;
  }

  protected void assertWholeSources(String index, String preference, int count) {
    Map<Integer, String> sources = sources(index, preference);
    assertEquals(count, sources.size());
    sources.forEach((id, source) -> assertEquals(document(id), source));
  }

  /** Shows each segment of the primary of the first shard. */
  protected void withSegments(CheckedConsumer<SegmentReader, IOException> test) throws IOException {
    Index index = resolveIndex(INDEX);
    ShardRouting primary = clusterService().state().routingTable().index(index).shard(0).primaryShard();
    String node = clusterService().state().nodes().get(primary.currentNodeId()).getName();
    try (Engine.Searcher searcher = internalCluster().getInstance(IndicesService.class, node)
        .indexServiceSafe(index)
        .getShard(0)
        .acquireSearcher("test")) {
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        test.accept(Lucene.segmentReader(leaf.reader()));
      }
    }
  }
}
