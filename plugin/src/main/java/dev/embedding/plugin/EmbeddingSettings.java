package dev.embedding.plugin;

import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.core.common.unit.ByteSizeValue;

/** The settings of the plugin. */
public final class EmbeddingSettings {
  /** Whether an index has our fields: our formats then write its vectors. Fixed when the index is created. */
  public static final Setting<Boolean> ENABLED = Setting.boolSetting("index.embedding.enabled", false,
      Property.IndexScope, Property.Final);

  /** How much memory of a node adapters may take between searches; those used last stay. */
  public static final Setting<ByteSizeValue> ADAPTER_CACHE_SIZE = Setting
      .memorySizeSetting("plugins.embedding.adapters.cache_size", "10%", Property.NodeScope);

  private EmbeddingSettings() {}
}
