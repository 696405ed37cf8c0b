package dev.embedding.plugin.codec;

import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.IndexModule;
import org.opensearch.test.IndexSettingsModule;
import org.opensearch.test.OpenSearchTestCase;

import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.EmbeddingSettings;

public class EmbeddingEngineFactoryTests extends OpenSearchTestCase {
  private static boolean makesEngines(Settings.Builder settings) {
    return new EmbeddingPlugin().getEngineFactory(IndexSettingsModule.newIndexSettings("index", settings.build()))
        .isPresent();
  }

  public void testOnlyIndicesWithOurSetting() {
    assertTrue(makesEngines(enabled()));
    assertTrue(makesEngines(enabled().put("index.knn", true)));
    assertTrue(makesEngines(enabled().put(IndexMetadata.SETTING_REPLICATION_TYPE, "SEGMENT")));
    assertFalse(makesEngines(Settings.builder()));
    assertFalse(makesEngines(Settings.builder().put(EmbeddingSettings.ENABLED.getKey(), false)));
  }

  /** Nothing is written there, and core reads it with an engine of its own. */
  public void testNotSearchableSnapshots() {
    assertFalse(makesEngines(enabled().put(IndexModule.INDEX_STORE_TYPE_SETTING.getKey(),
        IndexModule.Type.REMOTE_SNAPSHOT.getSettingsKey())));
  }

  private static Settings.Builder enabled() {
    return Settings.builder().put(EmbeddingSettings.ENABLED.getKey(), true);
  }
}
