package dev.embedding.plugin.mapper;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.arrayWithSize;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.not;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperTestCase;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.mapper.SourceToParse;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.lookup.SearchLookup;

import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.EmbeddingSettings;

public class EmbeddingFieldMapperTests extends MapperTestCase {
  private boolean enabled = true;
  private boolean ignoreMalformed;

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new EmbeddingPlugin());
  }

  @Override
  protected Settings getIndexSettings() {
    return Settings.builder()
        .put(SETTINGS)
        .put(EmbeddingSettings.ENABLED.getKey(), enabled)
        .put("index.mapping.ignore_malformed", ignoreMalformed)
        .build();
  }

  @Override
  protected void minimalMapping(XContentBuilder mapping) throws IOException {
    mapping.field("type", "embedding").field("dimension", 3);
  }

  /** The quantization is stored even if it is the default, which another version may have another. */
  @Override
  protected void metaMapping(XContentBuilder mapping) throws IOException {
    minimalMapping(mapping);
    mapping.startObject("quantization").field("type", "binary").field("bits", 1).endObject();
  }

  @Override
  protected void writeFieldValue(XContentBuilder document) throws IOException {
    document.array("", new float[] {1, -2, 0.5f});
  }

  @Override
  protected void writeField(XContentBuilder document) throws IOException {
    document.array("field", new float[] {1, -2, 0.5f});
  }

  @Override
  protected void registerParameters(ParameterChecker checker) throws IOException {
    checker.registerConflictCheck("dimension", fieldMapping(this::minimalMapping),
        fieldMapping(b -> b.field("type", "embedding").field("dimension", 4)));
    checker.registerConflictCheck("similarity", b -> b.field("similarity", "euclidean"));
    checker.registerConflictCheck("model", fieldMapping(this::withModel), fieldMapping(b -> {
      minimalMapping(b);
      b.field("model", "other");
    }));
    checker.registerUpdateCheck(b -> b.startObject("graph").field("max_connections", 32).endObject(),
        mapper -> assertEquals(new GraphParameters(32, 100), ((EmbeddingFieldMapper) mapper).graph()));
    checker.registerUpdateCheck(b -> b.startObject("graph").field("beam_width", 200).endObject(),
        mapper -> assertEquals(new GraphParameters(16, 200), ((EmbeddingFieldMapper) mapper).graph()));
    checker.registerUpdateCheck(b -> b.startObject("quantization").field("type", "scalar").endObject(),
        mapper -> assertEquals(new QuantizationParameters(QuantizationParameters.Type.SCALAR, 8, 0),
            ((EmbeddingFieldMapper) mapper).quantization()));
    checker.registerUpdateCheck(b -> b.startObject("quantization").field("type", "binary").field("bits", 2).endObject(),
        mapper -> assertEquals(new QuantizationParameters(QuantizationParameters.Type.BINARY, 2, 0),
            ((EmbeddingFieldMapper) mapper).quantization()));
    checker.registerUpdateCheck(b -> b.field("model", "first"),
        mapper -> assertEquals("first", ((EmbeddingFieldMapper) mapper).fieldType().model()));
    checker.registerUpdateCheck(b -> b.field("meta", Map.of("unit", "none")),
        mapper -> assertEquals(Map.of("unit", "none"), mapper.fieldType().meta()));
  }

  private void withModel(XContentBuilder mapping) throws IOException {
    minimalMapping(mapping);
    mapping.field("model", "first");
  }

  @Override
  protected boolean supportsOrIgnoresBoost() {
    return false;
  }

  /** Vectors are neither doc values nor terms: what exists is in the vector values. */
  @Override
  protected void assertExistsQuery(MappedFieldType fieldType, Query query, ParseContext.Document document) {
    assertEquals(new FieldExistsQuery("field"), query);
    assertEquals(3, document.getField("field").fieldType().vectorDimension());
    assertNoFieldNamesField(document);
  }

  public void testDimensionIsAllThereIsToType() throws IOException {
    DocumentMapper mapper = createDocumentMapper(fieldMapping(this::minimalMapping));
    assertEquals("{\"field\":{\"type\":\"embedding\",\"dimension\":3,\"similarity\":\"cosine\","
        + "\"quantization\":{\"type\":\"binary\",\"bits\":1},\"graph\":{\"max_connections\":16,\"beam_width\":100},\"meta\":{}}}",
        withDefaults(mapper));
  }

  private static String withDefaults(DocumentMapper mapper) throws IOException {
    XContentBuilder json = XContentFactory.jsonBuilder().startObject();
    mapper.mappers().getMapper("field").toXContent(json, INCLUDE_DEFAULTS);
    return json.endObject().toString();
  }

  public void testMappingComesBackAsItWasGiven() throws IOException {
    XContentBuilder given = fieldMapping(b -> {
      b.field("type", "embedding").field("dimension", 4096).field("similarity", "max_inner_product");
      b.startObject("quantization").field("type", "binary").field("bits", 4).endObject();
      b.startObject("graph").field("max_connections", 2).field("beam_width", 2000).endObject();
      b.field("model", "bge-small-en-v1.5");
    });
    XContentBuilder shown = XContentFactory.jsonBuilder().startObject();
    createDocumentMapper(given).mapping().toXContent(shown, ToXContent.EMPTY_PARAMS);
    assertEquals(given.toString(), shown.endObject().toString());
  }

  public void testEverySimilarityHasItsFunction() throws IOException {
    Map<String, VectorSimilarityFunction> functions = Map.of("cosine", VectorSimilarityFunction.COSINE, "dot_product",
        VectorSimilarityFunction.DOT_PRODUCT, "euclidean", VectorSimilarityFunction.EUCLIDEAN, "max_inner_product",
        VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT);
    for (Map.Entry<String, VectorSimilarityFunction> function : functions.entrySet()) {
      DocumentMapper mapper = mapperWith("similarity", "\"" + function.getKey() + "\"");
      IndexableField field = mapper.parse(source("{\"field\": [1, 0, 0]}")).rootDoc().getField("field");
      assertEquals(function.getValue(), field.fieldType().vectorSimilarityFunction());
    }
  }

  public void testLimitsOfDimension() throws IOException {
    for (int dimension : new int[] {1, 1025, 4096}) {
      assertNotNull(mapperOf("{\"type\": \"embedding\", \"dimension\": " + dimension + "}"));
    }
    for (String wrong : List.of("0", "-1", "4097", "1.5", "1e9", "12345678901", "\"3\"", "true", "[3]")) {
      assertRefused("{\"type\": \"embedding\", \"dimension\": " + wrong + "}", "dimension", "field", "1", "4096");
    }
    assertRefused("{\"type\": \"embedding\"}", "dimension", "field", "1", "4096");
    assertRefused("{\"type\": \"embedding\", \"dimension\": null}", "dimension", "field", "null");
  }

  public void testLimitsOfGraph() throws IOException {
    for (String right : List.of("{\"max_connections\": 2}", "{\"max_connections\": 128, \"beam_width\": 16}",
        "{\"beam_width\": 2000}", "{}")) {
      assertNotNull(mapperWith("graph", right));
    }
    for (String wrong : List.of("1", "129", "0", "-3", "16.0", "\"16\"", "null", "{}")) {
      assertRefused(with("graph", "{\"max_connections\": " + wrong + "}"), "graph.max_connections", "field", "2",
          "128");
    }
    for (String wrong : List.of("15", "2001", "100.5", "\"100\"", "null")) {
      assertRefused(with("graph", "{\"beam_width\": " + wrong + "}"), "graph.beam_width", "field", "16", "2000");
    }
    assertRefused(with("graph", "{\"m\": 16}"), "graph.m", "field", "max_connections", "beam_width");
    for (String wrong : List.of("16", "\"hnsw\"", "[]", "null")) {
      assertRefused(with("graph", wrong), "graph", "field");
    }
  }

  public void testSimilarityIsOneOfFour() {
    for (String wrong : List.of("\"l2\"", "\"Cosine\"", "\"COSINE\"", "1", "{}", "\"\"")) {
      assertRefused(with("similarity", wrong), "similarity", "field", "cosine", "dot_product", "euclidean",
          "max_inner_product");
    }
    assertRefused(with("similarity", "null"), "similarity", "field", "null");
  }

  public void testModelIsAName() {
    for (String wrong : List.of("\"\"", "\"  \"", "7", "{}", "null")) {
      assertRefused(with("model", wrong), "model", "field");
    }
  }

  public void testSubvectorsAreAsTheDimensionAllows() throws IOException {
    for (Object[] expected : new Object[][] {{384, "", 4, 96}, {384, ", \"bits\": 8", 8, 48}, {1, "", 4, 1},
        {3, ", \"bits\": 8", 8, 1}, {101, "", 4, 26}, {384, ", \"subvectors\": 100", 4, 100},
        {384, ", \"subvectors\": 6", 4, 6}, {384, ", \"subvectors\": 384", 4, 384}}) {
      String mapping = "{\"type\": \"embedding\", \"dimension\": " + expected[0]
          + ", \"quantization\": {\"type\": \"product\"" + expected[1] + "}}";
      EmbeddingFieldMapper mapper = (EmbeddingFieldMapper) mapperOf(mapping).mappers().getMapper("field");
      assertEquals(
          new QuantizationParameters(QuantizationParameters.Type.PRODUCT, (int) expected[2], (int) expected[3]),
          mapper.quantization());
      assertThat(withDefaults(mapperOf(mapping)),
          containsString("{\"type\":\"product\",\"bits\":" + expected[2] + ",\"subvectors\":" + expected[3] + "}"));
    }
    for (int wrong : new int[] {5, 385, 0, -1, 4097}) {
      assertRefused("{\"type\": \"embedding\", \"dimension\": 384, \"quantization\": {\"type\": \"product\", "
          + "\"subvectors\": " + wrong + "}}", "quantization.subvectors", "field", "got [" + wrong + "]");
    }
    for (String wrong : List.of("\"96\"", "1.5", "null", "[]", "4294967297")) {
      assertRefused(with("quantization", "{\"type\": \"product\", \"subvectors\": " + wrong + "}"),
          "quantization.subvectors", "field");
    }
    for (String other : List.of("binary", "scalar", "none")) {
      assertRefused(with("quantization", "{\"type\": \"" + other + "\", \"subvectors\": 1}"),
          "quantization.subvectors", "field");
    }
  }

  public void testQuantizationsThatAreNotThereAreRefused() {
    for (String wrong : List.of("1", "2", "0", "16", "\"4\"", "null")) {
      assertRefused(with("quantization", "{\"type\": \"product\", \"bits\": " + wrong + "}"), "quantization.bits",
          "field", "[4, 8]");
    }
    for (String wrong : List.of("0", "3", "8", "\"1\"", "1.0", "null", "4294967297")) {
      assertRefused(with("quantization", "{\"type\": \"binary\", \"bits\": " + wrong + "}"), "quantization.bits",
          "field",
          "[1, 2, 4]");
    }
    assertRefused(with("quantization", "{\"type\": \"scalar\", \"bits\": 4}"), "quantization.bits", "field", "[8]");
    for (String wrong : List.of("{}", "{\"type\": \"pq\"}", "{\"type\": null}", "{\"bits\": 1}", "{\"type\": 1}")) {
      assertRefused(with("quantization", wrong), "quantization.type", "field", "none");
    }
    assertRefused(with("quantization", "{\"type\": \"none\", \"bits\": 1}"), "quantization.bits", "field");
    assertRefused(with("quantization", "{\"type\": \"none\", \"rescore\": 1}"), "quantization.rescore", "field");
    for (String wrong : List.of("\"none\"", "1", "[]", "null")) {
      assertRefused(with("quantization", wrong), "quantization", "field");
    }
  }

  public void testUnknownParametersAreRefusedByName() {
    for (String parameter : List.of("store", "index", "doc_values", "boost", "index_options", "dims", "null_value",
        "ignore_malformed", "norms", "analyzer", "normalizer", "similarity_function", "include_in_all")) {
      assertRefused(with(parameter, "true"), parameter, "field", "embedding");
    }
  }

  public void testNeitherMultiFieldsNorCopies() {
    assertRefused(with("fields", "{\"raw\": {\"type\": \"keyword\"}}"), "field", "fields");
    assertRefused(with("copy_to", "\"other\""), "field", "copy_to");
    assertRefused(with("fields", "null"), "field", "fields");
    assertRefused(with("copy_to", "null"), "field", "copy_to");
    String inside = "{\"type\": \"keyword\", \"fields\": {\"vector\": {\"type\": \"embedding\", \"dimension\": 3}}}";
    assertRefused(inside, "vector", "embedding", "fields");
  }

  public void testAnIndexWithoutTheSettingIsToldWhichToSet() {
    enabled = false;
    assertRefused("{\"type\": \"embedding\", \"dimension\": 3}", "field", "index.embedding.enabled", "true");
  }

  public void testRepeatedPutOfTheSameMapping() throws IOException {
    XContentBuilder mapping = fieldMapping(b -> {
      minimalMapping(b);
      b.field("model", "first").startObject("graph").field("beam_width", 64).endObject();
    });
    MapperService service = createMapperService(mapping);
    String before = withDefaults(service.documentMapper());
    merge(service, mapping);
    merge(service, mapping);
    assertEquals(before, withDefaults(service.documentMapper()));
  }

  public void testArraysAndBase64AreTheSameVector() throws IOException {
    float[] vector = {1.1f, -2.25e-7f, 1e10f};
    assertArrayEquals(vector, indexed("[1.1, -2.25e-7, 1e10]"), 0);
    assertArrayEquals(vector, indexed("\"" + VectorParser.encode(vector) + "\""), 0);
    assertArrayEquals(new float[] {1, 2, 3}, indexed("[1, 2.0, 3e0]"), 0);
  }

  private float[] indexed(String value) throws IOException {
    ParseContext.Document document = parse(with("similarity", "\"euclidean\""), value).rootDoc();
    assertThat(document.getFields("field"), arrayWithSize(1));
    return ((KnnFloatVectorField) document.getField("field")).vectorValue();
  }

  public void testNullAndAbsentAreNoValue() throws IOException {
    assertThat(parse(minimal(), "null").rootDoc().getFields("field"), arrayWithSize(0));
    ParsedDocument absent = mapperOf(minimal()).parse(source("{\"other\": 1}"));
    assertThat(absent.rootDoc().getFields("field"), arrayWithSize(0));
  }

  public void testBadVectorsAreRefusedBySentences() throws IOException {
    assertVectorRefused("[1, 1e40, 2]", "finite", "1e40", "position 1");
    assertVectorRefused("[1, 2]", "field", "dimension 3", "got 2");
    assertVectorRefused("[1, 2, 3, 4]", "field", "dimension 3", "got 4");
    assertVectorRefused("[]", "1 to 4096", "none");
    assertVectorRefused("[[1, 2, 3]]", "numbers only", "an array", "position 0");
    assertVectorRefused("[1, [2], 3]", "numbers only", "an array", "position 1");
    assertVectorRefused("[1, \"2\", 3]", "numbers only", "a string", "position 1");
    assertVectorRefused("[1, null, 3]", "numbers only", "null", "position 1");
    assertVectorRefused("[1, true, 3]", "numbers only", "a boolean", "position 1");
    assertVectorRefused("[1, {\"a\": [1, 2]}, 3]", "numbers only", "an object", "position 1");
    assertVectorRefused("{\"values\": [1, 2, 3]}", "array of numbers", "base64", "an object");
    assertVectorRefused("7", "array of numbers", "base64", "a number");
    assertVectorRefused("true", "array of numbers", "base64", "a boolean");
    assertVectorRefused("\"not base64!\"", "base64");
    assertVectorRefused("\"\"", "base64", "got 0 bytes");
    assertVectorRefused("\"AAAAAAA=\"", "base64", "got 5 bytes");
    assertVectorRefused("\"" + base64(1, 2) + "\"", "field", "dimension 3", "got 2");
    assertVectorRefused("\"" + base64(1, Float.NaN, 3) + "\"", "finite", "NaN", "position 1");
    assertVectorRefused("\"" + base64(1, 2, Float.POSITIVE_INFINITY) + "\"", "finite", "Infinity", "position 2");
  }

  /** JSON has no such numbers; the other formats that core takes have. */
  public void testNumbersThatAreNoneAreRefused() throws IOException {
    for (String none : List.of("[1, NaN, 2]", "[1, 2, Infinity]", "[-Infinity, 2, 3]")) {
      expectThrows(MapperParsingException.class, () -> parse(minimal(), none));
    }
    DocumentMapper mapper = mapperOf(minimal());
    for (float none : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (XContentType format : List.of(XContentType.CBOR, XContentType.SMILE)) {
        XContentBuilder document = MediaTypeRegistry.contentBuilder(format).startObject();
        document.array("field", new float[] {1, none, 2}).endObject();
        SourceToParse source = new SourceToParse("test", "1", BytesReference.bytes(document), format);
        Exception e = expectThrows(MapperParsingException.class, () -> mapper.parse(source));
        assertThat(e.getCause().getMessage(), allOf(containsString("finite"), containsString("position 1")));
      }
    }
  }

  /** Written without the parser's own encoder. */
  private static String base64(float... vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) {
      bytes.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  public void testCosineTakesNoVectorWithoutDirection() throws IOException {
    for (String zero : List.of("[0, 0, 0]", "[-0.0, 0, 0]", "[1e-25, 0, 1e-30]", "\"" + base64(0, 0, 0) + "\"")) {
      assertVectorRefused(zero, "field", "cosine", "length zero");
    }
    assertVectorRefused("[3e38, 3e38, 0]", "field", "squared length");
    assertNotNull(parse(minimal(), "[1e-15, 1e-15, 0]"));
  }

  public void testDotProductTakesUnitVectors() throws IOException {
    String mapping = with("similarity", "\"dot_product\"");
    for (String wrong : List.of("[1, 1, 0]", "[0, 0, 0]", "[0.9, 0, 0]", "[1.1, 0, 0]")) {
      Exception e = expectThrows(MapperParsingException.class, () -> parse(mapping, wrong));
      assertThat(e.getCause().getMessage(),
          allOf(containsString("field"), containsString("dot_product"), containsString("length 1")));
    }
    assertNotNull(parse(mapping, "[0.6, 0.8, 0]"));
    assertNotNull(parse(mapping, "[0.6001, 0.8001, 0]"));
  }

  public void testOtherSimilaritiesTakeZero() throws IOException {
    assertNotNull(parse(with("similarity", "\"euclidean\""), "[0, 0, 0]"));
    assertNotNull(parse(with("similarity", "\"max_inner_product\""), "[0, 0, 0]"));
  }

  public void testOneVectorADocument() throws IOException {
    DocumentMapper mapper = createDocumentMapper(mapping(b -> {
      b.startObject("chunk").startObject("properties").startObject("field");
      minimalMapping(b);
      b.endObject().endObject().endObject();
    }));
    Exception e = expectThrows(MapperParsingException.class,
        () -> mapper.parse(source("{\"chunk\": [{\"field\": [1, 2, 3]}, {\"field\": [4, 5, 6]}]}")));
    assertThat(e.getCause().getMessage(), allOf(containsString("chunk.field"), containsString("one vector")));
    e = expectThrows(MapperParsingException.class,
        () -> mapper.parse(source("{\"chunk\": {\"field\": [1, 2, 3]}, \"chunk.field\": [4, 5, 6]}")));
    assertThat(e.getCause().getMessage(), allOf(containsString("chunk.field"), containsString("one vector")));
    assertNotNull(mapper.parse(source("{\"chunk\": [{\"field\": null}, {\"field\": [4, 5, 6]}, {}]}")));
  }

  public void testNestedDocumentsHaveAVectorEach() throws IOException {
    DocumentMapper mapper = createDocumentMapper(mapping(b -> {
      b.startObject("chunk").field("type", "nested").startObject("properties").startObject("field");
      minimalMapping(b);
      b.endObject().endObject().endObject();
    }));
    ParsedDocument document = mapper.parse(source("{\"chunk\": [{\"field\": [1, 2, 3]}, {\"field\": [4, 5, 6]}]}"));
    assertEquals(3, document.docs().size());
    assertThat(document.docs().get(0).getFields("chunk.field"), arrayWithSize(1));
    assertThat(document.docs().get(1).getFields("chunk.field"), arrayWithSize(1));
    assertThat(document.rootDoc().getFields("chunk.field"), arrayWithSize(0));
  }

  /** A vector that were not indexed would be nowhere, as {@code _source} keeps a mark of it at most. */
  public void testMalformedVectorsAreRefusedEvenWhereTheIndexIgnoresMalformedValues() throws IOException {
    ignoreMalformed = true;
    DocumentMapper mapper = mapperOf(minimal());
    for (String bad : List.of("[]", "[1, 2]", "[1, \"2\", 3]", "{\"a\": 1}", "7", "\"\"", "[0, 0, 0]",
        "[1, 1e40, 2]")) {
      expectThrows(MapperParsingException.class, () -> mapper.parse(source("{\"field\": " + bad + "}")));
    }
  }

  public void testMessageOfABadDocumentNamesFieldTypeAndDocument() throws IOException {
    DocumentMapper mapper = mapperOf(minimal());
    for (String bad : List.of("[1, 2]", "[1, {}, 3]", "{\"a\": 1}", "\"x\"", "[]")) {
      Exception e = expectThrows(MapperParsingException.class,
          () -> mapper.parse(source("{\"field\": " + bad + ", \"other\": 1}")));
      assertThat(e.getMessage(),
          allOf(containsString("[field]"), containsString("[embedding]"), containsString("id '1'")));
      assertThat(e.getCause(), instanceOf(IllegalArgumentException.class));
    }
  }

  public void testTermQueryIsRefusedBySentence() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    MappedFieldType type = service.fieldType("field");
    Exception e = expectThrows(QueryShardException.class,
        () -> type.termQuery("x", createQueryShardContext(service)));
    assertThat(e.getMessage(),
        allOf(containsString("[field]"), containsString("[embedding]"), containsString("[nearest]")));
    for (CheckedConsumer<MappedFieldType, Exception> other : List.<CheckedConsumer<MappedFieldType, Exception>>of(
        t -> t.termsQuery(List.of("x"), createQueryShardContext(service)),
        t -> t.rangeQuery(1, 2, true, true, null, null, null, createQueryShardContext(service)),
        t -> t.prefixQuery("x", null, false, createQueryShardContext(service)),
        t -> t.wildcardQuery("x*", null, false, createQueryShardContext(service)),
        t -> t.fielddataBuilder("index", () -> null))) {
      Exception refused = expectThrows(Exception.class, () -> other.accept(type));
      assertTrue(refused.toString(),
          refused instanceof IllegalArgumentException || refused instanceof QueryShardException);
      assertThat(refused.getMessage(), containsString("field"));
    }
  }

  public void testFieldCapabilitiesThatDashboardsCanLiveWith() throws IOException {
    MappedFieldType type = createMapperService(fieldMapping(this::minimalMapping)).fieldType("field");
    assertEquals("embedding", type.typeName());
    assertEquals("embedding", type.familyTypeName());
    assertFalse(type.isSearchable());
    assertFalse(type.isAggregatable());
    assertFalse(type.hasDocValues());
    assertFalse(type.isStored());
  }

  public void testValuesAreFetchedFromTheIndex() throws IOException {
    MapperService service = createMapperService(fieldMapping(b -> {
      minimalMapping(b);
      b.field("similarity", "euclidean");
    }));
    withLuceneIndex(service, writer -> {
      writer.addDocument(service.documentMapper().parse(source("{\"field\": [1.1, 2, 3]}")).rootDoc());
      writer.addDocument(service.documentMapper().parse(source("{}")).rootDoc());
      writer.addDocument(service.documentMapper().parse(source("{\"field\": \"" + base64(4, 5, 6) + "\"}")).rootDoc());
      writer.forceMerge(1);
    }, reader -> {
      assertEquals(List.of(1.1f, 2f, 3f), fetched(service, reader.leaves().getFirst(), 0));
      assertEquals(List.of(), fetched(service, reader.leaves().getFirst(), 1));
      assertEquals(List.of(4f, 5f, 6f), fetched(service, reader.leaves().getFirst(), 2));
    });
  }

  public void testNoValuesAreFetchedFromASegmentWithoutVectors() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    withLuceneIndex(service, writer -> writer.addDocument(service.documentMapper().parse(source("{}")).rootDoc()),
        reader -> assertEquals(List.of(), fetched(service, reader.leaves().getFirst(), 0)));
  }

  private List<Object> fetched(MapperService service, LeafReaderContext context, int doc) throws IOException {
    SearchLookup lookup = createQueryShardContext(service).lookup();
    ValueFetcher fetcher = service.fieldType("field").valueFetcher(createQueryShardContext(service), lookup, null);
    fetcher.setNextReader(context);
    lookup.source().setSegmentAndDocument(context, doc);
    return fetcher.fetchValues(lookup.source());
  }

  public void testFetchingTakesNoFormat() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    Exception e = expectThrows(IllegalArgumentException.class,
        () -> service.fieldType("field").valueFetcher(createQueryShardContext(service), null, "base64"));
    assertThat(e.getMessage(), allOf(containsString("[field]"), containsString("[format]")));
  }

  public void testSourceIsDerivedFromTheVector() throws IOException {
    MapperService service = createMapperService(mapping(b -> {
      b.startObject("outer").startObject("properties").startObject("field");
      minimalMapping(b);
      b.endObject().endObject().endObject();
    }));
    EmbeddingFieldMapper mapper = (EmbeddingFieldMapper) service.documentMapper()
        .mappers()
        .getMapper("outer.field");
    mapper.canDeriveSource();
    withLuceneIndex(service, writer -> {
      writer.addDocument(
          service.documentMapper().parse(source("{\"outer\": {\"field\": [1.1, -2, 1e-7]}}")).rootDoc());
      writer.addDocument(service.documentMapper().parse(source("{}")).rootDoc());
      writer.forceMerge(1);
    }, reader -> {
      assertEquals("{\"field\":[1.1,-2.0,1.0E-7]}", derived(mapper, reader.leaves().getFirst(), 0));
      assertEquals("{}", derived(mapper, reader.leaves().getFirst(), 1));
    });
  }

  private static String derived(EmbeddingFieldMapper mapper, LeafReaderContext context, int doc) throws IOException {
    XContentBuilder json = XContentFactory.jsonBuilder().startObject();
    mapper.deriveSource(json, context.reader(), doc);
    return json.endObject().toString();
  }

  private static String minimal() {
    return "{\"type\": \"embedding\", \"dimension\": 3}";
  }

  private static String with(String parameter, String value) {
    return String.format(Locale.ROOT, "{\"type\": \"embedding\", \"dimension\": 3, \"%s\": %s}", parameter, value);
  }

  private DocumentMapper mapperWith(String parameter, String value) throws IOException {
    return mapperOf(with(parameter, value));
  }

  private DocumentMapper mapperOf(String field) throws IOException {
    return createMapperService("_doc", "{\"_doc\": {\"properties\": {\"field\": " + field + "}}}").documentMapper();
  }

  private ParsedDocument parse(String mapping, String value) throws IOException {
    return mapperOf(mapping).parse(source("{\"field\": " + value + "}"));
  }

  private void assertRefused(String mapping, String... parts) {
    Exception e = expectThrows(MapperParsingException.class, () -> mapperOf(mapping));
    for (String part : parts) {
      assertThat(mapping, e.getMessage(), containsString(part));
    }
  }

  private void assertVectorRefused(String value, String... parts) {
    Exception e = expectThrows(MapperParsingException.class, () -> parse(minimal(), value));
    assertThat(e.getCause(), instanceOf(IllegalArgumentException.class));
    for (String part : parts) {
      assertThat(value, e.getCause().getMessage(), containsString(part));
    }
    assertThat(e.getCause().getMessage(), not(containsString("%")));
  }
}
