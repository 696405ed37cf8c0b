package dev.embedding.plugin.source;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.fieldvisitor.FieldsVisitor;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MapperServiceTestCase;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.mapper.SeqNoFieldMapper;
import org.opensearch.index.mapper.SourceToParse;
import org.opensearch.plugins.Plugin;

import dev.embedding.plugin.EmbeddingPlugin;
import dev.embedding.plugin.EmbeddingSettings;
import dev.embedding.plugin.mapper.VectorParser;

/** Documents go through the mapper into an index as the engine puts them there, and are read back from it. */
public class VectorSourceTests extends MapperServiceTestCase {
  private static final String FIELDS = """
      "properties": {
        "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"},
        "title": {"type": "keyword"},
        "price": {"type": "double"},
        "deep": {"properties": {"v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"}}},
        "chunks": {"type": "nested", "properties": {
          "text": {"type": "keyword"}, "title": {"type": "keyword"},
          "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"}}},
        "sections": {"type": "nested", "properties": {
          "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"},
          "chunks": {"type": "nested", "properties": {
            "v": {"type": "embedding", "dimension": 2, "similarity": "euclidean"}}}}}}""";

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new EmbeddingPlugin());
  }

  @Override
  protected Settings getIndexSettings() {
    return Settings.builder()
        .put(SETTINGS)
        .put(EmbeddingSettings.ENABLED.getKey(), true)
        .build();
  }

  public void testSourcesComeBackAsTheyWere() throws IOException {
    assertComeBack(FIELDS, "{ \"v\" : [1.5,2.25], \"price\":1.10, \"title\":\"caf\\u00e9\" }", "{}",
        "{\"title\":\"none\",\"v\":null}", "{\"v\":\"" + VectorParser.encode(new float[] {3, 4}) + "\"}",
        "{\"deep.v\":[5.0,6.0],\"v\":[7.0,8.0]}", "{\"deep\":{\"v\":[-0.0,1.0E-7]}, \"huge\":1234567890123456789}");
  }

  public void testNestedSourcesComeBackAsTheyWere() throws IOException {
    assertComeBack(FIELDS, "{\"chunks\":[{\"v\":[1.0,2.0]},{\"text\":\"x\"},{\"v\":[3.0,4.0]}],\"v\":[5.0,6.0]}",
        "{\"chunks\":{\"v\":[7.0,8.0]}}", "{\"chunks\":[]}", "{\"chunks\":[{\"text\":\"y\"}]}", "{\"v\":[9.0,1.0]}",
        "{\"chunks\":[{\"v\":[1.0,1.0]},{\"v\":\"" + VectorParser.encode(new float[] {2, 1}) + "\"}]}");
  }

  public void testNestedInNestedSourcesComeBackAsTheyWere() throws IOException {
    assertComeBack(FIELDS,
        "{\"v\":[0.0,0.0],\"sections\":[{\"v\":[1.0,0.0],\"chunks\":[{\"v\":[1.0,1.0]},{\"v\":[1.0,2.0]}]},"
            + "{\"chunks\":[{\"v\":[2.0,1.0]}]},{\"v\":[3.0,0.0]},{\"chunks\":[{\"v\":[4.0,1.0]}],\"v\":[4.0,0.0]}]}",
        "{\"sections\":[{\"chunks\":[{\"v\":[5.0,1.0]}]}]}", "{\"title\":\"none\"}");
  }

  public void testSourceOnDiskHasNoVectors() throws IOException {
    List<String> stored = new ArrayList<>();
    String base64 = VectorParser.encode(new float[] {3, 4});
    readBack(mapper(FIELDS), stored, "{ \"v\" : [1.5, 2.25], \"title\":\"[1.5]\" }", "{\"v\":\"" + base64 + "\"}",
        "{\"chunks\":[{\"v\":[7,8]},{\"v\":null}]}");
    assertEquals(
        List.of("{ \"v\" : [], \"title\":\"[1.5]\" }", "{\"v\":\"\"}", "{\"chunks\":[{\"v\":[]},{\"v\":null}]}"),
        stored);
  }

  public void testNumbersComeBackAsTheShortestOfTheSameFloat() throws IOException {
    assertEquals(List.of("{\"v\":[1.1,1.6777216E7]}", "{\"v\":[0.1,100.0]}"),
        readBack(mapper(FIELDS), null, "{\"v\":[1.10000, 16777217]}", "{\"v\":[ 0.1000000000000000055, 1e2 ]}"));
  }

  private static final String TOKENS = """
      "type": "multi_embedding", "dimension": 2, "encoding": {"repetitions": 1, "partition_bits": 1}""";
  private static final String TOKEN_FIELDS = String.format(Locale.ROOT, """
      "properties": {
        "title": {"type": "keyword"},
        "v": {"type": "embedding", "dimension": 2},
        "t": {%1$s, "token_bits": 32},
        "small": {%1$s},
        "few": {%1$s, "token_bits": 32, "max_vectors": 2, "on_exceed": "truncate"},
        "pooled": {%1$s, "token_bits": 32, "pooling_factor": 2},
        "chunks": {"type": "nested", "properties": {
          "text": {"type": "keyword"},
          "t": {%1$s, "token_bits": 32},
          "pooled": {%1$s, "token_bits": 32, "pooling_factor": 2}}}}""", TOKENS);

  public void testManyVectorsComeBackAsTheyWere() throws IOException {
    String base64 = '"' + VectorParser.encode(new float[] {0.1f, -3e7f, 1, 2}) + '"';
    assertComeBack(TOKEN_FIELDS, "{ \"t\" : [[1.5,2.25],[-0.1,1.0E-7]], \"title\":\"x\" }", "{}",
        "{\"t\":" + base64 + "}",
        "{\"t\":null}", "{\"t\":[]}", "{\"t\":[ ],\"v\":[1.0,2.0]}", "{\"v\":[1.0,2.0],\"t\":[[3.0,4.0]]}",
        "{\"few\":[[1.0,2.0],[3.0,4.0]],\"t\":[[5.0,6.0]]}");
  }

  public void testManyVectorsOfNestedDocumentsComeBackAsTheyWere() throws IOException {
    String base64 = '"' + VectorParser.encode(new float[] {5, 6, 7, 8}) + '"';
    assertComeBack(TOKEN_FIELDS,
        "{\"chunks\":[{\"t\":[[1.0,2.0]]},{\"text\":\"x\"},{\"t\":" + base64 + "}],\"t\":[[9.0,1.0]]}",
        "{\"chunks\":{\"t\":[[7.0,8.0],[1.0,1.0]]}}", "{\"chunks\":[]}", "{\"chunks\":[{\"t\":[]},{\"t\":[]}]}",
        "{\"chunks\":[{\"t\":[]},{\"t\":[[1,2]]}]}", "{\"chunks\":[{\"text\":\"y\"}],\"t\":[[1.0,3.0]]}",
        "{\"chunks\":[{\"t\":[[1.0,2.0]]},{\"t\":[[1.0,3.0]]},{\"t\":[[1.0,4.0]]},{\"t\":[[1.0,5.0]]},{\"t\":[[1.0,6.0]]}]}");
  }

  public void testSourceOnDiskHasNoManyVectors() throws IOException {
    List<String> stored = new ArrayList<>();
    readBack(mapper(TOKEN_FIELDS), stored, "{ \"t\" : [ [1.5, 2], [3, 4] ], \"title\":\"[[1]]\" }",
        "{\"small\":\"" + VectorParser.encode(new float[] {3, 4}) + "\"}",
        "{\"chunks\":[{\"t\":[[7,8]]},{\"t\":null}]}");
    assertEquals(
        List.of("{ \"t\" : [], \"title\":\"[[1]]\" }", "{\"small\":\"\"}", "{\"chunks\":[{\"t\":[]},{\"t\":null}]}"),
        stored);
  }

  /** With eight bits a number a source shows what is kept, which is kept again to the bit. */
  public void testVectorsOfEightBitsComeBackAsTheyAreKept() throws IOException {
    String shown = readBack(mapper(TOKEN_FIELDS), null, "{\"small\":[[0.1234567,-1.0],[127,64.2]]}").getFirst();
    assertThat(shown, containsString("[127.0,64.0]"));
    assertThat(shown, not(containsString("0.1234567")));
    assertEquals(List.of(shown), readBack(mapper(TOKEN_FIELDS), null, shown));
  }

  public void testASourceShowsTheVectorsThatWereNotCutOff() throws IOException {
    assertEquals(List.of("{\"few\":[[1.0,1.0],[2.0,1.0]]}"),
        readBack(mapper(TOKEN_FIELDS), null, "{\"few\":[[1,1],[2,1],[3,1]]}"));
  }

  /** They would be pooled again whenever the document is indexed from its source. */
  public void testASourceKeepsVectorsThatArePooledByAFactor() throws IOException {
    String document = "{\"title\":\"x\",\"pooled\":[[1,0.1],[1,0],[0,1]],\"t\":[[1.0,2.0]]}";
    List<String> stored = new ArrayList<>();
    assertEquals(List.of(document), readBack(mapper(TOKEN_FIELDS), stored, document));
    assertEquals(List.of(document.replace("[[1.0,2.0]]", "[]")), stored);
    assertComeBack("\"_source\": {\"excludes\": [\"*pooled\", \"t\"]}, " + TOKEN_FIELDS, document,
        "{\"chunks\":[{\"text\":\"a\",\"pooled\":[[1,0],[0,1]]},{\"pooled\":[[1,2]]}]}",
        "{\"chunks\":[{\"pooled\":[[1.0,2.0]]}]}");
  }

  public void testExcludedManyVectorsComeBack() throws IOException {
    String mapping = "\"_source\": {\"excludes\": [\"t\", \"chunks.t\", \"title\"]}, " + TOKEN_FIELDS;
    assertEquals(List.of("{\"t\":[[1.0,2.0]]}", "{\"t\":[]}"),
        readBack(mapper(mapping), null, "{\"t\":[[1,2]],\"title\":\"gone\"}", "{\"t\":[]}"));
    assertComeBack(mapping,
        "{\"chunks\":[{\"text\":\"a\",\"t\":[[1.0,1.0]]},{\"text\":\"b\",\"t\":[[2.0,2.0],[1.0,3.0]]}]}",
        "{\"chunks\":[{\"t\":[[1.0,1.0]]},{\"t\":[[2.0,2.0]]}]}");
  }

  public void testTakingOutTwiceChangesNothing() throws IOException {
    DocumentMapper mapper = mapper(FIELDS);
    ParsedDocument document = mapper.parse(source("{\"v\":[1,2]}"));
    VectorSource vectors = new VectorSource(mapper);
    vectors.takeOut(document);
    String once = stored(document);
    vectors.takeOut(document);
    assertEquals(once, stored(document));
    assertEquals("{\"v\":[]}", once);
  }

  public void testOtherContentTypesKeepTheirVectors() throws IOException {
    DocumentMapper mapper = mapper(FIELDS);
    for (XContentType type : List.of(XContentType.CBOR, XContentType.SMILE, XContentType.YAML)) {
      XContentBuilder content = MediaTypeRegistry.contentBuilder(type).startObject();
      content.array("v", new float[] {1, 2}).endObject();
      BytesReference bytes = BytesReference.bytes(content);
      ParsedDocument document = mapper.parse(new SourceToParse("test", "1", bytes, type));
      new VectorSource(mapper).takeOut(document);
      assertEquals(bytes.toBytesRef(), document.rootDoc().getField("_source").binaryValue());
      assertEquals(document.source(), bytes);
    }
  }

  public void testTheTranslogGetsTheWholeDocument() throws IOException {
    DocumentMapper mapper = mapper(FIELDS);
    ParsedDocument document = mapper.parse(source("{\"v\":[1,2]}"));
    new VectorSource(mapper).takeOut(document);
    assertEquals("{\"v\":[1,2]}", document.source().utf8ToString());
  }

  public void testExcludedVectorsComeBack() throws IOException {
    String mapping = "\"_source\": {\"excludes\": [\"v\", \"*.v\", \"title\"]}, " + FIELDS;
    assertEquals(
        List.of("{\"price\":1.1,\"v\":[1.0,2.0]}", "{\"deep\":{\"v\":[3.0,4.0]}}", "{\"deep.v\":[5.0,6.0]}",
            "{\"price\":2}"),
        readBack(mapper(mapping), null, "{\"v\":[1,2],\"title\":\"gone\",\"price\":1.1}",
            "{\"title\":\"gone\",\"deep\":{\"v\":[3,4]}}", "{\"deep.v\":[5,6]}", "{\"title\":\"gone\",\"price\":2}"));
  }

  public void testVectorsThatAreNotIncludedComeBack() throws IOException {
    String mapping = "\"_source\": {\"includes\": [\"title\"]}, " + FIELDS;
    assertEquals(List.of("{\"title\":\"kept\",\"v\":[1.0,2.0]}", "{\"chunks\":[{\"v\":[1.0,1.0]},{\"v\":[2.0,2.0]}]}"),
        readBack(mapper(mapping), null, "{\"v\":[1,2],\"title\":\"kept\",\"price\":1.1}",
            "{\"chunks\":[{\"v\":[1,1],\"text\":\"gone\"},{\"v\":[2,2],\"text\":\"gone\"}],\"price\":1}"));
  }

  public void testExcludedVectorsOfNestedDocumentsComeBack() throws IOException {
    String mapping = "\"_source\": {\"excludes\": [\"chunks.v\"]}, " + FIELDS;
    assertComeBack(mapping, "{\"chunks\":[{\"text\":\"a\",\"v\":[1.0,1.0]},{\"text\":\"b\",\"v\":[2.0,2.0]}]}",
        "{\"chunks\":[{\"v\":[1.0,1.0]},{\"v\":[2.0,2.0]}]}",
        "{\"chunks\":[{\"v\":[1.0,1.0]},{\"text\":\"b\",\"v\":[2.0,2.0]}]}",
        "{\"chunks\":[{\"text\":\"a\"},{\"v\":[2.0,2.0]}]}", "{\"chunks\":{\"text\":\"a\",\"v\":[3.0,3.0]}}");
  }

  /** A vector comes back, but nothing else of what the mapping says is not to be kept. */
  public void testWhatIsExcludedBesideVectorsStaysAway() throws IOException {
    String mapping = "\"_source\": {\"excludes\": [\"chunks.v\", \"chunks.text\"]}, " + FIELDS;
    for (String document : List.of("{\"chunks\":[{\"text\":\"secret\",\"v\":[1,1]},{\"text\":\"secret\",\"v\":[2,2]}]}",
        "{\"chunks\":[{\"text\":\"secret\",\"v\":[1,1]},null,{\"text\":\"secret\"},{\"v\":[2,2]}]}",
        "{\"chunks\":[{\"text\":\"secret\",\"v\":[1,1]},{\"title\":\"t\",\"text\":\"secret\",\"v\":[2,2]}]}",
        "{\"chunks\":{\"text\":\"secret\",\"v\":[1,1]}}")) {
      List<String> stored = new ArrayList<>();
      List<String> read = readBack(mapper(mapping), stored, document);
      assertThat(stored.getFirst(), not(containsString("secret")));
      assertThat(read.getFirst(), not(containsString("secret")));
      assertThat(read.getFirst(), containsString("[1.0,1.0]"));
    }
  }

  public void testASourceThatIsNotKeptHasNoVectorsToTakeOut() throws IOException {
    assertFalse(new VectorSource(mapper("\"_source\": {\"enabled\": false}, " + FIELDS)).hasVectors());
    assertFalse(new VectorSource(mapper("\"properties\": {\"title\": {\"type\": \"keyword\"}}")).hasVectors());
    assertTrue(new VectorSource(mapper(FIELDS)).hasVectors());
    assertFalse(new VectorSource(mapper(FIELDS)).isFiltered());
    assertTrue(new VectorSource(mapper("\"_source\": {\"excludes\": [\"x\"]}, " + FIELDS)).isFiltered());
  }

  /** Whoever asks for parts of a source gets the vectors in them. */
  public void testPartsOfASourceHaveTheirVectors() throws IOException {
    String document = "{\"v\":[1.0,2.0],\"deep\":{\"v\":[3.0,4.0]}}";
    String whole = "{\"v\":[1.0,2.0],\"deep\":{\"v\":[3.0,4.0]}}";
    for (String include : List.of("*", "deep", "deep.v", "deep.*", "*.v", "de*", "*ep", "d*p", "*e*", "**")) {
      assertThat(include, part(document, new String[] {include}, new String[0]), containsString("[3.0,4.0]"));
    }
    assertEquals(whole, part(document, new String[0], new String[0]));
    assertEquals(whole, part(document, new String[0], new String[] {"title"}));
    assertEquals("{\"v\":[1.0,2.0],\"deep\":{\"v\":[]}}", part(document, new String[] {"v"}, new String[0]));
    assertEquals("{\"v\":[],\"deep\":{\"v\":[3.0,4.0]}}", part(document, new String[0], new String[] {"v"}));
    assertEquals("{\"v\":[],\"deep\":{\"v\":[]}}", part(document, new String[0], new String[] {"*v"}));
  }

  private String part(String document, String[] includes, String[] excludes) throws IOException {
    DocumentMapper mapper = mapper(FIELDS);
    try (Directory directory = newDirectory(); IndexWriter writer = writer(directory)) {
      add(writer, mapper, document);
      try (DirectoryReader reader = show(writer, mapper)) {
        return read(reader, 0, new FieldsVisitor(true, includes, excludes));
      }
    }
  }

  /** The documents as parsed again are those that were given, so that an update or a reindex keeps them. */
  private void assertComeBack(String mapping, String... documents) throws IOException {
    List<String> read = readBack(mapper(mapping), null, documents);
    boolean filtered = mapping.contains("excludes");
    for (int i = 0; i < documents.length; i++) {
      if (filtered) {
        assertEquals(map(documents[i]), map(read.get(i)));
      } else {
        assertEquals(documents[i], read.get(i));
      }
    }
  }

  private static Map<String, Object> map(String json) {
    return XContentHelper.convertToMap(new BytesArray(json), false, MediaTypeRegistry.JSON).v2();
  }

  private DocumentMapper mapper(String mapping) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, "{\"_doc\": {" + mapping + "}}")) {
      parser.nextToken();
      return createDocumentMapper(XContentFactory.jsonBuilder().copyCurrentStructure(parser));
    }
  }

  /** @param stored takes what the segments hold, if not null */
  private static List<String> readBack(DocumentMapper mapper, List<String> stored, String... documents)
      throws IOException {
    try (Directory directory = newDirectory(); IndexWriter writer = writer(directory)) {
      for (String document : documents) {
        add(writer, mapper, document);
        if (rarely()) {
          writer.flush();
        }
      }
      if (randomBoolean()) {
        writer.forceMerge(1);
      }
      try (DirectoryReader raw = DirectoryReader.open(writer); DirectoryReader showing = show(writer, mapper)) {
        if (stored != null) {
          stored.addAll(sources(raw));
        }
        return sources(showing);
      }
    }
  }

  private static IndexWriter writer(Directory directory) throws IOException {
    return new IndexWriter(directory, new IndexWriterConfig().setMergePolicy(new LogDocMergePolicy()));
  }

  private static DirectoryReader show(IndexWriter writer, DocumentMapper mapper) throws IOException {
    return new VectorSourceReader(DirectoryReader.open(writer), new VectorSource(mapper));
  }

  private static void add(IndexWriter writer, DocumentMapper mapper, String document) throws IOException {
    ParsedDocument parsed = mapper
        .parse(new SourceToParse("test", "1", new BytesArray(document), MediaTypeRegistry.JSON));
    parsed.updateSeqID(1, 1);
    new VectorSource(mapper).takeOut(parsed);
    writer.addDocuments(parsed.docs());
  }

  private static List<String> sources(DirectoryReader reader) throws IOException {
    List<String> sources = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      NumericDocValues roots = leaf.reader().getNumericDocValues(SeqNoFieldMapper.PRIMARY_TERM_NAME);
      for (int doc = roots.nextDoc(); doc != NumericDocValues.NO_MORE_DOCS; doc = roots.nextDoc()) {
        sources.add(read(reader, leaf.docBase + doc, new FieldsVisitor(true)));
      }
    }
    return sources;
  }

  private static String read(DirectoryReader reader, int doc, FieldsVisitor visitor) throws IOException {
    reader.storedFields().document(doc, visitor);
    return visitor.source().utf8ToString();
  }

  private static String stored(ParsedDocument document) {
    BytesRef source = document.rootDoc().getField("_source").binaryValue();
    return source.utf8ToString();
  }
}
