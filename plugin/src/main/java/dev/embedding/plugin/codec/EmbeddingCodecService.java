package dev.embedding.plugin.codec;

import java.util.List;

import org.apache.logging.log4j.LogManager;
import org.apache.lucene.codecs.Codec;
import org.opensearch.index.codec.CodecService;
import org.opensearch.index.engine.EngineConfig;

import dev.embedding.codec.TrainingMemory;

/** Gives an engine the codec that its index has, wrapped. */
final class EmbeddingCodecService extends CodecService {
  private final Codec codec;

  EmbeddingCodecService(EngineConfig config, TrainingMemory memory) {
    super(null, config.getIndexSettings(), LogManager.getLogger(EmbeddingCodecService.class), List.of());
    this.codec = new EmbeddingCodec(config.getCodec(),
        field -> config.getDocumentMapperForTypeSupplier().get().getDocumentMapper().mappers().getMapper(field),
        memory);
  }

  @Override
  public Codec codec(String name) {
    return codec;
  }
}
