package dev.embedding.relevance;

/** The logistic function and its relatives, safe for large arguments. */
final class Logistic {
  private Logistic() {}

  static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    double e = Math.exp(x);
    return e / (1 + e);
  }

  /** The inverse of {@link #sigmoid}: infinite at 0 and 1. */
  static double logit(double p) {
    return Math.log(p) - Math.log1p(-p);
  }

  static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /** The inverse of {@link #softplus} for y > 0. */
  static double softplusInverse(double y) {
    return y + Math.log(-Math.expm1(-y));
  }
}
