package dev.embedding.plugin;

import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;

/** The settings of the plugin. */
public final class EmbeddingSettings {
  /** Whether an index has our fields: our formats then write its vectors. Fixed when the index is created. */
  public static final Setting<Boolean> ENABLED = Setting.boolSetting("index.embedding.enabled", false,
      Property.IndexScope, Property.Final);

  private EmbeddingSettings() {}
}
