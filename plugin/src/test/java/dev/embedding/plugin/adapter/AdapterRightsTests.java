package dev.embedding.plugin.adapter;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.script.ScriptService;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;

import dev.embedding.plugin.EmbeddingPlugin;

/** Training reads with the rights of who asks; the index of adapters is read with those of the plugin. */
public class AdapterRightsTests extends AdapterTestCase {
  private static final String USER = "user";

  /** Lets a user search the indices of his name only, and nobody who has a name the index of adapters. */
  public static final class Rights extends Plugin implements ActionPlugin, ActionFilter {
    private ThreadContext context;

    @Override
    public Collection<Object> createComponents(Client client,
        ClusterService clusterService, ThreadPool threadPool,
        ResourceWatcherService watcher, ScriptService scripts,
        NamedXContentRegistry xContent, Environment environment,
        NodeEnvironment nodeEnvironment,
        NamedWriteableRegistry namedWriteables,
        IndexNameExpressionResolver indexNames,
        Supplier<org.opensearch.repositories.RepositoriesService> repositories) {
      context = threadPool.getThreadContext();
      return List.of();
    }

    @Override
    public List<ActionFilter> getActionFilters() {
      return List.of(this);
    }

    @Override
    public int order() {
      return 0;
    }

    @Override
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(Task task, String action,
        Request request, ActionRequestMetadata<Request, Response> metadata, ActionListener<Response> listener,
        ActionFilterChain<Request, Response> chain) {
      String user = context.getHeader(USER);
      boolean reads = action.startsWith("indices:") && request instanceof IndicesRequest;
      if (user != null && reads && Arrays.stream(((IndicesRequest) request).indices())
          .anyMatch(
              index -> index.startsWith(AdapterIndex.NAME) || index.startsWith("secret"))) {
        listener.onFailure(new OpenSearchStatusException(user + " may not do " + action, RestStatus.FORBIDDEN));
        return;
      }
      chain.proceed(task, action, request, listener);
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(EmbeddingPlugin.class, Rights.class);
  }

  private Client reader() {
    return client().filterWithHeader(Map.of(USER, "reader"));
  }

  public void testJudgementsAndDocumentsAreReadWithTheRightsOfTheCaller() throws Exception {
    createJudged();
    createIndex("secret");
    TrainingTests.assertFails(RestStatus.FORBIDDEN,
        () -> trainAsReader(BODY.replace("judged\"", "secret\"")), "reader may not do indices:data/read/search");
    TrainingTests.assertFails(RestStatus.FORBIDDEN,
        () -> trainAsReader(BODY.replace("documents\", \"f", "secret\", \"f")), "reader may not do");
    assertEquals(true, map(trainAsReader(BODY)).get("accepted"));
  }

  private AdapterResponse trainAsReader(String body) throws Exception {
    return reader().execute(TrainAdapter.ACTION, new TrainingRequest("mine", spec(body))).actionGet();
  }

  /** The index itself is closed to the reader, its adapters are not. */
  public void testSearchesUseAdaptersWithoutRightsOnTheirIndex() throws Exception {
    createJudged();
    train("ours", BODY);
    TrainingTests.assertFails(RestStatus.FORBIDDEN, () -> reader().prepareGet(AdapterIndex.NAME, "ours").get(),
        "may not do indices:data/read/get");
    String query = "{\"relevance_filter\": {\"query\": {\"match_all\": {}}, \"field\": \"v\", \"vector\": "
        + Arrays.toString(queries.get(0)) + ", \"adapter\": \"ours\"}}";
    assertTrue(reader().prepareSearch("documents")
        .setQuery(QueryBuilders.wrapperQuery(query))
        .get()
        .getHits()
        .getHits().length > 0);
    assertEquals("ours", map(reader().execute(GetAdapter.ACTION, new GetAdapter.Request("ours", false)).actionGet())
        .get("name"));
  }
}
