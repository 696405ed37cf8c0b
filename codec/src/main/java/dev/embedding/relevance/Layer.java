package dev.embedding.relevance;

import java.util.Locale;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;

/** A layer of a small feed-forward network, immutable: what {@code torch.nn} calls LayerNorm, Linear and ReLU. */
public final class Layer {
  /** What a layer does. */
  public enum Op {
    /** Scales its inputs to mean 0 and variance 1, then multiplies by weights and adds the bias. */
    LAYER_NORM,
    /** Weights, a row for each output, times the inputs, plus the bias. */
    LINEAR,
    /** Negative inputs become 0. */
    RELU;

    /** The name in the interfaces. */
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The kind of layer of a name in the interfaces. */
    public static Op of(String wireName) {
      for (Op op : values()) {
        if (op.wireName().equals(wireName)) {
          return op;
        }
      }
      throw new IllegalArgumentException("[op] must be layer_norm, linear or relu, got [" + wireName + "]");
    }
  }

  private static final double EPSILON = 1e-5;
  /** Weights and outputs stay within this, so that a sum of their products is always a float. */
  private static final float MAX = 1e15f;

  private final Op op;
  /** Of a linear layer column by column, one for each input: so all outputs add up side by side. */
  private final float[] weights;
  private final float[] bias;
  private final Kernel kernel = Kernels.best();

  private Layer(Op op, float[] weights, float[] bias) {
    this.op = op;
    this.weights = weights;
    this.bias = bias;
  }

  /**
   * A layer from its plain form.
   *
   * @param weights row by row, a row for each output; for {@code LAYER_NORM} one row; empty for {@code RELU}
   * @param bias as many as outputs; empty for {@code RELU}
   */
  public static Layer of(Op op, float[] weights, float[] bias) {
    checkRange(op, weights);
    checkRange(op, bias);
    return switch (op) {
      case RELU -> relu(weights, bias);
      case LAYER_NORM -> layerNorm(weights, bias);
      case LINEAR -> linear(weights, bias);
    };
  }

  private static Layer relu(float[] weights, float[] bias) {
    if (weights.length + bias.length > 0) {
      throw new IllegalArgumentException("a relu layer has no weights, got " + (weights.length + bias.length));
    }
    return new Layer(Op.RELU, weights, bias);
  }

  private static Layer layerNorm(float[] weights, float[] bias) {
    if (weights.length == 0 || weights.length != bias.length) {
      throw new IllegalArgumentException("a layer_norm layer has as many weights as biases, got " + weights.length
          + " and " + bias.length);
    }
    return new Layer(Op.LAYER_NORM, weights.clone(), bias.clone());
  }

  private static Layer linear(float[] weights, float[] bias) {
    if (bias.length == 0 || weights.length % bias.length != 0) {
      throw new IllegalArgumentException("the weights of a linear layer are rows of equal size, one for each bias, got "
          + weights.length + " weights and " + bias.length + " biases");
    }
    return new Layer(Op.LINEAR, transpose(weights, bias.length), bias.clone());
  }

  private static float[] transpose(float[] matrix, int rows) {
    int columns = matrix.length / rows;
    float[] transposed = new float[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        transposed[j * rows + i] = matrix[i * columns + j];
      }
    }
    return transposed;
  }

  private static void checkRange(Op op, float[] values) {
    for (float value : values) {
      if (!(Math.abs(value) <= MAX)) {
        throw new IllegalArgumentException(
            "the weights of a " + op.wireName() + " layer must be between -1e15 and 1e15, got " + value);
      }
    }
  }

  public Op op() {
    return op;
  }

  /** A copy of the weights in the form that {@link #of} takes. */
  public float[] weights() {
    return op == Op.LINEAR && weights.length > 0 ? transpose(weights, inputs()) : weights.clone();
  }

  /** A copy of the biases. */
  public float[] bias() {
    return bias.clone();
  }

  /** How many outputs it has for so many inputs; refuses inputs that do not fit. */
  int outputs(int inputs) {
    if (op == Op.RELU) {
      return inputs;
    }
    if (inputs() != inputs) {
      throw new IllegalArgumentException("a " + op.wireName() + " layer of " + inputs() + " inputs cannot follow "
          + inputs + " outputs");
    }
    return bias.length;
  }

  private int inputs() {
    return op == Op.LINEAR ? weights.length / bias.length : weights.length;
  }

  float[] apply(float[] in) {
    return switch (op) {
      case LINEAR -> multiply(in);
      case LAYER_NORM -> normalize(in);
      case RELU -> rectify(in);
    };
  }

  private float[] multiply(float[] in) {
    float[] out = bias.clone();
    kernel.addProducts(in, 0, in.length, weights, 0, out.length, out, 0);
    for (int i = 0; i < out.length; i++) {
      out[i] = Math.clamp(out[i], -MAX, MAX);
    }
    return out;
  }

  private float[] normalize(float[] in) {
    double mean = 0;
    for (float value : in) {
      mean += value;
    }
    mean /= in.length;
    double variance = 0;
    for (float value : in) {
      variance += (value - mean) * (value - mean);
    }
    double factor = 1 / Math.sqrt(variance / in.length + EPSILON);
    float[] out = new float[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = (float) Math.clamp((in[i] - mean) * factor * weights[i] + bias[i], -MAX, MAX);
    }
    return out;
  }

  private static float[] rectify(float[] in) {
    float[] out = new float[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = Math.max(in[i], 0);
    }
    return out;
  }
}
