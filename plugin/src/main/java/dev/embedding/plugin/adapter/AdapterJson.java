package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.apache.lucene.index.VectorSimilarityFunction;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

import dev.embedding.plugin.StrictParser;
import dev.embedding.plugin.mapper.Similarity;
import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.relevance.CosineAdapter;
import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.JudgedMemory;
import dev.embedding.relevance.Layer;
import dev.embedding.relevance.QueryInputs;
import dev.embedding.relevance.VectorSample;

/**
 * Adapters as JSON, which gives back every bit.
 *
 * <pre>{@code
 * { "dimension": 384, "similarity": "cosine", "model": "bge-small-en-v1.5",
 *   "sample": ["base64", ..],                            a row of signed bytes for each document
 *   "map": "linear", "center": 0.7, "scale": 0.1, "threshold": 0.4,
 *   "inputs": ["vector", "sample", "judged"],            what the first layer reads, in this order
 *   "judged": { "queries": ["base64", ..],               a row of signed bytes for each judged query
 *               "relevant": "base64", "mean_cosine": "base64", "low_cosine": "base64" },
 *   "layers": [ { "op": "linear", "weights": ["base64", ..], "bias": "base64" }, { "op": "relu" }, .. ] }
 * }</pre>
 *
 * <p>Numbers in base64 are little-endian float32; weights have a row for each output, those of {@code layer_norm} one row.
 * Without {@code layers}, and all that goes with them, it is a sample alone.
 */
final class AdapterJson {
  /** How many weights an adapter may have: more than the largest published one, whose 12 million are 47 MB. */
  static final int MAX_WEIGHTS = 1 << 24;
  /** How many bytes of sample and judged queries an adapter may have. */
  static final int MAX_SAMPLE_BYTES = 1 << 24;
  /** How many vectors a sample may have: each is compared with every query. */
  static final int MAX_SAMPLE_SIZE = 1024;

  private static final int MAX_JUDGED = 4096;
  private static final int MAX_LAYERS = 16;
  static final Set<String> INPUTS = Set.of("vector", "sample", "judged");

  private final StrictParser values;
  private int weightsLeft = MAX_WEIGHTS;
  private int bytesLeft = MAX_SAMPLE_BYTES;

  private Integer dimension;
  private VectorSimilarityFunction similarity = VectorSimilarityFunction.COSINE;
  private String model;
  private List<byte[]> sample;
  private CosineMap map;
  private double center;
  private double scale = 1;
  private Double threshold;
  private List<String> inputs = List.of("vector");
  private Judged judged;
  private List<Layer> layers;

  private AdapterJson(XContentParser parser) {
    this.values = new StrictParser(parser);
  }

  private static final class Judged {
    private List<byte[]> queries = List.of();
    private float[] relevant = {};
    private float[] meanCosine = {};
    private float[] lowCosine = {};
  }

