package dev.embedding.relevance;

/** Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015), with the paper's constants. */
final class Adam {
  private static final double DECAY1 = 0.9;
  private static final double DECAY2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final double rate;
  private final double[] mean;
  private final double[] square;
  private int steps;

  Adam(int size, double rate) {
    this.rate = rate;
    this.mean = new double[size];
    this.square = new double[size];
  }

  void step(double[] weights, double[] gradient) {
    steps++;
    double correction1 = 1 / (1 - Math.pow(DECAY1, steps));
    double correction2 = 1 / (1 - Math.pow(DECAY2, steps));
    for (int i = 0; i < weights.length; i++) {
      mean[i] += (1 - DECAY1) * (gradient[i] - mean[i]);
      square[i] += (1 - DECAY2) * (gradient[i] * gradient[i] - square[i]);
      weights[i] -= rate * mean[i] * correction1 / (Math.sqrt(square[i] * correction2) + EPSILON);
    }
  }
}
