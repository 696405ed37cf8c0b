package dev.embedding.plugin.codec;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.opensearch.index.mapper.Mapper;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.TrainingMemory;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.plugin.mapper.EmbeddingFieldMapper;
import dev.embedding.plugin.mapper.GraphParameters;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldMapper;
import dev.embedding.plugin.mapper.QuantizationParameters;
import dev.embedding.plugin.mapper.VectorParser;

/**
 * The codec of an index, with our formats for our fields.
 *
 * <p>It keeps the name of the codec that it wraps, so that a segment names nothing of ours but the formats of its vector
 * fields, which Lucene finds by those names. Everything else, other vector fields too, is written as without us.
 */
final class EmbeddingCodec extends FilterCodec {
  private final KnnVectorsFormat vectorsFormat;

  /**
   * @param mappers gives the mapper of a field by its full name, or null
   * @param memory in which codes are learned
   */
  EmbeddingCodec(Codec in, Function<String, Mapper> mappers, TrainingMemory memory) {
    super(in.getName(), in);
    this.vectorsFormat = new FormatByMapping(in.knnVectorsFormat(), mappers, memory);
  }

  @Override
  public KnnVectorsFormat knnVectorsFormat() {
    return vectorsFormat;
  }

  /** Asks the mapping once a field and segment which format is to write it. */
  private static final class FormatByMapping extends PerFieldKnnVectorsFormat {
    private final KnnVectorsFormat others;
    private final Function<String, Mapper> mappers;
    private final TrainingMemory memory;
    /** Fields of the same parameters share an instance, and so the files of a segment. */
    private final Map<Parameters, KnnVectorsFormat> formats = new ConcurrentHashMap<>();

    private final KnnVectorsFormat encodings = MultiVectorField.encodingFormat();

    /** @param graph null where there is none, as codes are searched without */
    private record Parameters(QuantizationParameters quantization, GraphParameters graph) {
      static Parameters of(EmbeddingFieldMapper mapper) {
        boolean hasGraph = mapper.quantization().type() == QuantizationParameters.Type.NONE;
        return new Parameters(mapper.quantization(), hasGraph ? mapper.graph() : null);
      }

      KnnVectorsFormat format(TrainingMemory memory) {
        return graph != null
            ? new Lucene99HnswVectorsFormat(graph.maxConnections(), graph.beamWidth())
            : new QuantizedVectorsFormat(Quantizers.of(quantization.type().toString(), quantization.bits(),
                quantization.subvectors()), memory);
      }
    }

    FormatByMapping(KnnVectorsFormat others, Function<String, Mapper> mappers, TrainingMemory memory) {
      this.others = others;
      this.mappers = mappers;
      this.memory = memory;
    }

    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      if (isEncoding(field)) {
        return encodings;
      }
      if (mappers.apply(field) instanceof EmbeddingFieldMapper mapper) {
        return formats.computeIfAbsent(Parameters.of(mapper), parameters -> parameters.format(memory));
      }
      return others instanceof PerFieldKnnVectorsFormat perField
          ? perField.getKnnVectorsFormatForField(field)
          : others;
    }

    @Override
    public int getMaxDimensions(String field) {
      if (isEncoding(field)) {
        return EncodingOptions.MAX_DIMENSIONS;
      }
      return mappers.apply(field) instanceof EmbeddingFieldMapper
          ? VectorParser.MAX_DIMENSION
          : others.getMaxDimensions(field);
    }

    /** Whether a field has the encodings of another, which is in the mapping. */
    private boolean isEncoding(String field) {
      int dot = field.lastIndexOf('.');
      String owner = dot < 0 ? "" : field.substring(0, dot);
      return MultiVectorField.encodingField(owner).equals(field)
          && mappers.apply(owner) instanceof MultiEmbeddingFieldMapper;
    }
  }
}
