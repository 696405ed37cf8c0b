package dev.embedding.relevance;

/**
 * The relevance of a query's hits as an increasing function of their cosine x: {@code sigmoid(F)} with
 * {@code F = a·(φ(x) − center) / scale + b}.
 *
 * <p>Because F increases, "relevance of at least t" is a cut on the cosine, known before the search.
 *
 * @param map φ
 * @param a the slope, > 0
 * @param b the logit at the center
 * @param c decides the exponent of {@link CosineMap#POWER}; others ignore it
 * @param center subtracted from φ(x), so that a and b are learned apart; 0 in the paper
 * @param scale divides φ(x) − center, > 0; 1 in the paper
 */
public record CosineCurve(CosineMap map, double a, double b, double c, double center, double scale) {
  /** Slopes are at least this: the order of hits never changes, and a cut is never divided by zero. */
  static final double MIN_SLOPE = 1e-3;

  public CosineCurve {
    if (!(a > 0 && a < Double.POSITIVE_INFINITY && scale > 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("slope and scale must be finite and above 0, got " + a + " and " + scale);
    }
    if (!Double.isFinite(b) || !Double.isFinite(c) || !Double.isFinite(center)) {
      throw new IllegalArgumentException("b, c and center must be finite, got " + b + ", " + c + " and " + center);
    }
  }

  /** A curve from what a network puts out: a', b and, for the power map, c; {@code a = softplus(a') + 0.001}. */
  static CosineCurve of(CosineMap map, double rawSlope, double b, double c, double center, double scale) {
    return new CosineCurve(map, Logistic.softplus(rawSlope) + MIN_SLOPE, b, c, center, scale);
  }

  /** What a network must put out to have slope a: the inverse of {@link #of}. */
  static double rawSlope(double a) {
    return Logistic.softplusInverse(Math.max(a - MIN_SLOPE, MIN_SLOPE));
  }

  /** F, which a threshold on the relevance compares with its own logit. */
  public double logit(double cosine) {
    return a * (map.apply(cosine, c) - center) / scale + b;
  }

  /** The probability that a hit with this cosine is relevant. */
  public double relevance(double cosine) {
    return Logistic.sigmoid(logit(cosine));
  }

  /** The cut-off of the query that the curve is of, by a relevance of at least a threshold, 0–1. */
  public QueryCut cut(double threshold) {
    return new AdapterCut(this, threshold);
  }

  /**
   * The smallest cosine whose relevance is at least a threshold: negative infinity if all have it, more than 1 if none
   * has it.
   */
  public double cosineCut(double threshold) {
    return map.invert(center + scale * (Logistic.logit(threshold) - b) / a, c);
  }
}
