package dev.embedding.plugin;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import org.apache.logging.log4j.LogManager;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.ActionRequest;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.IndexModule;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.engine.EngineFactory;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.indices.SystemIndexDescriptor;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.plugins.CircuitBreakerPlugin;
import org.opensearch.plugins.EnginePlugin;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.plugins.SystemIndexPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;
import org.opensearch.search.fetch.FetchSubPhase;

import dev.embedding.codec.kernel.Kernels;
import dev.embedding.plugin.adapter.AdapterActions;
import dev.embedding.plugin.adapter.AdapterIndex;
import dev.embedding.plugin.codec.EmbeddingEngineFactory;
import dev.embedding.plugin.codec.TrainingBreaker;
import dev.embedding.plugin.mapper.EmbeddingFieldMapper;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldMapper;
import dev.embedding.plugin.query.MaxSimQueryBuilder;
import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.plugin.query.RelevanceFilterQueryBuilder;
import dev.embedding.plugin.query.TokenHitsPhase;

/** Lists what the plugin adds to OpenSearch. */
public final class EmbeddingPlugin extends Plugin
    implements
    MapperPlugin,
    SearchPlugin,
    EnginePlugin,
    SystemIndexPlugin,
    CircuitBreakerPlugin {
  private final SetOnce<AdapterIndex> adapters = new SetOnce<>();
  private final SetOnce<TrainingBreaker> trainingBreaker = new SetOnce<>();

  public EmbeddingPlugin() {
    String how = Kernels.isSimd() ? "SIMD" : "slow scalar code; start the node with --add-modules=jdk.incubator.vector";
    LogManager.getLogger(EmbeddingPlugin.class).info("vectors are compared by [{}]", how);
  }

  @Override
  public List<Setting<?>> getSettings() {
    return List.of(EmbeddingSettings.ENABLED, EmbeddingSettings.ADAPTER_CACHE_SIZE);
  }

  @Override
  public BreakerSettings getCircuitBreaker(Settings settings) {
    return TrainingBreaker.settings(settings);
  }

  @Override
  public void setCircuitBreaker(CircuitBreaker breaker) {
    trainingBreaker.set(new TrainingBreaker(breaker));
  }

  @Override
  public Collection<Object> createComponents(Client client, ClusterService clusterService, ThreadPool threadPool,
      ResourceWatcherService resourceWatcher, ScriptService scripts, NamedXContentRegistry xContent,
      Environment environment, NodeEnvironment nodeEnvironment, NamedWriteableRegistry namedWriteables,
      IndexNameExpressionResolver indexNames, Supplier<RepositoriesService> repositories) {
    adapters.set(new AdapterIndex(client, clusterService, threadPool));
    return List.of(adapters.get());
  }

  @Override
  public void onIndexModule(IndexModule index) {
    if (AdapterIndex.NAME.equals(index.getIndex().getName())) {
      adapters.get().listen(index);
    }
  }

  @Override
  public Collection<SystemIndexDescriptor> getSystemIndexDescriptors(Settings settings) {
    return List.of(new SystemIndexDescriptor(AdapterIndex.NAME, "adapters of the relevance filter"));
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return AdapterActions.handlers();
  }

  @Override
  public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
    return AdapterActions.executors(settings);
  }

  @Override
  public List<NamedWriteableRegistry.Entry> getNamedWriteables() {
    return AdapterActions.namedWriteables();
  }

  @Override
  public List<RestHandler> getRestHandlers(Settings settings, RestController controller,
      ClusterSettings clusterSettings, IndexScopedSettings indexScopedSettings, SettingsFilter settingsFilter,
      IndexNameExpressionResolver indexNames, Supplier<DiscoveryNodes> nodes) {
    return AdapterActions.restHandlers();
  }

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(EmbeddingFieldMapper.CONTENT_TYPE, EmbeddingFieldMapper::parse,
        MultiEmbeddingFieldMapper.CONTENT_TYPE, MultiEmbeddingFieldMapper::parse);
  }

  @Override
  public List<QuerySpec<?>> getQueries() {
    return List.of(
        new QuerySpec<>(NearestQueryBuilder.NAME, NearestQueryBuilder::new, NearestQueryBuilder::fromXContent),
        new QuerySpec<>(MaxSimQueryBuilder.NAME, MaxSimQueryBuilder::new, MaxSimQueryBuilder::fromXContent),
        RelevanceFilterQueryBuilder.spec(adapters::get));
  }

  @Override
  public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
    return List.of(new TokenHitsPhase());
  }

  @Override
  public Optional<EngineFactory> getEngineFactory(IndexSettings index) {
    return EmbeddingEngineFactory.of(index, trainingBreaker.get());
  }
}
