package dev.embedding.plugin;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import org.apache.lucene.search.KnnCollector;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.cluster.node.tasks.cancel.CancelTasksResponse;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.PluginsService;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.search.NearestOptions;

/**
 * A node with the plugin, and with one that hides parts of indices. In the tests the vector of document i is mostly
 * (i, 0): which documents are nearest to (x, 0) is then seen without computing.
 */
public abstract class SingleNodeTestCase extends OpenSearchSingleNodeTestCase {
  protected static final String MAPPING = """
      {"properties": {
        "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"},
        "title": {"type": "keyword"},
        "body": {"type": "text"},
        "rank": {"type": "integer"},
        "hidden": {"type": "integer"},
        "chunks": {"type": "nested", "properties": {
          "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"},
          "language": {"type": "keyword"}}}}}""";

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(EmbeddingPlugin.class, ReaderWrappingPlugin.class);
  }

  protected static Settings.Builder settings() {
    return Settings.builder().put(EmbeddingSettings.ENABLED.getKey(), true).put("index.number_of_replicas", 0);
  }

  /** An index whose documents are seen when a test says so. */
  protected void create(String index, Settings.Builder settings, String mapping) {
    createIndexWithMappingSource(index, settings.put("index.refresh_interval", -1).build(), mapping);
  }

  protected void index(String index, String id, String json) {
    client().prepareIndex(index).setId(id).setSource(json, XContentType.JSON).get();
  }

  /** Documents with vectors (0, 0), (1, 0), …, with segments between them, seen afterwards. */
  protected void indexLine(String index, int documents) {
    BulkRequestBuilder bulk = client().prepareBulk();
    for (int i = 0; i < documents; i++) {
      bulk.add(client().prepareIndex(index).setId("" + i).setSource(line(i), XContentType.JSON));
      if (i == documents - 1 || i % 97 == 96) {
        BulkResponse response = bulk.setRefreshPolicy(RefreshPolicy.IMMEDIATE).get();
        assertFalse(response.buildFailureMessage(), response.hasFailures());
        bulk = client().prepareBulk();
      }
    }
  }

  protected static String line(int i) {
    return String.format(Locale.ROOT,
        "{\"v\": [%d, 0], \"title\": \"%s\", \"body\": \"word%d\", \"rank\": %d, \"hidden\": %d}", i,
        i % 2 == 0 ? "even" : "odd", i, i, i % 3 == 0 ? 1 : 0);
  }

  protected void refresh(String index) {
    client().admin().indices().prepareRefresh(index).get();
  }

  protected static NearestQueryBuilder nearest(float x, int k) {
    return nearest("v", x, k, null);
  }

  protected static NearestQueryBuilder nearest(String field, float x, int k, QueryBuilder filter) {
    return new NearestQueryBuilder(field, new float[] {x, 0}, NearestOptions.ofK(k), filter, null, false);
  }

  protected static NearestQueryBuilder exact(String field, float x, int k, QueryBuilder filter) {
    NearestOptions options = new NearestOptions(k, k, 0, true, 0);
    return new NearestQueryBuilder(field, new float[] {x, 0}, options, filter, null, false);
  }

  /** The score of a vector at a distance. */
  protected static float score(float distance) {
    return 1 / (1 + distance * distance);
  }

  protected static QueryBuilder term(String field, Object value) {
    return QueryBuilders.termQuery(field, value);
  }

  protected SearchResponse search(String index, QueryBuilder query) {
    return client().prepareSearch(index).setQuery(query).setSize(100).get();
  }

  protected static List<String> ids(SearchResponse response) {
    assertEquals(response.toString(), 0, response.getFailedShards());
    List<String> ids = new ArrayList<>();
    for (SearchHit hit : response.getHits()) {
      ids.add(hit.getId());
    }
    return ids;
  }

  protected static long total(SearchResponse response) {
    return response.getHits().getTotalHits().value();
  }

  protected ReaderWrappingPlugin wrapping() {
    return getInstanceFromNode(PluginsService.class).filterPlugins(ReaderWrappingPlugin.class).getFirst();
  }

  /** Cancels a search when it has come to the vectors, which then has to end at once. */
  protected void assertCancelledAtTheVectors(QueryBuilder query, UnaryOperator<KnnCollector> collectors) {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    wrapping().onSearch(collector -> {
      started.countDown();
      await(cancelled);
      return collectors.apply(collector);
    });
    try {
      ActionFuture<SearchResponse> search = client().prepareSearch("index").setQuery(query).execute();
      await(started);
      CancelTasksResponse response = client().admin()
          .cluster()
          .prepareCancelTasks()
          .setActions(SearchAction.NAME + "*")
          .waitForCompletion(false)
          .get();
      assertFalse(response.getTasks().isEmpty());
      cancelled.countDown();
      Exception e = expectThrows(Exception.class, search::actionGet);
      assertThat(ExceptionsHelper.stackTrace(e),
          allOf(containsString("TaskCancelledException"), containsString("SearchCancellation")));
    } finally {
      cancelled.countDown();
      wrapping().onSearch(collector -> collector);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