  /**
   * Reads an adapter; the parser stands on the beginning of the object.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  static Adapter read(XContentParser parser) throws IOException {
    AdapterJson json = new AdapterJson(parser);
    json.values.object(json::parseParameter);
    return json.build();
  }

  private void parseParameter(String parameter) throws IOException {
    switch (parameter) {
      case "dimension" -> dimension = values.integer(1, VectorParser.MAX_DIMENSION);
      case "similarity" -> similarity = Similarity.named(values.text()).function;
      case "model" -> model = values.text();
      case "sample" -> sample = byteRows(MAX_SAMPLE_SIZE);
      case "map" -> map = CosineMap.of(values.text());
      case "center" -> center = finite();
      case "scale" -> scale = finite();
      case "threshold" -> threshold = values.number(0, 1);
      case "inputs" -> inputs = inputs();
      case "judged" -> judged = judged();
      case "layers" -> layers = layers();
      default -> throw new IllegalArgumentException("unknown parameter, known are [dimension, similarity, model, "
          + "sample, map, center, scale, threshold, inputs, judged, layers]");
    }
  }

  private double finite() throws IOException {
    return values.number(-Double.MAX_VALUE, Double.MAX_VALUE);
  }

  private List<String> inputs() throws IOException {
    List<String> names = new ArrayList<>();
    values.array(() -> {
      String name = values.text();
      if (INPUTS.contains(name) == false || names.contains(name)) {
        throw new IllegalArgumentException(
            "must be some of " + new TreeSet<>(INPUTS) + ", each once, got [" + name + "]");
      }
      names.add(name);
    });
    return names;
  }

  private Judged judged() throws IOException {
    Judged read = new Judged();
    values.object(name -> {
      switch (name) {
        case "queries" -> read.queries = byteRows(MAX_JUDGED);
        case "relevant" -> read.relevant = floats();
        case "mean_cosine" -> read.meanCosine = floats();
        case "low_cosine" -> read.lowCosine = floats();
        default -> throw new IllegalArgumentException(
            "unknown parameter, known are [queries, relevant, mean_cosine, low_cosine]");
      }
    });
    return read;
  }

  private List<Layer> layers() throws IOException {
    List<Layer> read = new ArrayList<>();
    values.array(() -> {
      if (read.size() == MAX_LAYERS) {
        throw new IllegalArgumentException("there may be " + MAX_LAYERS + " layers, got more");
      }
      read.add(layer());
    });
    return read;
  }

  private static final class LayerParts {
    private Layer.Op op;
    private float[] weights = {};
    private float[] bias = {};
  }

  private Layer layer() throws IOException {
    LayerParts parts = new LayerParts();
    values.object(name -> {
      switch (name) {
        case "op" -> parts.op = Layer.Op.of(values.text());
        case "weights" -> parts.weights = floatRows();
        case "bias" -> parts.bias = floats();
        default -> throw new IllegalArgumentException("unknown parameter, known are [op, weights, bias]");
      }
    });
    if (parts.op == null) {
      throw new IllegalArgumentException("a layer needs [op]");
    }
    return Layer.of(parts.op, parts.weights, parts.bias);
  }

  private float[] floatRows() throws IOException {
    List<float[]> rows = new ArrayList<>();
    values.array(() -> {
      rows.add(floats());
      if (rows.getLast().length != rows.getFirst().length || rows.getLast().length == 0) {
        throw new IllegalArgumentException("the rows of weights must have one size, got " + rows.getFirst().length
            + " and " + rows.getLast().length);
      }
    });
    float[] flat = new float[rows.stream().mapToInt(row -> row.length).sum()];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, flat, i * rows.get(i).length, rows.get(i).length);
    }
    return flat;
  }

  private float[] floats() throws IOException {
    byte[] bytes = base64((long) weightsLeft * Float.BYTES, MAX_WEIGHTS + " numbers");
    if (bytes.length % Float.BYTES != 0) {
      throw new IllegalArgumentException("must be base64 of float32, 4 bytes each, got " + bytes.length + " bytes");
    }
    weightsLeft -= bytes.length / Float.BYTES;
    float[] numbers = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    for (float number : numbers) {
      if (Float.isFinite(number) == false) {
        throw new IllegalArgumentException("must be base64 of finite numbers, got " + number);
      }
    }
    return numbers;
  }

  private List<byte[]> byteRows(int max) throws IOException {
    List<byte[]> rows = new ArrayList<>();
    values.array(() -> {
      if (rows.size() == max) {
        throw new IllegalArgumentException("must have at most " + max + " rows, got more");
      }
      rows.add(base64(bytesLeft, MAX_SAMPLE_BYTES + " bytes"));
      bytesLeft -= rows.getLast().length;
    });
    return rows;
  }

  /** @param left how many more bytes there may be, so that none are decoded beyond */
  private byte[] base64(long left, String limit) throws IOException {
    String text = values.text();
    if (text.length() / 4 * 3L > left + 2) {
      throw new IllegalArgumentException("an adapter may have " + limit + " of this kind, got more");
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("must be base64: " + e.getMessage(), e);
    }
  }

  private Adapter build() {
    if (dimension == null) {
      throw new IllegalArgumentException("[dimension] is required, an integer between 1 and "
          + VectorParser.MAX_DIMENSION);
    }
    VectorSample documents = sample == null ? null : rows("sample", sample);
    return new Adapter(new EmbeddingSpace(dimension, similarity, model), documents, network(documents));
  }

  private VectorSample rows(String name, List<byte[]> rows) {
    ByteBuffer codes = ByteBuffer.allocate(Math.multiplyExact(rows.size(), dimension));
    for (byte[] row : rows) {
      if (row.length != dimension) {
        throw new IllegalArgumentException(
            "[" + name + "]: a row must have [dimension] (" + dimension + ") bytes, got " + row.length);
      }
      codes.put(row);
    }
    try {
      return new VectorSample(dimension, codes.array());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("[" + name + "]: " + e.getMessage(), e);
    }
  }

  private CosineAdapter network(VectorSample documents) {
    if (layers == null) {
      if (map != null || threshold != null || judged != null) {
        throw new IllegalArgumentException("[map], [threshold] and [judged] go with [layers], which is missing");
      }
      return null;
    }
    if (map == null || threshold == null) {
      throw new IllegalArgumentException("[" + (map == null ? "map" : "threshold") + "] is required with [layers]");
    }
    require("sample", documents != null, false);
    require("judged", judged != null, true);
    QueryInputs read = new QueryInputs(dimension, inputs.contains("vector"),
        inputs.contains("sample") ? documents : null, judged == null ? null : memory());
    return new CosineAdapter(read, map, center, scale, layers, threshold);
  }

