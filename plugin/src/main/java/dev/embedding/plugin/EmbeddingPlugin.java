package dev.embedding.plugin;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.apache.logging.log4j.LogManager;
import org.opensearch.common.settings.Setting;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.engine.EngineFactory;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.plugins.EnginePlugin;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.search.fetch.FetchSubPhase;

import dev.embedding.codec.kernel.Kernels;
import dev.embedding.plugin.codec.EmbeddingEngineFactory;
import dev.embedding.plugin.mapper.EmbeddingFieldMapper;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldMapper;
import dev.embedding.plugin.query.MaxSimQueryBuilder;
import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.plugin.query.TokenHitsPhase;

/** Lists what the plugin adds to OpenSearch. */
public final class EmbeddingPlugin extends Plugin implements MapperPlugin, SearchPlugin, EnginePlugin {
  /** Called by OpenSearch when the node starts. */
  public EmbeddingPlugin() {
    LogManager.getLogger(EmbeddingPlugin.class)
        .info("vectors are compared by [{}]", Kernels.isSimd()
            ? "SIMD"
            : "scalar code, which is slower; start the node with --add-modules=jdk.incubator.vector");
  }

  @Override
  public List<Setting<?>> getSettings() {
    return List.of(EmbeddingSettings.ENABLED);
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
        new QuerySpec<>(MaxSimQueryBuilder.NAME, MaxSimQueryBuilder::new, MaxSimQueryBuilder::fromXContent));
  }

  @Override
  public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
    return List.of(new TokenHitsPhase());
  }

  @Override
  public Optional<EngineFactory> getEngineFactory(IndexSettings index) {
    return EmbeddingEngineFactory.of(index);
  }
}
