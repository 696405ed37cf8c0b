package dev.embedding.relevance;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The network while it is trained: inputs → hidden units with ReLU → the map's parameters, in double precision, its
 * weights in one array, with the gradient of the loss beside them.
 *
 * <p>It starts at a given curve: the last layer's weights are 0, its biases the curve's parameters.
 */
final class AdapterNetwork {
  private final CosineCurve start;
  private final int inputs;
  private final int hidden;
  private final int outputs;
  /** Inputs × hidden, hidden biases, hidden × outputs, output biases. */
  private final double[] weights;
  private final double[] gradient;
  private final double[] activations;

  AdapterNetwork(CosineCurve start, int inputs, int hidden, Random random) {
    this.start = start;
    this.inputs = inputs;
    this.hidden = hidden;
    this.outputs = start.map().parameters;
    weights = new double[(inputs + 1) * hidden + (hidden + 1) * outputs];
    gradient = new double[weights.length];
    activations = new double[hidden];
    double deviation = Math.sqrt(2.0 / Math.max(inputs, 1)); // He and others, 2015
    for (int i = 0; i < inputs * hidden; i++) {
      weights[i] = random.nextGaussian() * deviation;
    }
    double[] bias = {CosineCurve.rawSlope(start.a()), start.b(), start.c()};
    System.arraycopy(bias, 0, weights, outputBias(), outputs);
  }

  private int hiddenBias() {
    return inputs * hidden;
  }

  private int outputWeights() {
    return hiddenBias() + hidden;
  }

  private int outputBias() {
    return outputWeights() + hidden * outputs;
  }

  double[] weights() {
    return weights;
  }

  double[] gradient() {
    return gradient;
  }

  CosineCurve curve(float[] in) {
    double[] out = forward(in);
    return CosineCurve.of(start.map(), out[0], out[1], outputs > 2 ? out[2] : 0, start.center(), start.scale());
  }

  private double[] forward(float[] in) {
    System.arraycopy(weights, hiddenBias(), activations, 0, hidden);
    for (int i = 0; i < inputs; i++) {
      double value = in[i];
      for (int h = 0, w = i * hidden; h < hidden; h++, w++) {
        activations[h] += value * weights[w];
      }
    }
    double[] out = Arrays.copyOfRange(weights, outputBias(), outputBias() + outputs);
    for (int h = 0; h < hidden; h++) {
      activations[h] = Math.max(activations[h], 0);
      for (int o = 0; o < outputs; o++) {
        out[o] += activations[h] * weights[outputWeights() + h * outputs + o];
      }
    }
    return out;
  }

  void clearGradient() {
    Arrays.fill(gradient, 0);
  }

  /** Adds the gradient of a query's loss, the weighted cross-entropies of its candidates times a factor. */
  void addGradient(float[] in, JudgedQuery query, double factor) {
    double[] out = forward(in);
    CosineCurve curve = CosineCurve.of(start.map(), out[0], out[1], outputs > 2 ? out[2] : 0, start.center(),
        start.scale());
    double[] slopes = new double[3];
    for (int i = 0; i < query.size(); i++) {
      double x = query.cosine(i);
      double error = factor * query.weight(i) * (curve.relevance(x) - (query.relevant(i) ? 1 : 0));
      slopes[0] += error * (start.map().apply(x, curve.c()) - curve.center()) / curve.scale();
      slopes[1] += error;
      slopes[2] += error * curve.a() * start.map().slopeInC(x, curve.c()) / curve.scale();
    }
    slopes[0] *= Logistic.sigmoid(out[0]);
    backward(in, slopes);
  }

  private void backward(float[] in, double[] slopes) {
    double[] hiddenSlopes = new double[hidden];
    for (int o = 0; o < outputs; o++) {
      gradient[outputBias() + o] += slopes[o];
    }
    for (int h = 0; h < hidden; h++) {
      for (int o = 0; o < outputs; o++) {
        int weight = outputWeights() + h * outputs + o;
        gradient[weight] += slopes[o] * activations[h];
        hiddenSlopes[h] += activations[h] > 0 ? slopes[o] * weights[weight] : 0;
      }
      gradient[hiddenBias() + h] += hiddenSlopes[h];
    }
    for (int i = 0; i < inputs; i++) {
      double value = in[i];
      for (int h = 0, w = i * hidden; h < hidden; h++, w++) {
        gradient[w] += value * hiddenSlopes[h];
      }
    }
  }

  /**
   * Several networks of one shape as the layers of one whose outputs are the mean of theirs.
   *
   * @param normalization is folded into the first layer, so that it takes the inputs as they are
   */
  static List<Layer> merge(List<AdapterNetwork> members, Normalization normalization) {
    AdapterNetwork first = members.getFirst();
    int units = members.size() * first.hidden;
    float[] hiddenWeights = new float[units * first.inputs];
    float[] hiddenBias = new float[units];
    float[] outputWeights = new float[first.outputs * units];
    float[] outputBias = new float[first.outputs];
    for (int m = 0; m < members.size(); m++) {
      AdapterNetwork member = members.get(m);
      for (int h = 0; h < first.hidden; h++) {
        int unit = m * first.hidden + h;
        hiddenBias[unit] = member.foldedUnit(h, normalization, hiddenWeights, unit * first.inputs);
        for (int o = 0; o < first.outputs; o++) {
          outputWeights[o * units + unit] = (float) (member.weights[member.outputWeights() + h * first.outputs + o]
              / members.size());
        }
      }
      for (int o = 0; o < first.outputs; o++) {
        outputBias[o] += (float) (member.weights[member.outputBias() + o] / members.size());
      }
    }
    return List.of(Layer.of(Layer.Op.LINEAR, hiddenWeights, hiddenBias), Layer.of(Layer.Op.RELU, new float[0],
        new float[0]), Layer.of(Layer.Op.LINEAR, outputWeights, outputBias));
  }

  /** Writes the weights of a hidden unit for inputs that are not normalized, and gives its bias. */
  private float foldedUnit(int h, Normalization normalization, float[] out, int from) {
    double bias = weights[hiddenBias() + h];
    for (int i = 0; i < inputs; i++) {
      double weight = weights[i * hidden + h] / normalization.deviation(i);
      out[from + i] = (float) weight;
      bias -= weight * normalization.mean(i);
    }
    return (float) bias;
  }
}
