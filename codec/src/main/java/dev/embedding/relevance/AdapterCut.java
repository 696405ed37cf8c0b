package dev.embedding.relevance;

import java.util.LinkedHashMap;
import java.util.Map;

/** A threshold on the relevance that a query's curve gives. */
record AdapterCut(CosineCurve curve, double threshold) implements QueryCut {
  AdapterCut {
    checkThreshold(threshold);
  }

  static double checkThreshold(double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException("[min_relevance] must be between 0 and 1, got " + threshold);
    }
    return threshold;
  }

  @Override
  public double cosine() {
    return curve.cosineCut(threshold);
  }

  @Override
  public double relevance(double cosine) {
    return curve.relevance(cosine);
  }

  @Override
  public Map<String, Double> parameters() {
    Map<String, Double> parameters = new LinkedHashMap<>();
    parameters.put("a", curve.a());
    parameters.put("b", curve.b());
    if (curve.map().parameters > 2) {
      parameters.put("c", curve.c());
    }
    parameters.put("center", curve.center());
    parameters.put("scale", curve.scale());
    parameters.put("min_relevance", threshold);
    return parameters;
  }
}
