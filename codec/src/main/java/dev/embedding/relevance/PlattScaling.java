package dev.embedding.relevance;

import java.util.List;

/**
 * Fits one curve for all queries: logistic regression on φ(cosine) by Newton's method, with Platt's smoothed targets
 * (1999), which keep it finite when a cut separates the relevant from the rest, or when all or none are relevant.
 */
final class PlattScaling {
  private static final int MAX_STEPS = 100;
  private static final double RIDGE = 1e-6;

  private final CosineMap map;
  private final List<JudgedQuery> queries;
  private double center;
  private double scale;
  private double relevantTarget;
  private double otherTarget;

  private PlattScaling(CosineMap map, List<JudgedQuery> queries) {
    this.map = map;
    this.queries = queries;
  }

  /** The curve that fits best; its center and scale are mean and deviation of φ over all candidates. */
  static CosineCurve fit(CosineMap map, List<JudgedQuery> queries) {
    PlattScaling scaling = new PlattScaling(map, queries);
    scaling.measure();
    return scaling.newton();
  }

  private void measure() {
    double total = 0;
    double sum = 0;
    double squares = 0;
    double relevant = 0;
    for (JudgedQuery query : queries) {
      for (int i = 0; i < query.size(); i++) {
        double x = map.apply(query.cosine(i), 0);
        total += query.weight(i);
        sum += query.weight(i) * x;
        squares += query.weight(i) * x * x;
        relevant += query.relevant(i) ? query.weight(i) : 0;
      }
    }
    center = total == 0 ? 0 : sum / total;
    scale = total == 0 ? 1 : Math.sqrt(Math.max(squares / total - center * center, 1e-8));
    relevantTarget = (relevant + 1) / (relevant + 2);
    otherTarget = 1 / (total - relevant + 2);
  }

  private CosineCurve newton() {
    double a = 1;
    double b = 0;
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] sums = derivatives(a, b);
      double determinant = sums[2] * sums[4] - sums[3] * sums[3];
      double stepA = (sums[4] * sums[0] - sums[3] * sums[1]) / determinant;
      double stepB = (sums[2] * sums[1] - sums[3] * sums[0]) / determinant;
      double damping = Math.min(1, 2 / Math.max(Math.abs(stepA), Math.abs(stepB)));
      a -= damping * stepA;
      b -= damping * stepB;
      if (Math.abs(stepA) + Math.abs(stepB) < 1e-10) {
        break;
      }
    }
    return new CosineCurve(map, Math.max(a, 2 * CosineCurve.MIN_SLOPE), b, 0, center, scale);
  }

  /** The gradient by a and b, then the Hessian's three entries. */
  private double[] derivatives(double a, double b) {
    double[] sums = {RIDGE * a, RIDGE * b, RIDGE, 0, RIDGE};
    for (JudgedQuery query : queries) {
      for (int i = 0; i < query.size(); i++) {
        double x = (map.apply(query.cosine(i), 0) - center) / scale;
        double p = Logistic.sigmoid(a * x + b);
        double gradient = query.weight(i) * (p - (query.relevant(i) ? relevantTarget : otherTarget));
        double curvature = query.weight(i) * p * (1 - p);
        sums[0] += gradient * x;
        sums[1] += gradient;
        sums[2] += curvature * x * x;
        sums[3] += curvature * x;
        sums[4] += curvature;
      }
    }
    return sums;
  }
}
