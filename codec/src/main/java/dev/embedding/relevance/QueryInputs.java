package dev.embedding.relevance;

import java.util.Arrays;

/**
 * What the network of a {@link CosineAdapter} sees of a query: its unit vector (as in the paper), its cosines with a
 * fixed sample of documents, the judged queries near it, in this order, or none of these. All of it is known before the
 * search, so that the relevance stays a function of the cosine alone. Immutable.
 */
public final class QueryInputs {
  /** Where in the sorted cosines with the sample to look, as shares of the sample's size. */
  private static final double[] SAMPLE_SHARES = {0, 0.004, 0.016, 0.035, 0.075, 0.19, 0.38};
  private static final int SAMPLE_FEATURES = 2 + SAMPLE_SHARES.length;

  private final int dimension;
  private final boolean vector;
  private final VectorSample sample;
  private final JudgedMemory judged;

  /**
   * @param dimension of the queries
   * @param vector whether the network sees the vector itself
   * @param sample null for none
   * @param judged null for none
   */
  public QueryInputs(int dimension, boolean vector, VectorSample sample, JudgedMemory judged) {
    if (dimension < 1) {
      throw new IllegalArgumentException("[dimension] must be at least 1, got " + dimension);
    }
    checkDimension("sample", sample, dimension);
    checkDimension("judged queries", judged == null ? null : judged.queries(), dimension);
    this.dimension = dimension;
    this.vector = vector;
    this.sample = sample;
    this.judged = judged;
  }

  private static void checkDimension(String name, VectorSample sample, int dimension) {
    if (sample != null && sample.dimension() != dimension) {
      throw new IllegalArgumentException(
          "the " + name + " have " + sample.dimension() + " dimensions, the adapter " + dimension);
    }
  }

  public int dimension() {
    return dimension;
  }

  /** Whether the network sees the vector itself. */
  public boolean vector() {
    return vector;
  }

  /** The sample of documents, or null. */
  public VectorSample sample() {
    return sample;
  }

  /** The judged queries, or null. */
  public JudgedMemory judged() {
    return judged;
  }

  /** How many numbers the network sees. */
  int size() {
    return size(dimension, vector, sample != null, judged != null);
  }

  /** How many numbers a network sees of a query that is shown these parts. */
  static int size(int dimension, boolean vector, boolean sample, boolean judged) {
    return (vector ? dimension : 0) + (sample ? SAMPLE_FEATURES : 0) + (judged ? JudgedMemory.FEATURES : 0);
  }

  private int judgedFrom() {
    return size(dimension, vector, sample != null, false);
  }

  /** The inputs of a query that may be one of the judged, see {@link JudgedMemory#features}. */
  float[] of(float[] query, int leftOut, int hidden) {
    float[] unit = VectorSample.unit(query, dimension);
    float[] inputs = new float[size()];
    if (vector) {
      System.arraycopy(unit, 0, inputs, 0, dimension);
    }
    if (sample != null) {
      compareWithSample(unit, inputs, vector ? dimension : 0);
    }
    if (judged != null) {
      judged.features(unit, leftOut, hidden, inputs, judgedFrom());
    }
    return inputs;
  }

  private void compareWithSample(float[] query, float[] out, int from) {
    float[] cosines = sample.cosines(query);
    CosineStatistics statistics = CosineStatistics.of(cosines);
    out[from] = (float) statistics.mean();
    out[from + 1] = (float) statistics.deviation();
    Arrays.sort(cosines);
    for (int i = 0; i < SAMPLE_SHARES.length; i++) {
      out[from + 2 + i] = cosines[cosines.length - 1 - (int) (SAMPLE_SHARES[i] * cosines.length)];
    }
  }
}
