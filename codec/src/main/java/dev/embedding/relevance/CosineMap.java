package dev.embedding.relevance;

/**
 * The maps φ of the Cosine Adapter (CIKM 2024): a hit's logit is {@code a·φ(x) + b} with x its cosine.
 *
 * <p>All are monotone in x. The authors take roots of any x; here a negative cosine counts as 0 where φ is not linear,
 * as a root of it is no number and its square would put opposite vectors first.
 */
public enum CosineMap {
  /** φ(x) = x. */
  LINEAR("linear", 2) {
    @Override
    double apply(double x, double c) {
      return x;
    }

    @Override
    double invert(double u, double c) {
      return u;
    }
  },
  /** φ(x) = √x. */
  SQUARE_ROOT("sqrt", 2) {
    @Override
    double apply(double x, double c) {
      return Math.sqrt(Math.max(x, 0));
    }

    @Override
    double invertPositive(double u, double c) {
      return u * u;
    }
  },
  /** φ(x) = x². */
  QUADRATIC("quadratic", 2) {
    @Override
    double apply(double x, double c) {
      return x <= 0 ? 0 : x * x;
    }

    @Override
    double invertPositive(double u, double c) {
      return Math.sqrt(u);
    }
  },
  /** φ(x) = x^(2·sigmoid(c)): an exponent between 0 and 2 that the network chooses. */
  POWER("power", 3) {
    @Override
    double apply(double x, double c) {
      return Math.pow(Math.max(x, 0), exponent(c));
    }

    @Override
    double invertPositive(double u, double c) {
      return Math.pow(u, 1 / exponent(c));
    }

    @Override
    double slopeInC(double x, double c) {
      return x <= 0 ? 0 : apply(x, c) * Math.log(x) * exponent(c) * (1 - Logistic.sigmoid(c));
    }
  };

  /** The name in the interfaces. */
  public final String wireName;
  /** How many parameters it takes: a and b, or a, b and c. */
  public final int parameters;

  CosineMap(String wireName, int parameters) {
    this.wireName = wireName;
    this.parameters = parameters;
  }

  /** The map of a name in the interfaces. */
  public static CosineMap of(String wireName) {
    for (CosineMap map : values()) {
      if (map.wireName.equals(wireName)) {
        return map;
      }
    }
    throw new IllegalArgumentException("[map] must be linear, sqrt, quadratic or power, got [" + wireName + "]");
  }

  abstract double apply(double x, double c);

  /** The smallest x with φ(x) ≥ u; negative infinity where every x has it. */
  double invert(double u, double c) {
    return u <= 0 ? Double.NEGATIVE_INFINITY : invertPositive(u, c);
  }

  double invertPositive(double u, double c) {
    throw new UnsupportedOperationException(wireName);
  }

  /** ∂φ(x)/∂c. */
  double slopeInC(double x, double c) {
    return 0;
  }

  private static double exponent(double c) {
    return Math.max(2 * Logistic.sigmoid(c), Double.MIN_NORMAL);
  }
}
