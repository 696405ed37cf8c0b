package dev.embedding.relevance;

import java.util.Arrays;

/**
 * What judged queries tell about a new one that is near them: a kernel regression (Nadaraya and Watson, 1964) over its
 * nearest judged queries, with kernels exp(β·(cosine − 1)) of two widths, and how near they are.
 *
 * <p>A network on the query vector alone has to learn by heart where in the space answers are and where none are; this
 * looks it up, and shows when there is nothing to look up. Immutable.
 */
public final class JudgedMemory {
  /** How many judged queries are looked at. */
  static final int NEIGHBOURS = 32;
  /** How many numbers it gives for a query. */
  static final int FEATURES = 16;

  private static final double[] SHARPNESS = {20, 60};
  private static final int[] RANKS = {0, 1, 4, 9};
  /** The weight of the mean over all judged queries where no answered one is near. */
  private static final double PRIOR = 1e-3;

  private final VectorSample queries;
  private final float[] relevant;
  private final float[] meanCosine;
  private final float[] lowCosine;
  private final double priorMean;
  private final double priorLow;

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
    this.priorMean = meanOfAnswered(meanCosine);
    this.priorLow = meanOfAnswered(lowCosine);
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

  /** Puts the features of a query into an array. */
  void features(float[] query, float[] out, int from) {
    features(queries.cosines(query), -1, 0, out, from);
  }

  /**
   * Puts features into an array.
   *
   * @param cosines of the query with each judged query; the one left out is changed
   * @param leftOut a judged query that is not looked at, as it is the query itself; or -1
   * @param hidden how many of the nearest are not looked at, to see what a query is like that has none near
   */
  void features(float[] cosines, int leftOut, int hidden, float[] out, int from) {
    if (leftOut >= 0) {
      cosines[leftOut] = Float.NEGATIVE_INFINITY;
    }
    int available = cosines.length - (leftOut >= 0 ? 1 : 0);
    int[] nearest = nearest(cosines, Math.min(NEIGHBOURS + hidden, available));
    nearest = Arrays.copyOfRange(nearest, Math.min(hidden, Math.max(nearest.length - 1, 0)), nearest.length);
    if (nearest.length == 0) {
      return;
    }
    int at = from;
    for (double sharpness : SHARPNESS) {
      at = regress(cosines, nearest, sharpness, out, at);
    }
    for (int rank : RANKS) {
      out[at++] = cosines[nearest[Math.min(rank, nearest.length - 1)]];
    }
    out[at++] = nearestOf(cosines, nearest, true);
    out[at] = nearestOf(cosines, nearest, false);
  }

  private int regress(float[] cosines, int[] nearest, double sharpness, float[] out, int from) {
    double all = 0;
    double answered = 0;
    double logCount = 0;
    double mean = 0;
    double low = 0;
    for (int i : nearest) {
      double weight = Math.exp(sharpness * (cosines[i] - 1));
      all += weight;
      if (relevant[i] > 0) {
        answered += weight;
        logCount += weight * Math.log1p(relevant[i]);
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

  private float nearestOf(float[] cosines, int[] nearest, boolean answered) {
    for (int i : nearest) {
      if (relevant[i] > 0 == answered) {
        return cosines[i];
      }
    }
    return cosines[nearest[nearest.length - 1]];
  }

  /** The indices of the largest, largest first; the first of equals first. */
  private static int[] nearest(float[] cosines, int count) {
    int[] best = new int[count];
    int size = 0;
    for (int i = 0; i < cosines.length; i++) {
      if (size == count && (count == 0 || cosines[i] <= cosines[best[size - 1]])) {
        continue;
      }
      int at = size == count ? size - 1 : size++;
      for (; at > 0 && cosines[best[at - 1]] < cosines[i]; at--) {
        best[at] = best[at - 1];
      }
      best[at] = i;
    }
    return best;
  }
}
