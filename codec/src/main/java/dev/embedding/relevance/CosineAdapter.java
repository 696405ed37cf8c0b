package dev.embedding.relevance;

import java.util.List;

/**
 * Turns query vector and cosine into a probability of relevance, so that one threshold fits all queries.
 *
 * <p>Rossi and others, "Relevance Filtering for Embedding-based Retrieval" (CIKM 2024): a small network reads the query
 * and gives slope and offset of a {@link CosineCurve}. The paper's network reads the query's vector; ours may also read
 * what is known of its surroundings, see {@link QueryInputs}. A network without inputs, whose curve is the same for all
 * queries, is Platt's scaling (1999). Immutable.
 */
public final class CosineAdapter implements CutOff {
  private final QueryInputs inputs;
  private final CosineMap map;
  private final double center;
  private final double scale;
  private final List<Layer> layers;
  private final double threshold;

  /**
   * @param center see {@link CosineCurve#center}
   * @param scale see {@link CosineCurve#scale}
   * @param layers from the inputs to the map's parameters
   * @param threshold the relevance that hits need unless a request names another, 0–1
   */
  public CosineAdapter(QueryInputs inputs, CosineMap map, double center, double scale, List<Layer> layers,
      double threshold) {
    this.inputs = inputs;
    this.map = map;
    this.center = center;
    this.scale = scale;
    this.layers = List.copyOf(layers);
    this.threshold = AdapterCut.checkThreshold(threshold);
    CosineCurve unused = new CosineCurve(map, 1, 0, 0, center, scale);
    int outputs = inputs.size();
    for (Layer layer : this.layers) {
      outputs = layer.outputs(outputs);
    }
    if (outputs != map.parameters) {
      throw new IllegalArgumentException("the " + map.wireName + " map takes " + map.parameters
          + " parameters, the layers put out " + outputs);
    }
  }

  /** Platt's scaling: the same curve for every query. */
  public static CosineAdapter constant(int dimension, CosineCurve curve, double threshold) {
    float[] bias = new float[curve.map().parameters];
    bias[0] = (float) CosineCurve.rawSlope(curve.a());
    bias[1] = (float) curve.b();
    if (bias.length > 2) {
      bias[2] = (float) curve.c();
    }
    return new CosineAdapter(new QueryInputs(dimension, false, null, null), curve.map(), curve.center(), curve.scale(),
        List.of(Layer.of(Layer.Op.LINEAR, new float[0], bias)), threshold);
  }

  /** This adapter with another threshold. */
  public CosineAdapter withThreshold(double newThreshold) {
    return new CosineAdapter(inputs, map, center, scale, layers, newThreshold);
  }

  /** The curve of a query: all that a search needs of the adapter. */
  public CosineCurve curve(float[] query) {
    float[] out = inputs.of(query, -1, 0);
    for (Layer layer : layers) {
      out = layer.apply(out);
    }
    return CosineCurve.of(map, out[0], out[1], out.length > 2 ? out[2] : 0, center, scale);
  }

  /** The probability that a hit of a query with this cosine is relevant. */
  public double relevance(float[] query, double cosine) {
    return curve(query).relevance(cosine);
  }

  /** The smallest cosine whose relevance is at least a threshold, see {@link CosineCurve#cosineCut}. */
  public double cosineCut(float[] query, double minRelevance) {
    return curve(query).cosineCut(minRelevance);
  }

  @Override
  public QueryCut on(float[] query) {
    return curve(query).cut(threshold);
  }

  public QueryInputs inputs() {
    return inputs;
  }

  public CosineMap map() {
    return map;
  }

  public double center() {
    return center;
  }

  public double scale() {
    return scale;
  }

  public List<Layer> layers() {
    return layers;
  }

  public double threshold() {
    return threshold;
  }
}
