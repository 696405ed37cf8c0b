package dev.embedding.relevance;

/** Brings the inputs of a network to mean 0 and deviation 1, as they were in the rows that it was made from. */
final class Normalization {
  /** Inputs that hardly vary are not blown up. */
  private static final double MIN_DEVIATION = 1e-3;

  private final double[] means;
  private final double[] deviations;

  Normalization(float[][] rows) {
    int size = rows[0].length;
    means = new double[size];
    deviations = new double[size];
    for (int i = 0; i < size; i++) {
      double sum = 0;
      for (float[] row : rows) {
        sum += row[i];
      }
      means[i] = sum / rows.length;
      double squares = 0;
      for (float[] row : rows) {
        squares += (row[i] - means[i]) * (row[i] - means[i]);
      }
      deviations[i] = Math.max(Math.sqrt(squares / rows.length), MIN_DEVIATION);
    }
  }

  double mean(int input) {
    return means[input];
  }

  double deviation(int input) {
    return deviations[input];
  }

  void apply(float[] row) {
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) ((row[i] - means[i]) / deviations[i]);
    }
  }
}