  private void require(String input, boolean given, boolean onlyAsInput) {
    if (inputs.contains(input) && given == false) {
      throw new IllegalArgumentException("[inputs] has [" + input + "], which is missing");
    }
    if (onlyAsInput && given && inputs.contains(input) == false) {
      throw new IllegalArgumentException("[" + input + "] is given, but not one of [inputs]");
    }
  }

  private JudgedMemory memory() {
    return new JudgedMemory(rows("judged.queries", judged.queries), judged.relevant, judged.meanCosine,
        judged.lowCosine);
  }

  /** How many weights the layers of a network have. */
  static long weights(CosineAdapter network) {
    return network == null
        ? 0
        : network.layers().stream().mapToLong(layer -> (long) layer.weights().length + layer.bias().length).sum();
  }

  /** Writes an object that {@link #read} reads. */
  static void write(Adapter adapter, XContentBuilder builder) throws IOException {
    builder.startObject();
    writeSpace(adapter.space(), builder);
    if (adapter.sample() != null) {
      writeRows("sample", adapter.sample(), builder);
    }
    if (adapter.network() != null) {
      write(adapter.network(), builder);
    }
    builder.endObject();
  }

  private static void writeSpace(EmbeddingSpace space, XContentBuilder builder) throws IOException {
    builder.field("dimension", space.dimension());
    builder.field("similarity", Similarity.of(space.similarity()).toString());
    if (space.model() != null) {
      builder.field("model", space.model());
    }
  }

  private static void write(CosineAdapter network, XContentBuilder builder) throws IOException {
    writeMap(network, builder);
    JudgedMemory judged = network.inputs().judged();
    if (judged != null) {
      builder.startObject("judged");
      writeRows("queries", judged.queries(), builder);
      builder.field("relevant", VectorParser.encode(judged.relevant()));
      builder.field("mean_cosine", VectorParser.encode(judged.meanCosine()));
      builder.field("low_cosine", VectorParser.encode(judged.lowCosine()));
      builder.endObject();
    }
    builder.startArray("layers");
    for (Layer layer : network.layers()) {
      write(layer, builder);
    }
    builder.endArray();
  }

  private static void writeMap(CosineAdapter network, XContentBuilder builder) throws IOException {
    builder.field("map", network.map().wireName);
    builder.field("center", network.center());
    builder.field("scale", network.scale());
    builder.field("threshold", network.threshold());
    builder.field("inputs", inputs(network.inputs()));
  }

  private static List<String> inputs(QueryInputs inputs) {
    List<String> names = new ArrayList<>();
    if (inputs.vector()) {
      names.add("vector");
    }
    if (inputs.sample() != null) {
      names.add("sample");
    }
    if (inputs.judged() != null) {
      names.add("judged");
    }
    return names;
  }

  private static void writeRows(String name, VectorSample rows, XContentBuilder builder) throws IOException {
    byte[] codes = rows.codes();
    builder.startArray(name);
    for (int row = 0; row < rows.size(); row++) {
      int from = row * rows.dimension();
      builder.value(Base64.getEncoder().encodeToString(Arrays.copyOfRange(codes, from, from + rows.dimension())));
    }
    builder.endArray();
  }

  private static void write(Layer layer, XContentBuilder builder) throws IOException {
    builder.startObject().field("op", layer.op().wireName());
    float[] weights = layer.weights();
    float[] bias = layer.bias();
    if (bias.length > 0) {
      int size = layer.op() == Layer.Op.LINEAR ? weights.length / bias.length : weights.length;
      builder.startArray("weights");
      for (int from = 0; from < weights.length; from += size) {
        builder.value(VectorParser.encode(Arrays.copyOfRange(weights, from, from + size)));
      }
      builder.endArray();
      builder.field("bias", VectorParser.encode(bias));
    }
    builder.endObject();
  }

  /** Writes what an adapter is, without what makes it large. */
  static void writeSummary(Adapter adapter, XContentBuilder builder) throws IOException {
    builder.startObject();
    writeSpace(adapter.space(), builder);
    builder.field("sample_size", adapter.sample() == null ? 0 : adapter.sample().size());
    CosineAdapter network = adapter.network();
    if (network != null) {
      writeMap(network, builder);
      JudgedMemory judged = network.inputs().judged();
      builder.field("judged_queries", judged == null ? 0 : judged.queries().size());
      builder.field("weights", weights(network));
    }
    builder.endObject();
  }
}
