package dev.embedding.plugin.mapper;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.not;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperTestCase;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.plugins.Plugin;

import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.TokenVectors;
import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.EmbeddingSettings;

public class MultiEmbeddingFieldMapperTests extends MapperTestCase {
  private static final String MINIMAL = "{\"type\": \"multi_embedding\", \"dimension\": 2}";

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
    mapping.field("type", "multi_embedding").field("dimension", 2);
  }

  /** What decides about the bytes of a segment is stored even if it is the default, which another version may change. */
  @Override
  protected void metaMapping(XContentBuilder mapping) throws IOException {
    minimalMapping(mapping);
    mapping.startObject("encoding").field("repetitions", 10).field("partition_bits", 2);
    mapping.field("projection_dimension", 2).field("seed", 42).endObject();
    mapping.field("token_bits", 8);
  }

  @Override
  protected void writeFieldValue(XContentBuilder document) throws IOException {
    document.startArray().startArray().value(1).value(0.5f).endArray().endArray();
  }

  @Override
  protected void writeField(XContentBuilder document) throws IOException {
    document.field("field");
    writeFieldValue(document);
  }

  @Override
  protected void registerParameters(ParameterChecker checker) throws IOException {
    checker.registerConflictCheck("dimension", fieldMapping(this::minimalMapping),
        fieldMapping(b -> b.field("type", "multi_embedding").field("dimension", 4)));
    checker.registerConflictCheck("encoding", b -> b.startObject("encoding").field("seed", 7).endObject());
    checker.registerConflictCheck("encoding", b -> b.startObject("encoding").field("partition_bits", 4).endObject());
    checker.registerConflictCheck("encoding",
        b -> b.startObject("encoding").array("centre", 0.5f, 0.25f).endObject());
    checker.registerConflictCheck("token_bits", b -> b.field("token_bits", 32));
    checker.registerConflictCheck("model", fieldMapping(this::withModel), fieldMapping(b -> {
      minimalMapping(b);
      b.field("model", "other");
    }));
    checker.registerUpdateCheck(b -> b.field("max_vectors", 7),
        mapper -> assertThat(shown(mapper), containsString("\"max_vectors\":7")));
    checker.registerUpdateCheck(b -> b.field("on_exceed", "pool"),
        mapper -> assertThat(shown(mapper), containsString("\"on_exceed\":\"pool\"")));
    checker.registerUpdateCheck(b -> b.field("pooling_factor", 2),
        mapper -> assertThat(shown(mapper), containsString("\"pooling_factor\":2")));
    checker.registerUpdateCheck(b -> b.field("model", "first"),
        mapper -> assertEquals("first", ((MultiEmbeddingFieldMapper) mapper).fieldType().model()));
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

  @Override
  protected void assertExistsQuery(MappedFieldType fieldType, Query query, ParseContext.Document document) {
    assertEquals(new FieldExistsQuery("field"), query);
    assertNotNull(document.getField("field").binaryValue());
    assertNoFieldNamesField(document);
  }

  public void testDimensionIsAllThereIsToType() throws IOException {
    DocumentMapper mapper = createDocumentMapper(
        fieldMapping(b -> b.field("type", "multi_embedding").field("dimension", 128)));
    assertEquals("{\"field\":{\"type\":\"multi_embedding\",\"dimension\":128,\"max_vectors\":1024,"
        + "\"on_exceed\":\"reject\",\"pooling_factor\":1,\"encoding\":{\"repetitions\":10,\"partition_bits\":2,"
        + "\"projection_dimension\":128,\"seed\":42},\"token_bits\":8,\"meta\":{}}}",
        withDefaults(mapper));
  }

  private static String withDefaults(DocumentMapper mapper) throws IOException {
    return shown(mapper.mappers().getMapper("field"));
  }

  private static String shown(ToXContent mapper) {
    try {
      XContentBuilder json = XContentFactory.jsonBuilder().startObject();
      return mapper.toXContent(json, INCLUDE_DEFAULTS).endObject().toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  public void testMappingComesBackAsItWasGiven() throws IOException {
    float[] centre = new float[128];
    for (int i = 0; i < centre.length; i++) {
      centre[i] = (float) random().nextGaussian() / 30;
    }
    XContentBuilder given = fieldMapping(b -> {
      b.field("type", "multi_embedding").field("dimension", 128).field("max_vectors", 8192);
      b.field("on_exceed", "truncate").field("pooling_factor", 3);
      b.startObject("encoding").field("repetitions", 1).field("partition_bits", 0);
      b.field("projection_dimension", 128).field("seed", -1).array("centre", centre).endObject();
      b.field("token_bits", 32).field("model", "colbert");
    });
    XContentBuilder shown = XContentFactory.jsonBuilder().startObject();
    createDocumentMapper(given).mapping().toXContent(shown, ToXContent.EMPTY_PARAMS);
    assertEquals(given.toString(), shown.endObject().toString());
  }

  public void testLimitsOfDimension() throws IOException {
    for (int dimension : new int[] {1, 2, 48, 4096}) {
      assertNotNull(mapperOf("{\"type\": \"multi_embedding\", \"dimension\": " + dimension + "}"));
    }
    for (String wrong : List.of("0", "-1", "4097", "1.5", "1e9", "12345678901", "\"3\"", "true", "[3]")) {
      assertRefused("{\"type\": \"multi_embedding\", \"dimension\": " + wrong + "}", "dimension", "field", "1", "4096");
    }
    assertRefused("{\"type\": \"multi_embedding\"}", "dimension", "field", "1", "4096");
    assertRefused("{\"type\": \"multi_embedding\", \"dimension\": null}", "dimension", "field", "null");
  }

  public void testLimitsOfTheNumberOfVectors() throws IOException {
    assertNotNull(mapperWith("max_vectors", "1"));
    assertNotNull(mapperWith("max_vectors", "8192"));
    for (String wrong : List.of("0", "-1", "8193", "1.5", "\"8\"", "null", "{}")) {
      assertRefused(with("max_vectors", wrong), "max_vectors", "field");
    }
    assertRefused(with("max_vectors", "8193"), "between 1 and 8192", "8193");
    assertRefused("{\"type\": \"multi_embedding\", \"dimension\": 256, \"max_vectors\": 4097}", "max_vectors",
        "[field]",
        "dimension 256", "between 1 and 4096", "4097");
    assertThat(withDefaults(mapperOf("{\"type\": \"multi_embedding\", \"dimension\": 4096}")),
        containsString("\"max_vectors\":256"));
    for (String wrong : List.of("\"drop\"", "\"REJECT\"", "1", "{}")) {
      assertRefused(with("on_exceed", wrong), "on_exceed", "field", "reject", "truncate", "pool");
    }
    for (String wrong : List.of("0", "-1", "1001", "1.5", "\"2\"", "null")) {
      assertRefused(with("pooling_factor", wrong), "pooling_factor", "field");
    }
    assertRefused(with("pooling_factor", "0.5"), "between 1 and 1000");
  }

  public void testLimitsOfTheEncoding() throws IOException {
    for (String right : List.of("{}", "{\"repetitions\": 100}", "{\"partition_bits\": 0}",
        "{\"repetitions\": 16, \"partition_bits\": 10}", "{\"projection_dimension\": 1}", "{\"seed\": -2147483648}")) {
      assertNotNull(mapperWith("encoding", right));
    }
    for (String wrong : List.of("0", "101", "1.5", "\"1\"", "null")) {
      assertRefused(with("encoding", "{\"repetitions\": " + wrong + "}"), "encoding.repetitions", "field", "1", "100");
    }
    for (String wrong : List.of("-1", "11", "1.5", "\"1\"", "null")) {
      assertRefused(with("encoding", "{\"partition_bits\": " + wrong + "}"), "encoding.partition_bits", "field", "10");
    }
    for (String wrong : List.of("0", "3", "4097", "\"1\"", "null")) {
      assertRefused(with("encoding", "{\"projection_dimension\": " + wrong + "}"), "encoding.projection_dimension",
          "field", "1");
    }
    for (String wrong : List.of("2147483648", "1.5", "\"1\"", "null")) {
      assertRefused(with("encoding", "{\"seed\": " + wrong + "}"), "encoding.seed", "field");
    }
    assertRefused(with("encoding", "{\"repetitions\": 17, \"partition_bits\": 10}"), "[encoding]", "[field]", "32768",
        "34816");
    assertRefused(with("encoding", "{\"r_reps\": 1}"), "encoding.r_reps", "field", "repetitions");
    for (String wrong : List.of("16", "\"muvera\"", "[]", "null")) {
      assertRefused(with("encoding", wrong), "encoding", "field");
    }
    for (String wrong : List.of("1", "16", "\"8\"", "8.0", "null", "{}")) {
      assertRefused(with("token_bits", wrong), "token_bits", "field");
    }
    assertRefused(with("token_bits", "4"), "one of [8, 32]", "[4]");
    for (String wrong : List.of("\"\"", "\"  \"", "7", "{}", "null")) {
      assertRefused(with("model", wrong), "model", "field");
    }
  }

  public void testLimitsOfTheCentre() throws IOException {
    for (String right : List.of("[0, 0]", "[1, 0]", "[0.6, -0.8]", "[1e-30, 1e-60]")) {
      assertNotNull(mapperWith("encoding", "{\"centre\": " + right + "}"));
    }
    for (String wrong : List.of("null", "1", "\"AAAAAAAAAAA=\"", "{}")) {
      assertRefused(with("encoding", "{\"centre\": " + wrong + "}"), "[encoding.centre]", "[field]",
          "array of numbers");
    }
    for (String wrong : List.of("[]", "[0.5]", "[0, 0, 0]")) {
      assertRefused(with("encoding", "{\"centre\": " + wrong + "}"), "[encoding.centre]", "[field]", "dimension, 2");
    }
    for (String wrong : List.of("1e39", "-1e400", "\"0.5\"", "\"NaN\"", "null", "true", "[0.5]")) {
      assertRefused(with("encoding", "{\"centre\": [0, " + wrong + "]}"), "[encoding.centre]", "[field]", "finite",
          "position 1");
    }
    for (String wrong : List.of("[1, 1]", "[1e38, 1e38]", "[0, -1.1]")) {
      assertRefused(with("encoding", "{\"centre\": " + wrong + "}"), "[encoding]", "[field]", "centre", "length 1");
    }
  }

  public void testTheCentreIsThatOfTheEncoder() throws IOException {
    MapperService plain = createMapperService(fieldMapping(this::minimalMapping));
    MapperService centred = createMapperService(fieldMapping(b -> {
      minimalMapping(b);
      b.startObject("encoding").array("centre", 0.5f, 0.25f).endObject();
    }));
    TokenVectors query = TokenVectors.of(2, new float[] {1, 0});
    FixedDimensionalEncoder encoder = encoder(centred);
    assertEquals(0.5f * encoder.options().repetitions(), encoder.productWithCentre(encoder.encodeQuery(query)), 1e-4f);
    assertNotEquals(encoder(plain), encoder);
    MapperService read = createMapperService("_doc", "{\"_doc\": {\"properties\": " + withDefaults(
        centred.documentMapper()) + "}}");
    assertEquals(encoder, encoder(read));
  }

  private static FixedDimensionalEncoder encoder(MapperService service) {
    return ((MultiEmbeddingFieldType) service.fieldType("field")).encoder();
  }

  public void testUnknownParametersAreRefusedByName() {
    for (String parameter : List.of("store", "index", "doc_values", "boost", "index_options", "dims", "null_value",
        "ignore_malformed", "similarity", "quantization", "graph", "pool_factor", "fde")) {
      assertRefused(with(parameter, "true"), parameter, "field", "multi_embedding");
    }
  }

  public void testNeitherMultiFieldsNorCopies() {
    assertRefused(with("fields", "{\"raw\": {\"type\": \"keyword\"}}"), "field", "fields");
    assertRefused(with("copy_to", "\"other\""), "field", "copy_to");
    String inside = "{\"type\": \"keyword\", \"fields\": {\"tokens\": " + MINIMAL + "}}";
    assertRefused(inside, "tokens", "multi_embedding", "fields");
  }

  public void testAnIndexWithoutTheSettingIsToldWhichToSet() {
    enabled = false;
    assertRefused(MINIMAL, "field", "index.embedding.enabled", "true");
  }

  public void testRepeatedPutOfTheSameMapping() throws IOException {
    XContentBuilder mapping = fieldMapping(b -> {
      minimalMapping(b);
      b.field("model", "first").startObject("encoding").field("repetitions", 10).endObject();
    });
    MapperService service = createMapperService(mapping);
    String before = withDefaults(service.documentMapper());
    merge(service, mapping);
    merge(service, mapping);
    assertEquals(before, withDefaults(service.documentMapper()));
  }

  public void testNullEmptyAndAbsentAreNoValue() throws IOException {
    for (String document : List.of("{}", "{\"field\": null}", "{\"field\": []}")) {
      assertEquals(List.of(), mapperOf(MINIMAL).parse(source(document))
          .rootDoc()
          .getFields()
          .stream()
          .filter(field -> field.name().startsWith("field"))
          .toList());
    }
  }

  public void testBadValuesAreRefusedByThePositionOfTheVector() throws IOException {
    assertValueRefused("[[1, 2], [1]]", "dimension 2", "got 1", "position 1");
    assertValueRefused("[[1, 2], [1, 2], [1, 2, 3]]", "dimension 2", "got 3", "position 2");
    assertValueRefused("[[]]", "dimension 2", "got 0", "position 0");
    assertValueRefused("[[1, 2], [1e40, 2]]", "finite", "Infinity", "number 0", "position 1");
    assertValueRefused("[[1, 2], [0, 0]]", "direction", "position 1");
    assertValueRefused("[[3e38, 3e38]]", "squared length", "position 0");
    assertValueRefused("[1, 2]", "arrays of numbers", "a number", "position 0");
    assertValueRefused("[[1, 2], 3]", "arrays of numbers", "a number", "position 1");
    assertValueRefused("[[1, 2], null]", "null", "position 1");
    assertValueRefused("[[1, 2], {\"a\": [[1, 2]]}]", "an object", "position 1");
    assertValueRefused("[[1, \"2\"]]", "numbers only", "a string", "position 0");
    assertValueRefused("[[1, [2]], [1, 2]]", "numbers only", "an array", "position 0");
    assertValueRefused("[[1, {\"a\": 1}]]", "numbers only", "an object", "position 0");
    assertValueRefused("{\"vectors\": [[1, 2]]}", "array of vectors", "base64", "an object");
    assertValueRefused("7", "array of vectors", "base64", "a number");
    assertValueRefused("true", "array of vectors", "base64", "a boolean");
    assertValueRefused("\"?\"", "base64");
    assertValueRefused("\"\"", "base64", "got 0 bytes");
    assertValueRefused("\"AAAAAAA=\"", "base64", "got 5 bytes");
    assertValueRefused(base64(1, 2, 3), "whole vectors", "2 numbers", "got 3");
    assertValueRefused(base64(1, 2, 3, Float.NaN), "finite", "NaN", "number 1", "position 1");
    assertValueRefused(base64(1, 2, Float.POSITIVE_INFINITY, 1), "finite", "Infinity", "position 1");
    assertValueRefused(base64(1, 2, 0, 0), "direction", "position 1");
  }

  public void testMoreVectorsThanAllowedAreRefused() throws IOException {
    String mapping = with("max_vectors", "3");
    assertEquals(3, indexed(mapping, rows(3)).count());
    for (String tooMany : List.of(rows(4), rows(100), base64(new float[] {1, 2, 1, 2, 1, 2, 1, 2}))) {
      Exception e = expectThrows(MapperParsingException.class, () -> parse(mapping, tooMany));
      assertThat(e.getMessage(), containsString("[field]"));
      assertThat(e.getCause().getMessage(), containsString("at most 3 vectors"));
    }
  }

  /** The others are checked nevertheless. */
  public void testTruncationKeepsTheFirstVectors() throws IOException {
    String mapping = "{\"type\": \"multi_embedding\", \"dimension\": 2, \"max_vectors\": 3, \"on_exceed\": \"truncate\", "
        + "\"token_bits\": 32}";
    TokenVectors first = TokenVectors.of(2, new float[] {1, 1}, new float[] {2, 1}, new float[] {3, 1});
    assertEquals(first, indexed(mapping, rows(3)));
    assertEquals(first, indexed(mapping, rows(5)));
    assertEquals(first, indexed(mapping, rows(1000)));
    assertEquals(first, indexed(mapping, base64(1, 1, 2, 1, 3, 1, 4, 1, 5, 1)));
    Exception e = expectThrows(MapperParsingException.class,
        () -> parse(mapping, "[[1, 1], [2, 1], [3, 1], [4, 1], [5]]"));
    assertThat(e.getCause().getMessage(), containsString("position 4"));
  }

  public void testPoolingLeavesAsManyAsAllowed() throws IOException {
    String mapping = "{\"type\": \"multi_embedding\", \"dimension\": 2, \"max_vectors\": 2, \"on_exceed\": \"pool\"}";
    assertEquals(2, indexed(mapping, "[[1, 0], [0, 1]]").count());
    assertEquals(2, indexed(mapping, "[[1, 0.01], [0.01, 1], [1, 0], [0, 1]]").count());
    assertEquals(2, indexed(mapping, rows(50)).count());
    Exception e = expectThrows(MapperParsingException.class, () -> parse(mapping, rows(8193)));
    assertThat(e.getCause().getMessage(), containsString("at most 8192 vectors"));
  }

  /** What comes out could be indexed again. */
  public void testPoolingOfOppositesLeavesAVector() throws IOException {
    String mapping = "{\"type\": \"multi_embedding\", \"dimension\": 2, \"max_vectors\": 1, \"on_exceed\": \"pool\"}";
    assertArrayEquals(new float[] {1, 0}, indexed(mapping, "[[3, 0], [-2, 0]]").vector(0), 0.01f);
  }

  public void testPoolingFactor() throws IOException {
    String mapping = with("pooling_factor", "2");
    assertEquals(1, indexed(mapping, rows(1)).count());
    assertEquals(1, indexed(mapping, rows(2)).count());
    assertEquals(2, indexed(mapping, rows(3)).count());
    assertEquals(5, indexed(mapping, rows(10)).count());
  }

  /** Counted while they are read: a million vectors are refused without being kept. */
  public void testAMillionVectors() throws IOException {
    String million = "[" + "[1,2],".repeat(999_999) + "[1,2]]";
    Exception e = expectThrows(MapperParsingException.class, () -> parse(MINIMAL, million));
    assertThat(e.getCause().getMessage(), containsString("at most 1024 vectors"));
    assertEquals(1024, indexed(with("on_exceed", "\"truncate\""), million).count());
  }

  /** Vectors 1, 2, … with a 1 behind. */
  private static String rows(int count) {
    StringBuilder rows = new StringBuilder("[");
    for (int i = 1; i <= count; i++) {
      rows.append(i == 1 ? "" : ",").append('[').append(i).append(",1]");
    }
    return rows.append(']').toString();
  }

  public void testArraysAndBase64AreTheSameVectors() throws IOException {
    TokenVectors vectors = TokenVectors.of(2, new float[] {1.1f, -2.25e-7f}, new float[] {1e10f, 3});
    String mapping = with("token_bits", "32");
    assertEquals(vectors, indexed(mapping, "[[1.1, -2.25e-7], [1e10, 3]]"));
    assertEquals(vectors, indexed(mapping, base64(vectors.values())));
  }

  public void testOneValueADocument() throws IOException {
    DocumentMapper mapper = createDocumentMapper(mapping(b -> {
      b.startObject("chunk").startObject("properties").startObject("field");
      minimalMapping(b);
      b.endObject().endObject().endObject();
    }));
    for (String document : List.of("{\"chunk\": [{\"field\": [[1, 2]]}, {\"field\": [[4, 5]]}]}",
        "{\"chunk\": {\"field\": [[1, 2]]}, \"chunk.field\": [[4, 5]]}")) {
      Exception e = expectThrows(MapperParsingException.class, () -> mapper.parse(source(document)));
      assertThat(e.getCause().getMessage(),
          allOf(containsString("chunk.field"), containsString("one list of vectors")));
    }
    assertNotNull(mapper.parse(source("{\"chunk\": [{\"field\": []}, {\"field\": [[4, 5]]}, {}]}")));
  }

  public void testMalformedValuesAreRefusedEvenWhereTheIndexIgnoresMalformedValues() throws IOException {
    ignoreMalformed = true;
    DocumentMapper mapper = mapperOf(MINIMAL);
    for (String bad : List.of("[1, 2]", "[[1]]", "[[1, \"2\"]]", "{\"a\": 1}", "7", "\"\"", "[[0, 0]]",
        "[[1, 1e40]]")) {
      expectThrows(MapperParsingException.class, () -> mapper.parse(source("{\"field\": " + bad + "}")));
    }
  }

  public void testMessageOfABadDocumentNamesFieldTypeAndDocument() throws IOException {
    DocumentMapper mapper = mapperOf(MINIMAL);
    for (String bad : List.of("[1, 2]", "[[1, {}]]", "{\"a\": 1}", "\"x\"", "[[]]")) {
      Exception e = expectThrows(MapperParsingException.class,
          () -> mapper.parse(source("{\"field\": " + bad + ", \"other\": 1}")));
      assertThat(e.getMessage(),
          allOf(containsString("[field]"), containsString("[multi_embedding]"), containsString("id '1'")));
      assertThat(e.getCause(), instanceOf(IllegalArgumentException.class));
    }
  }

  public void testTermQueryIsRefusedBySentence() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    MappedFieldType type = service.fieldType("field");
    Exception e = expectThrows(QueryShardException.class,
        () -> type.termQuery("x", createQueryShardContext(service)));
    assertThat(e.getMessage(),
        allOf(containsString("[field]"), containsString("[multi_embedding]"), containsString("[max_sim]")));
    expectThrows(IllegalArgumentException.class, () -> type.fielddataBuilder("index", () -> null));
  }

  public void testFieldCapabilitiesThatDashboardsCanLiveWith() throws IOException {
    MappedFieldType type = createMapperService(fieldMapping(this::minimalMapping)).fieldType("field");
    assertEquals("multi_embedding", type.typeName());
    assertEquals("multi_embedding", type.familyTypeName());
    assertFalse(type.isSearchable());
    assertFalse(type.isAggregatable());
    assertFalse(type.hasDocValues());
    assertFalse(type.isStored());
  }

  public void testFetchingTakesNoFormat() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    Exception e = expectThrows(IllegalArgumentException.class,
        () -> service.fieldType("field").valueFetcher(createQueryShardContext(service), null, "base64"));
    assertThat(e.getMessage(), allOf(containsString("[field]"), containsString("[format]")));
  }

  private static String with(String parameter, String value) {
    return String.format(Locale.ROOT, "{\"type\": \"multi_embedding\", \"dimension\": 2, \"%s\": %s}", parameter,
        value);
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

  private static String base64(float... numbers) {
    return '"' + VectorParser.encode(numbers) + '"';
  }

  /** What the index has of a value; Lucene's own format takes encodings if they are small. */
  private TokenVectors indexed(String mapping, String value) throws IOException {
    String small = mapping.replaceFirst("\\}", ", \"encoding\": {\"repetitions\": 2}}");
    MapperService service = createMapperService("_doc", "{\"_doc\": {\"properties\": {\"field\": " + small + "}}}");
    TokenVectors[] vectors = new TokenVectors[1];
    withLuceneIndex(service,
        writer -> writer.addDocument(service.documentMapper().parse(source("{\"field\": " + value + "}")).rootDoc()),
        reader -> vectors[0] = ((MultiEmbeddingFieldType) service.fieldType("field"))
            .vectors(reader.leaves().getFirst().reader(), 0));
    return vectors[0];
  }

  private void assertRefused(String mapping, String... parts) {
    Exception e = expectThrows(Exception.class, () -> mapperOf(mapping));
    assertTrue(e.toString(), e instanceof MapperParsingException || e instanceof IllegalArgumentException);
    for (String part : parts) {
      assertThat(mapping, e.getMessage(), containsString(part));
    }
  }

  private void assertValueRefused(String value, String... parts) {
    Exception e = expectThrows(MapperParsingException.class, () -> parse(MINIMAL, value));
    assertThat(e.getCause(), instanceOf(IllegalArgumentException.class));
    for (String part : parts) {
      assertThat(value, e.getCause().getMessage(), containsString(part));
    }
    assertThat(e.getCause().getMessage(), not(containsString("%")));
  }
}
