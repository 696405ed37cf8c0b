package dev.embedding.plugin.adapter;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import org.apache.lucene.index.VectorSimilarityFunction;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.bytes.CompositeBytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.test.OpenSearchTestCase;

import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.relevance.CosineAdapter;
import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.JudgedMemory;
import dev.embedding.relevance.Layer;
import dev.embedding.relevance.QueryInputs;
import dev.embedding.relevance.VectorSample;

/** What is written is read back bit for bit; what is not exactly right is refused by a sentence. */
public class AdapterJsonTests extends OpenSearchTestCase {
  private static final String SIMPLE = "\"dimension\": 2, \"map\": \"linear\", \"threshold\": 0.5, ";
  private static final String LAYERS = "\"layers\": [{\"op\": \"linear\", \"weights\": [\"AACAPwAAAAA=\", "
      + "\"AAAAAAAAgD8=\"], \"bias\": \"AACAPwAAAMA=\"}]";

  static Adapter read(String json) throws IOException {
    try (XContentParser parser = JsonXContent.jsonXContent.createParser(NamedXContentRegistry.EMPTY,
        LoggingDeprecationHandler.INSTANCE, json)) {
      parser.nextToken();
      return AdapterJson.read(parser);
    }
  }

  static String write(Adapter adapter) throws IOException {
    try (XContentBuilder builder = XContentFactory.jsonBuilder()) {
      AdapterJson.write(adapter, builder);
      return BytesReference.bytes(builder).utf8ToString();
    }
  }

