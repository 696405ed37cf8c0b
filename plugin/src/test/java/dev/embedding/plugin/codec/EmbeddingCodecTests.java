package dev.embedding.plugin.codec;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.TestUtil;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperServiceTestCase;
import org.opensearch.plugins.Plugin;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.TrainingMemory;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.EmbeddingSettings;

public class EmbeddingCodecTests extends MapperServiceTestCase {
  private static final String SUFFIX = PerFieldKnnVectorsFormat.PER_FIELD_SUFFIX_KEY;
  private static final String FORMAT = PerFieldKnnVectorsFormat.PER_FIELD_FORMAT_KEY;

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new EmbeddingPlugin());
  }

  @Override
  protected Settings getIndexSettings() {
    return Settings.builder().put(SETTINGS).put(EmbeddingSettings.ENABLED.getKey(), true).build();
  }

  private MapperService mappers() throws IOException {
    return createMapperService(mapping(b -> {
      for (String field : List.of("a", "b")) {
        b.startObject(field).field("type", "embedding").field("dimension", 4096);
        b.startObject("quantization").field("type", "none").endObject().endObject();
      }
      b.startObject("wide").field("type", "embedding").field("dimension", 2);
      b.startObject("quantization").field("type", "none").endObject();
      b.startObject("graph").field("max_connections", 99).field("beam_width", 321).endObject().endObject();
      b.startObject("title").field("type", "keyword").endObject();
    }));
  }

  private static Codec wrap(Codec codec, MapperService mappers) {
    return new EmbeddingCodec(codec, field -> mappers.documentMapper().mappers().getMapper(field),
        TrainingMemory.UNLIMITED);
  }

  private static PerFieldKnnVectorsFormat perField(Codec codec) {
    return (PerFieldKnnVectorsFormat) codec.knnVectorsFormat();
  }

  public void testTheMappingSaysHowAFieldIsWritten() throws IOException {
    PerFieldKnnVectorsFormat formats = perField(wrap(Codec.getDefault(), mappers()));
    KnnVectorsFormat wide = formats.getKnnVectorsFormatForField("wide");
    assertThat(wide, instanceOf(Lucene99HnswVectorsFormat.class));
    assertThat(wide.toString(), containsString("maxConn=99"));
    assertThat(wide.toString(), containsString("beamWidth=321"));
    assertThat(formats.getKnnVectorsFormatForField("a").toString(), containsString("maxConn=16"));
  }

  public void testCodesAreWrittenByOurFormat() throws IOException {
    MapperService mappers = createMapperService(mapping(b -> {
      b.startObject("plain").field("type", "embedding").field("dimension", 2);
      b.startObject("graph").field("max_connections", 99).endObject().endObject();
      for (int bits : new int[] {1, 4}) {
        b.startObject("bits" + bits).field("type", "embedding").field("dimension", 2);
        b.startObject("quantization").field("type", "binary").field("bits", bits).endObject().endObject();
      }
      b.startObject("product").field("type", "embedding").field("dimension", 9);
      b.startObject("quantization").field("type", "product").field("bits", 8).endObject().endObject();
      b.startObject("byte").field("type", "embedding").field("dimension", 2);
      b.startObject("quantization").field("type", "scalar").endObject().endObject();
    }));
    PerFieldKnnVectorsFormat formats = perField(wrap(Codec.getDefault(), mappers));
    assertSame("binary of 1 bit is the default, and has no graph", formats.getKnnVectorsFormatForField("plain"),
        formats.getKnnVectorsFormatForField("bits1"));
    assertEquals(new QuantizedVectorsFormat(Quantizers.of("binary", 1)), formats.getKnnVectorsFormatForField("bits1"));
    assertEquals(new QuantizedVectorsFormat(Quantizers.of("binary", 4)), formats.getKnnVectorsFormatForField("bits4"));
    assertEquals(new QuantizedVectorsFormat(Quantizers.of("product", 8, 2)),
        formats.getKnnVectorsFormatForField("product"));
    assertEquals(new QuantizedVectorsFormat(Quantizers.of("scalar", 8)), formats.getKnnVectorsFormatForField("byte"));
  }

  public void testEncodingsOfManyVectorsAreWrittenByTheirFormat() throws IOException {
    MapperService mappers = createMapperService(mapping(b -> {
      b.startObject("chunk").startObject("properties").startObject("t");
      b.field("type", "multi_embedding").field("dimension", 128);
      b.endObject().endObject().endObject();
      b.startObject("v").field("type", "embedding").field("dimension", 2).endObject();
    }));
    PerFieldKnnVectorsFormat formats = perField(wrap(Codec.getDefault(), mappers));
    String encodings = MultiVectorField.encodingField("chunk.t");
    assertEquals(MultiVectorField.encodingFormat(), formats.getKnnVectorsFormatForField(encodings));
    assertEquals(EncodingOptions.MAX_DIMENSIONS, formats.getMaxDimensions(encodings));
    for (String other : List.of("chunk.t", MultiVectorField.encodingField("v"), MultiVectorField.encodingField("t"),
        MultiVectorField.encodingField(""))) {
      assertNotEquals(other, EncodingOptions.MAX_DIMENSIONS, formats.getMaxDimensions(other));
    }
  }

  public void testFieldsOfTheSameParametersShareAFormat() throws IOException {
    PerFieldKnnVectorsFormat formats = perField(wrap(Codec.getDefault(), mappers()));
    assertSame(formats.getKnnVectorsFormatForField("a"), formats.getKnnVectorsFormatForField("b"));
    assertSame(formats.getKnnVectorsFormatForField("a"), formats.getKnnVectorsFormatForField("a"));
    assertNotSame(formats.getKnnVectorsFormatForField("a"), formats.getKnnVectorsFormatForField("wide"));
  }

  public void testAMappingUpdateAppliesFromThenOn() throws IOException {
    MapperService mappers = mappers();
    PerFieldKnnVectorsFormat formats = perField(wrap(Codec.getDefault(), mappers));
    KnnVectorsFormat before = formats.getKnnVectorsFormatForField("a");
    merge(mappers, mapping(b -> {
      b.startObject("a").field("type", "embedding").field("dimension", 4096);
      b.startObject("quantization").field("type", "none").endObject();
      b.startObject("graph").field("max_connections", 8).endObject().endObject();
    }));
    assertThat(formats.getKnnVectorsFormatForField("a").toString(), containsString("maxConn=8"));
    assertSame(before, formats.getKnnVectorsFormatForField("b"));
  }

  public void testOtherFieldsAreWrittenAsWithoutUs() throws IOException {
    KnnVectorsFormat theirs = new Lucene99HnswVectorsFormat(5, 50);
    for (Codec codec : List.of(TestUtil.alwaysKnnVectorsFormat(theirs), new Foreign(theirs))) {
      PerFieldKnnVectorsFormat formats = perField(wrap(codec, mappers()));
      for (String field : List.of("title", "unmapped", "a.b", "")) {
        assertSame(theirs, formats.getKnnVectorsFormatForField(field));
        assertEquals(codec.knnVectorsFormat().getMaxDimensions(field), formats.getMaxDimensions(field));
      }
      assertEquals(4096, formats.getMaxDimensions("a"));
    }
  }

  /** A codec whose vectors format is not one by field. */
  private static final class Foreign extends FilterCodec {
    private final KnnVectorsFormat format;

    Foreign(KnnVectorsFormat format) {
      super("Foreign", Codec.getDefault());
      this.format = format;
    }

    @Override
    public KnnVectorsFormat knnVectorsFormat() {
      return format;
    }
  }

  public void testEverythingButVectorsIsTheWrappedCodecs() throws IOException {
    Codec in = Codec.getDefault();
    Codec wrapped = wrap(in, mappers());
    assertEquals(in.getName(), wrapped.getName());
    assertSame(in.storedFieldsFormat(), wrapped.storedFieldsFormat());
    assertSame(in.docValuesFormat(), wrapped.docValuesFormat());
    assertSame(in.postingsFormat(), wrapped.postingsFormat());
    assertSame(in.segmentInfoFormat(), wrapped.segmentInfoFormat());
    assertSame(in.compoundFormat(), wrapped.compoundFormat());
  }

  public void testSegmentsAreReadWithoutUs() throws IOException {
    try (Directory directory = newDirectory()) {
      IndexWriterConfig config = new IndexWriterConfig()
          .setCodec(wrap(TestUtil.getDefaultCodec(), mappers()));
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        Document document = new Document();
        document.add(new KnnFloatVectorField("a", new float[4096]));
        document.add(new KnnFloatVectorField("b", new float[4096]));
        document.add(new KnnFloatVectorField("wide", new float[] {1, 2}));
        document.add(new KnnFloatVectorField("theirs", new float[] {1, 2}));
        writer.addDocument(document);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        FieldInfos infos = reader.leaves().getFirst().reader().getFieldInfos();
        assertEquals(Set.of("Lucene99HnswVectorsFormat"), Set.of(infos.fieldInfo("a").getAttribute(FORMAT)));
        assertEquals(infos.fieldInfo("a").getAttribute(SUFFIX), infos.fieldInfo("b").getAttribute(SUFFIX));
        assertNotEquals(infos.fieldInfo("a").getAttribute(SUFFIX), infos.fieldInfo("wide").getAttribute(SUFFIX));
        assertEquals(1, reader.leaves().getFirst().reader().getFloatVectorValues("theirs").size());
      }
    }
  }
}
