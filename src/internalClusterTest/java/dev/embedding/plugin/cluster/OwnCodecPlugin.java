package dev.embedding.plugin.cluster;

import java.util.List;
import java.util.Optional;

import org.apache.logging.log4j.LogManager;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.codecs.lucene90.Lucene90StoredFieldsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.CodecService;
import org.opensearch.index.codec.CodecServiceConfig;
import org.opensearch.index.codec.CodecServiceFactory;
import org.opensearch.plugins.EnginePlugin;
import org.opensearch.plugins.Plugin;

/** Takes the one place for a codec service that an index has, as k-NN does where {@code index.knn} is set. */
public final class OwnCodecPlugin extends Plugin implements EnginePlugin {
  static final Setting<Boolean> ENABLED = Setting.boolSetting("index.test.own_codec", false, Property.IndexScope);
  /** What every vector field gets by this codec. */
  static final int MAX_CONNECTIONS = 7;

  @Override
  public List<Setting<?>> getSettings() {
    return List.of(ENABLED);
  }

  @Override
  public Optional<CodecServiceFactory> getCustomCodecServiceFactory(IndexSettings index) {
    return ENABLED.get(index.getSettings()) ? Optional.of(OwnCodecService::new) : Optional.empty();
  }

  private static final class OwnCodecService extends CodecService {
    OwnCodecService(CodecServiceConfig config) {
      super(config.getMapperService(), config.getIndexSettings(), LogManager.getLogger(OwnCodecPlugin.class),
          List.of());
    }

    @Override
    public Codec codec(String name) {
      return new OwnCodec(super.codec(name));
    }
  }

  private static final class OwnCodec extends FilterCodec {
    private final KnnVectorsFormat vectors = new PerFieldKnnVectorsFormat() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return new Lucene99HnswVectorsFormat(MAX_CONNECTIONS, 50);
      }
    };

    OwnCodec(Codec in) {
      super(in.getName(), in);
    }

    @Override
    public KnnVectorsFormat knnVectorsFormat() {
      return vectors;
    }

    /** The mode is seen in the segment's attributes. */
    @Override
    public StoredFieldsFormat storedFieldsFormat() {
      return new Lucene90StoredFieldsFormat(Lucene90StoredFieldsFormat.Mode.BEST_COMPRESSION);
    }
  }
}