  private static float[] randomVector(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = randomFloat() - 0.5f;
    }
    vector[randomInt(dimension - 1)] += 1;
    return vector;
  }

  private static VectorSample randomSample(int dimension) {
    List<float[]> vectors = new ArrayList<>();
    for (int i = randomIntBetween(1, 20); i > 0; i--) {
      vectors.add(randomVector(dimension));
    }
    return VectorSample.of(vectors);
  }

  private static Adapter randomAdapter() {
    int dimension = randomIntBetween(1, 40);
    EmbeddingSpace space = new EmbeddingSpace(dimension, randomFrom(VectorSimilarityFunction.values()),
        randomBoolean() ? null : "model");
    VectorSample sample = randomBoolean() ? null : randomSample(dimension);
    if (sample != null && rarely()) {
      return new Adapter(space, sample, null);
    }
    QueryInputs inputs = new QueryInputs(dimension, randomBoolean(), randomBoolean() ? sample : null,
        randomBoolean() ? randomJudged(dimension) : null);
    CosineMap map = randomFrom(CosineMap.values());
    int size = (inputs.vector() ? dimension : 0) + (inputs.sample() == null ? 0 : 9)
        + (inputs.judged() == null ? 0 : 16);
    return new Adapter(space, sample,
        new CosineAdapter(inputs, map, randomDouble(), 1e-3 + randomDouble(), randomLayers(size, map.parameters),
            randomDouble()));
  }

  private static JudgedMemory randomJudged(int dimension) {
    VectorSample queries = randomSample(dimension);
    float[] relevant = new float[queries.size()];
    float[] cosines = new float[queries.size()];
    for (int i = 0; i < relevant.length; i++) {
      relevant[i] = randomInt(9);
      cosines[i] = randomFloat();
    }
    return new JudgedMemory(queries, relevant, cosines, cosines);
  }

  private static List<Layer> randomLayers(int inputs, int outputs) {
    List<Layer> layers = new ArrayList<>();
    if (inputs > 0 && randomBoolean()) {
      layers.add(Layer.of(Layer.Op.LAYER_NORM, randomVector(inputs), randomVector(inputs)));
    }
    int units = inputs;
    if (inputs > 0 && randomBoolean()) {
      units = randomIntBetween(1, 9);
      layers.add(Layer.of(Layer.Op.LINEAR, randomVector(inputs * units), randomVector(units)));
      layers.add(Layer.of(Layer.Op.RELU, new float[0], new float[0]));
    }
    layers.add(Layer.of(Layer.Op.LINEAR, units == 0 ? new float[0] : randomVector(units * outputs),
        randomVector(outputs)));
    return layers;
  }

  public void testRoundTripIsExact() throws IOException {
    for (int i = 0; i < 200; i++) {
      Adapter adapter = randomAdapter();
      String json = write(adapter);
      Adapter copy = read(json);
      assertEquals(json, write(copy));
      assertEquals(adapter.space(), copy.space());
      assertEquals(adapter.network() == null, copy.network() == null);
      float[] query = randomVector(adapter.space().dimension());
      if (adapter.network() != null) {
        assertEquals(adapter.curve(query), copy.curve(query));
        assertEquals(adapter.network().threshold(), copy.network().threshold(), 0);
      }
      if (adapter.sample() != null) {
        assertEquals(adapter.statistics(query), copy.statistics(query));
      }
    }
  }

  public void testADocumentKeepsReportAndTime() throws IOException {
    Map<String, Object> report = Map.of("rules", List.of(Map.of("rule", "lift", "f1", 0.1234567890123)));
    AdapterDocument document = new AdapterDocument(randomAdapter(), "2026-11-21T10:00:00Z", report);
    AdapterDocument copy = AdapterDocument.read(document.toJson());
    assertEquals(document.created(), copy.created());
    assertEquals(report, copy.report());
    assertEquals(write(document.adapter()), write(copy.adapter()));
  }

  public void testTheSummaryHasNoWeights() throws IOException {
    try (XContentBuilder builder = XContentFactory.jsonBuilder()) {
      AdapterJson.writeSummary(read("{" + SIMPLE + LAYERS + "}"), builder);
      Map<String, Object> summary = XContentHelper
          .convertToMap(BytesReference.bytes(builder), true, MediaTypeRegistry.JSON)
          .v2();
      assertEquals(6, summary.get("weights"));
      assertEquals(List.of("vector"), summary.get("inputs"));
      assertFalse(summary.containsKey("layers"));
    }
  }

  public void testDefaults() throws IOException {
    Adapter adapter = read("{" + SIMPLE + LAYERS + "}");
    assertEquals(new EmbeddingSpace(2, VectorSimilarityFunction.COSINE, null), adapter.space());
    assertNull(adapter.sample());
    assertEquals(0, adapter.network().center(), 0);
    assertEquals(1, adapter.network().scale(), 0);
    assertTrue(adapter.network().inputs().vector());
  }

  public void testWhatIsMissing() {
    assertRefused("{}", "[dimension] is required");
    assertRefused("{\"dimension\": 2}", "needs [layers], a [sample] or both");
    assertRefused("{\"dimension\": 2, " + LAYERS + "}", "[map] is required");
    assertRefused("{\"dimension\": 2, \"map\": \"linear\", " + LAYERS + "}", "[threshold] is required");
    assertRefused("{" + SIMPLE + "\"sample\": [\"AQA=\"]}", "go with [layers], which is missing");
    assertRefused("{" + SIMPLE + "\"inputs\": [\"sample\"], " + LAYERS + "}", "[inputs] has [sample]");
    assertRefused("{" + SIMPLE + "\"inputs\": [\"judged\"], " + LAYERS + "}", "[inputs] has [judged]");
    assertRefused("{" + SIMPLE + "\"judged\": {}, " + LAYERS + "}", "[judged] is given, but not one of [inputs]");
    assertRefused("{" + SIMPLE + "\"layers\": [{}]}", "a layer needs [op]");
  }

  public void testValuesOutOfRange() {
    assertRefused("{\"dimension\": 0}", "[dimension]: must be an integer between 1 and 4096, got [0]");
    assertRefused("{\"dimension\": 4097}", "[dimension]", "4096");
    assertRefused("{\"dimension\": 1.5}", "[dimension]", "got [1.5]");
    assertRefused("{\"dimension\": 99999999999}", "[dimension]", "got [99999999999]");
    assertRefused("{\"similarity\": \"l2\"}", "[similarity]: must be one of [cosine, dot_product,", "got [l2]");
    assertRefused("{\"threshold\": 1.5}", "[threshold]", "between 0.0 and 1.0");
    assertRefused("{\"map\": \"cubic\"}", "linear, sqrt, quadratic or power, got [cubic]");
    assertRefused("{\"scale\": 1e400}", "[scale]");
    assertRefused("{" + SIMPLE + "\"scale\": 0, " + LAYERS + "}", "scale must be finite and above 0");
    assertRefused("{\"inputs\": [\"text\"]}", "[inputs]: must be some of [judged, sample, vector], each once");
    assertRefused("{\"inputs\": [\"vector\", \"vector\"]}", "each once");
    assertRefused("{\"nosuch\": 1}", "[nosuch]: unknown parameter, known are [dimension,");
    assertRefused("{\"judged\": {\"nosuch\": 1}}", "[judged]: [nosuch]: unknown parameter");
    assertRefused("{\"layers\": [{\"nosuch\": 1}]}", "[layers]: [nosuch]: unknown parameter");
    assertRefused("{\"layers\": [" + "{\"op\": \"relu\"},".repeat(16) + "{\"op\": \"relu\"}]}", "16 layers");
    assertRefused("{\"layers\": {}}", "[layers]: must be an array, got an object");
  }

  public void testShapesThatDoNotFit() {
    assertRefused("{\"dimension\": 3, \"map\": \"linear\", \"threshold\": 0.5, " + LAYERS + "}", "layer of 2 inputs");
    assertRefused("{\"dimension\": 2, \"map\": \"power\", \"threshold\": 0.5, " + LAYERS + "}", "takes 3 parameters");
    assertRefused("{\"layers\": [{\"op\": \"linear\", \"weights\": [\"AACAPw==\", \"AACAPwAAgD8=\"]}]}", "one size");
    assertRefused("{\"layers\": [{\"op\": \"linear\", \"weights\": [\"\"], \"bias\": \"AACAPw==\"}]}", "one size");
    assertRefused("{\"layers\": [{\"op\": \"linear\", \"weights\": [\"AACAPw==\"]}]}", "a linear layer");
    assertRefused("{\"layers\": [{\"op\": \"relu\", \"bias\": \"AACAPw==\"}]}", "a relu layer has no weights");
    assertRefused("{\"layers\": [{\"op\": \"linear\", \"bias\": \"AACA\"}]}", "[bias]", "4 bytes each, got 3 bytes");
    assertRefused("{\"layers\": [{\"op\": \"linear\", \"bias\": \"?\"}]}", "[bias]: must be base64");
    assertRefused("{\"layers\": [{\"op\": \"linear\", \"bias\": [1, 2]}]}", "[bias]: must be a string, got an array");
    assertRefused("{\"dimension\": 2, \"sample\": [\"AQ==\"]}", "[sample]: a row must have [dimension] (2) bytes");
    assertRefused("{\"dimension\": 2, \"sample\": [\"AAA=\"]}", "[sample]", "all zeros");
    assertRefused("{\"dimension\": 2, \"sample\": []}", "[sample]", "at least one");
    String judged = SIMPLE + LAYERS + ", \"inputs\": [\"judged\"], \"judged\": {\"queries\": [\"AQA=\", \"AQA=\"]";
    assertRefused("{" + judged + "}}", "[relevant] has 0 values for 2 judged queries");
    assertRefused("{" + judged + ", \"relevant\": \"AACAPwAAgD8=\", \"mean_cosine\": \"AACAPw==\"}}",
        "[mean_cosine] has 1 values for 2 judged queries");
    assertRefused("{\"sample\": [" + "\"\",".repeat(1024) + "\"\"]}", "[sample]: must have at most 1024 rows");
  }

  public void testNumbersThatAreNone() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      String base64 = VectorParser.encode(new float[] {1, bad});
      assertRefused("{\"layers\": [{\"op\": \"linear\", \"weights\": [\"" + base64 + "\"]}]}", "[weights]", "finite");
      assertRefused("{\"layers\": [{\"op\": \"linear\", \"bias\": \"" + base64 + "\"}]}", "[bias]", "finite");
      assertRefused("{\"judged\": {\"relevant\": \"" + base64 + "\"}}", "[judged]: [relevant]", "finite");
    }
    assertRefused(
        "{\"layers\": [{\"op\": \"linear\", \"bias\": \"" + VectorParser.encode(new float[] {1e20f}) + "\"}]}",
        "between -1e15 and 1e15");
    assertRefused("{\"center\": NaN}", "NaN");
  }

  /** Each row alone is allowed; what they add up to is not, and is not decoded either. */
  public void testTooManyNumbersAreRefusedWhenTheyAreMet() {
    String row = "\"" + Base64.getEncoder().encodeToString(new byte[4 << 20]) + "\"";
    String rows = "[" + (row + ",").repeat(16) + row + "]";
    assertRefused("{\"layers\": [{\"op\": \"linear\", \"weights\": " + rows + "}]}", "16777216 numbers");
    assertRefused("{\"judged\": {\"queries\": [" + (row + ",").repeat(4) + row + "]}}", "16777216 bytes");
  }

  public void testWhatIsTooLongIsNotRead() {
    BytesReference piece = new BytesArray(new byte[1 << 20]);
    BytesReference[] pieces = new BytesReference[PutAdapter.MAX_BYTES / piece.length() + 1];
    Arrays.fill(pieces, piece);
    BytesReference large = CompositeBytesReference.of(pieces);
    assertEquals("a", new PutAdapter.Request("a", large.slice(0, PutAdapter.MAX_BYTES), MediaTypeRegistry.JSON).name());
    Exception e = expectThrows(IllegalArgumentException.class, () -> new PutAdapter.Request("a",
        large.slice(0, PutAdapter.MAX_BYTES + 1), MediaTypeRegistry.JSON));
    assertEquals("an adapter may have 120000000 bytes as JSON, got 120000001", e.getMessage());
  }

  /** Binary forms of JSON say before a value how long it is: that is no reason to take so much memory. */
  public void testDeclaredLengthsThatAreNotThere() {
    int map = 0xa1;
    int text = 0x7a;
    int bytes = 0x5a;
    int array = 0x9a;
    for (int type : new int[] {text, bytes, array}) {
      for (String name : List.of("model", "sample", "layers")) {
        ByteBuffer cbor = ByteBuffer.allocate(20);
        cbor.put((byte) map).put((byte) (0x60 | name.length())).put(name.getBytes(StandardCharsets.US_ASCII));
        cbor.put((byte) type).putInt(Integer.MAX_VALUE - 16);
        PutAdapter.Request request = new PutAdapter.Request("a", new BytesArray(cbor.array()), XContentType.CBOR);
        expectThrows(IllegalArgumentException.class, request::parse);
      }
    }
  }

  /** The form of the paper: its largest layer has 3,072 × 3,072 weights. */
  public void testThePublishedSizeCanBeImported() throws IOException {
    int units = 3072;
    float[] bias = new float[units];
    float[] norm = new float[units];
    Arrays.fill(norm, 1);
    float[] weights = new float[768];
    Arrays.fill(weights, 0.01f);
    List<Layer> layers = List.of(Layer.of(Layer.Op.LAYER_NORM, weights, new float[768]),
        Layer.of(Layer.Op.LINEAR, new float[768 * units], bias), Layer.of(Layer.Op.RELU, new float[0], new float[0]),
        Layer.of(Layer.Op.LAYER_NORM, norm, bias), Layer.of(Layer.Op.LINEAR, new float[units * units], bias),
        Layer.of(Layer.Op.RELU, new float[0], new float[0]),
        Layer.of(Layer.Op.LINEAR, new float[2 * units], new float[] {1, 2}));
    CosineAdapter network = new CosineAdapter(new QueryInputs(768, true, null, null), CosineMap.LINEAR, 0, 1, layers,
        0.5);
    Adapter adapter = new Adapter(new EmbeddingSpace(768, VectorSimilarityFunction.COSINE, null), null, network);
    assertEquals(11_816_450, AdapterJson.weights(network));
    try (XContentBuilder builder = XContentFactory.jsonBuilder()) {
      AdapterJson.write(adapter, builder);
      BytesReference json = BytesReference.bytes(builder);
      PutAdapter.Request request = new PutAdapter.Request("paper", json, MediaTypeRegistry.JSON);
      assertEquals(11_816_450, AdapterJson.weights(request.parse().network()));
      assertTrue(adapter.ramBytes() > 47_000_000);
    }
  }

  public void testAnythingAroundTheObjectIsRefused() {
    for (String json : List.of("", "[]", "1", "{", "{\"dimension\": ", "{} {}", "x",
        "{\"dimension\": 2, \"dimension\": 2}")) {
      PutAdapter.Request request = new PutAdapter.Request("a", new BytesArray(json), MediaTypeRegistry.JSON);
      expectThrows(IllegalArgumentException.class, request::parse);
    }
  }

  private static void assertRefused(String json, String... parts) {
    PutAdapter.Request request = new PutAdapter.Request("a", new BytesArray(json), MediaTypeRegistry.JSON);
    Exception e = expectThrows(IllegalArgumentException.class, request::parse);
    for (String part : parts) {
      assertThat(e.getMessage(), containsString(part));
    }
  }
}
