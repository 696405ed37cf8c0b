package dev.embedding.plugin.codec;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldDocValuesFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.codec.PerFieldMappingPostingFormatCodec;
import org.opensearch.index.codec.composite.composite104.Composite104Codec;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperServiceTestCase;
import org.opensearch.plugins.Plugin;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.TrainingMemory;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenBlocksFormat;
import dev.embedding.multivector.TokenVectors;
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

  private MapperService manyVectors() throws IOException {
    return createMapperService(mapping(b -> {
      b.startObject("chunk").startObject("properties").startObject("t");
      b.field("type", "multi_embedding").field("dimension", 2).field("token_bits", 32);
      b.endObject().endObject().endObject();
      b.startObject("v").field("type", "embedding").field("dimension", 2).endObject();
      b.startObject("title").field("type", "keyword").endObject();
      b.startObject("rank").field("type", "integer").endObject();
    }));
  }

  public void testBlocksOfManyVectorsAreWrittenByTheirFormat() throws IOException {
    DocValuesFormat theirs = TestUtil.getDefaultDocValuesFormat();
    PerFieldDocValuesFormat formats = (PerFieldDocValuesFormat) wrap(TestUtil.alwaysDocValuesFormat(theirs),
        manyVectors()).docValuesFormat();
    DocValuesFormat blocks = formats.getDocValuesFormatForField("chunk.t");
    assertEquals(TokenBlocksFormat.NAME, blocks.getName());
    assertSame(blocks, formats.getDocValuesFormatForField(MultiVectorField.floatsField("chunk.t")));
    for (String other : List.of("title", "rank", "v", "t", "chunk", "_seq_no", "unmapped", "",
        MultiVectorField.floatsField("v"), MultiVectorField.floatsField("title"), MultiVectorField.floatsField(""),
        MultiVectorField.encodingField("chunk.t"))) {
      assertSame(other, theirs, formats.getDocValuesFormatForField(other));
    }
  }

  /** A format that is not by field has readers of its own, to which nothing of ours could be told. */
  public void testDocValuesThatAreNotByFieldAreLeftAlone() throws IOException {
    Codec composite = new Composite104Codec();
    DocValuesFormat format = wrap(composite, manyVectors()).docValuesFormat();
    assertSame(composite.docValuesFormat().getClass(), format.getClass());
  }

  public void testBlocksAreReadWithoutUsBesideOtherDocValues() throws IOException {
    EncodingOptions options = new EncodingOptions(2, 1, 2, 42);
    FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(options, 2);
    MapperService mappers = manyVectors();
    Codec codec = wrap(new PerFieldMappingPostingFormatCodec(Lucene104Codec.Mode.BEST_SPEED, mappers, logger), mappers);
    try (Directory directory = newDirectory()) {
      IndexWriterConfig config = new IndexWriterConfig().setCodec(codec)
          .setIndexSort(new Sort(new SortField("rank", SortField.Type.INT, true)));
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        for (int i = 0; i < 20; i++) {
          Document document = new Document();
          document.add(new NumericDocValuesField("rank", i));
          document.add(new SortedDocValuesField("title", new BytesRef("title " + i)));
          if (i % 3 != 0) {
            TokenVectors vectors = TokenVectors.of(2, new float[] {i, 1}, new float[] {-1, i});
            MultiVectorField.fields("chunk.t", vectors, encoder, 32).forEach(document::add);
          }
          writer.addDocument(document);
          if (i % 7 == 6) {
            writer.flush();
          }
        }
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = reader.leaves().getFirst().reader();
        for (FieldInfo info : leaf.getFieldInfos()) {
          boolean hasBlocks = info.name.equals("chunk.t")
              || info.name.equals(MultiVectorField.floatsField("chunk.t"));
          String expected = hasBlocks ? TokenBlocksFormat.NAME
              : info.getDocValuesType() == DocValuesType.NONE ? null : "Lucene90";
          assertEquals(info.name, expected, info.getAttribute(PerFieldDocValuesFormat.PER_FIELD_FORMAT_KEY));
        }
        NumericDocValues ranks = leaf.getNumericDocValues("rank");
        SortedDocValues titles = leaf.getSortedDocValues("title");
        MultiVectorField.Reader vectors = MultiVectorField.reader(leaf, "chunk.t", 2);
        for (int doc = 0; doc < 20; doc++) {
          int i = 19 - doc;
          assertTrue(ranks.advanceExact(doc));
          assertEquals(i, ranks.longValue());
          assertTrue(titles.advanceExact(doc));
          assertEquals("title " + i, titles.lookupOrd(titles.ordValue()).utf8ToString());
          TokenVectors expected = i % 3 == 0 ? null : TokenVectors.of(2, new float[] {i, 1}, new float[] {-1, i});
          assertEquals(expected, vectors.vectors(doc));
        }
      }
      TestUtil.checkIndex(directory);
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

  public void testEverythingButVectorsAndDocValuesIsTheWrappedCodecs() throws IOException {
    Codec in = Codec.getDefault();
    Codec wrapped = wrap(in, mappers());
    assertEquals(in.getName(), wrapped.getName());
    assertSame(in.storedFieldsFormat(), wrapped.storedFieldsFormat());
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
