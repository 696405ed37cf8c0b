package dev.embedding.relevance;

import java.util.Arrays;

/**
 * What judged queries tell about a new one that is near them: a kernel regression (Nadaraya and Watson, 1964) over its
 * nearest judged queries, with kernels exp(β·(cosine − 1)) of two widths, and how near they are.
 *
 * <p>A network on the query vector alone has to learn by heart where in the space answers are and where none are; this
 * looks it up, and shows when there is nothing to look up. What is near is first told by the signs of the centred
 * vectors, a bit a dimension, then by cosines. Immutable.
 */
public final class JudgedMemory {
  /** How many judged queries are looked at. */
  static final int NEIGHBOURS = 16;
  /** How many numbers it gives for a query. */
  static final int FEATURES = 16;

  /** How many times as many as it looks at are compared by their cosine. */
  private static final int SHORTLIST = 2;
  private static final double[] SHARPNESS = {20, 60};
  private static final int[] RANKS = {0, 1, 4, 9};
  /** The weight of the mean over all judged queries where no answered one is near. */
  private static final double PRIOR = 1e-3;

  private final VectorSample queries;
  private final float[] relevant;
  private final float[] meanCosine;
  private final float[] lowCosine;
  private final double[] logRelevant;
  private final double priorMean;
  private final double priorLow;
  private final SignBits signs;

  /**
   * @param queries the vectors of the judged queries
   * @param relevant how many relevant candidates each has, 0 for none
   * @param meanCosine the mean cosine of these, ignored where there are none
   * @param lowCosine the cosine that nine of ten of these reach, ignored where there are none
   */
  public JudgedMemory(VectorSample queries, float[] relevant, float[] meanCosine, float[] lowCosine) {
    this.queries = queries;
    this.relevant = checked(queries, relevant, "relevant", 0, Float.MAX_VALUE);
    this.meanCosine = checked(queries, meanCosine, "mean_cosine", -1.01f, 1.01f);
    this.lowCosine = checked(queries, lowCosine, "low_cosine", -1.01f, 1.01f);
    this.logRelevant = new double[relevant.length];
    Arrays.setAll(logRelevant, i -> Math.log1p(relevant[i]));
    this.priorMean = meanOfAnswered(meanCosine);
    this.priorLow = meanOfAnswered(lowCosine);
    this.signs = new SignBits(queries);
  }

  private static float[] checked(VectorSample queries, float[] values, String name, float min, float max) {
    if (values.length != queries.size()) {
      throw new IllegalArgumentException(
          "[" + name + "] has " + values.length + " values for " + queries.size() + " judged queries");
    }
    for (float value : values) {
      if (!(value >= min && value <= max)) {
        throw new IllegalArgumentException("[" + name + "] must be between " + min + " and " + max + ", got " + value);
      }
    }
    return values.clone();
  }

  private double meanOfAnswered(float[] values) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < values.length; i++) {
      if (relevant[i] > 0) {
        sum += values[i];
        count++;
      }
    }
    return count == 0 ? 0 : sum / count;
  }

  public VectorSample queries() {
    return queries;
  }

  /** A copy of the numbers of relevant candidates. */
  public float[] relevant() {
    return relevant.clone();
  }

  /** A copy of the mean cosines of the relevant candidates. */
  public float[] meanCosine() {
    return meanCosine.clone();
  }

  /** A copy of the cosines that nine of ten relevant candidates reach. */
  public float[] lowCosine() {
    return lowCosine.clone();
  }

  /**
   * Puts the features of a query into an array.
   *
   * @param unitQuery of unit length
   * @param leftOut a judged query that is not looked at, as it is the query itself; or -1
   * @param hidden how many of the nearest are not looked at, to see what a query is like that has none near
   */
  void features(float[] unitQuery, int leftOut, int hidden, float[] out, int from) {
    int[] rows = signs.nearest(unitQuery, SHORTLIST * (NEIGHBOURS + hidden), leftOut);
    Neighbours nearest = Neighbours.of(rows, queries.cosines(unitQuery, rows), NEIGHBOURS, hidden);
    if (nearest.rows().length == 0) {
      return;
    }
    int at = from;
    for (double sharpness : SHARPNESS) {
      at = regress(nearest, sharpness, out, at);
    }
    float[] best = nearest.cosines();
    for (int rank : RANKS) {
      out[at++] = best[Math.min(rank, best.length - 1)];
    }
    out[at++] = nearestOf(nearest, true);
    out[at] = nearestOf(nearest, false);
  }

  private int regress(Neighbours nearest, double sharpness, float[] out, int from) {
    double all = 0;
    double answered = 0;
    double logCount = 0;
    double mean = 0;
    double low = 0;
    for (int n = 0; n < nearest.rows().length; n++) {
      int i = nearest.rows()[n];
      double weight = Math.exp(sharpness * (nearest.cosines()[n] - 1));
      all += weight;
      if (relevant[i] > 0) {
        answered += weight;
        logCount += weight * logRelevant[i];
        mean += weight * meanCosine[i];
        low += weight * lowCosine[i];
      }
    }
    double prior = PRIOR * all;
    out[from] = (float) (answered / all);
    out[from + 1] = (float) (logCount / all);
    out[from + 2] = (float) (Math.log(all) / sharpness);
    out[from + 3] = (float) ((mean + prior * priorMean) / (answered + prior));
    out[from + 4] = (float) ((low + prior * priorLow) / (answered + prior));
    return from + 5;
  }

  private float nearestOf(Neighbours nearest, boolean answered) {
    for (int n = 0; n < nearest.rows().length; n++) {
      if (relevant[nearest.rows()[n]] > 0 == answered) {
        return nearest.cosines()[n];
      }
    }
    return nearest.cosines()[nearest.rows().length - 1];
  }
}
