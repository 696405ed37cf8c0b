package dev.embedding.plugin.codec;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldDocValuesFormat;
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
 * fields and blocks, which Lucene finds by those names. Everything else, other vector fields and doc values too, is written as
 * without us.
 */
final class EmbeddingCodec extends FilterCodec {
  private final KnnVectorsFormat vectorsFormat;
  private final DocValuesFormat docValuesFormat;

  /**
   * @param mappers gives the mapper of a field by its full name, or null
   * @param memory in which codes are learned
   */
  EmbeddingCodec(Codec in, Function<String, Mapper> mappers, TrainingMemory memory) {
    super(in.getName(), in);
    this.vectorsFormat = new FormatByMapping(in.knnVectorsFormat(), mappers, memory);
    // A format that is not by field, as of a star-tree index, has files and readers of its own: it writes blocks too.
    this.docValuesFormat = in.docValuesFormat() instanceof PerFieldDocValuesFormat others
        ? new BlocksByMapping(others, mappers)
        : in.docValuesFormat();
  }

  @Override
  public KnnVectorsFormat knnVectorsFormat() {
    return vectorsFormat;
  }

  @Override
  public DocValuesFormat docValuesFormat() {
    return docValuesFormat;
  }

  /** Whether a field is a hidden one of another, which is in the mapping and has many vectors. */
  private static boolean isHidden(String field, UnaryOperator<String> hiddenName, Function<String, Mapper> mappers) {
    int dot = field.lastIndexOf('.');
    String owner = dot < 0 ? "" : field.substring(0, dot);
    return hiddenName.apply(owner).equals(field) && mappers.apply(owner) instanceof MultiEmbeddingFieldMapper;
  }

  /** Writes the blocks of fields of many vectors in their format. */
  private static final class BlocksByMapping extends PerFieldDocValuesFormat {
    private final PerFieldDocValuesFormat others;
    private final Function<String, Mapper> mappers;
    private final DocValuesFormat blocks = MultiVectorField.blocksFormat();

    BlocksByMapping(PerFieldDocValuesFormat others, Function<String, Mapper> mappers) {
      this.others = others;
      this.mappers = mappers;
    }

    @Override
    public DocValuesFormat getDocValuesFormatForField(String field) {
      boolean hasBlocks = mappers.apply(field) instanceof MultiEmbeddingFieldMapper
          || isHidden(field, MultiVectorField::floatsField, mappers);
      return hasBlocks ? blocks : others.getDocValuesFormatForField(field);
    }
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

    private boolean isEncoding(String field) {
      return isHidden(field, MultiVectorField::encodingField, mappers);
    }
  }
}
