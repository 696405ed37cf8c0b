package dev.embedding.plugin.codec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;

import org.opensearch.common.lease.Releasables;
import org.opensearch.index.engine.Engine.Searcher;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.shard.IndexShard;

import dev.embedding.plugin.source.VectorSource;
import dev.embedding.plugin.source.VectorSourceReader;

/** Knows for an engine which vectors its present mapping keeps out of the stored {@code _source}. */
final class SourceVectors {
  private final EngineConfig config;
  private volatile Known known;

  private record Known(DocumentMapper mapping, VectorSource vectors) {}

  SourceVectors(EngineConfig config) {
    this.config = config;
  }

  /** The vectors of the present mapping, or null where core derives the whole source of its own. */
  VectorSource current() {
    if (config.getIndexSettings().isDerivedSourceEnabled()) {
      return null;
    }
    DocumentMapper mapping = config.getDocumentMapperForTypeSupplier().get().getDocumentMapper();
    Known last = known;
    if (last == null || last.mapping != mapping) {
      last = new Known(mapping, new VectorSource(mapping));
      known = last;
    }
    return last.vectors;
  }

  /**
   * Lets a searcher show sources with their vectors, below whatever else the shard wraps around it.
   *
   * @param self null while the engine's own constructor asks, before there is anything to read
   */
  static Function<Searcher, Searcher> showIn(SourceVectors self, Function<Searcher, Searcher> wrapper) {
    VectorSource vectors = self == null ? null : self.current();
    return vectors == null || vectors.hasVectors() == false
        ? wrapper
        : searcher -> wrapper.apply(show(searcher, vectors));
  }

  private static Searcher show(Searcher searcher, VectorSource vectors) {
    boolean success = false;
    try {
      Searcher showing = IndexShard.wrapSearcher(searcher, reader -> new VectorSourceReader(reader, vectors));
      success = true;
      return showing;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (success == false) {
        Releasables.close(searcher);
      }
    }
  }
}
