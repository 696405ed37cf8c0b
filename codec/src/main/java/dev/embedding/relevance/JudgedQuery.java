package dev.embedding.relevance;

import java.util.Arrays;

import org.apache.lucene.util.VectorUtil;

/** A query with the judgements of its candidates: what the best documents of a search were, and which are relevant. */
public final class JudgedQuery {
  private final float[] vector;
  private final float[] cosines;
  private final boolean[] relevant;
  private final float[] weights;
  private final boolean answered;

  /**
   * @param vector of the query; not copied, like the other arrays
   * @param cosines of the judged candidates, largest first
   * @param relevant which candidates are
   * @param weights how much each judgement counts, > 0, such as a number of clicks; null for 1 each
   * @param answered whether anything in the index is relevant, a candidate or not
   */
  public JudgedQuery(float[] vector, float[] cosines, boolean[] relevant, float[] weights, boolean answered) {
    this.vector = VectorUtil.checkFinite(vector);
    this.cosines = checkDescending(cosines);
    this.relevant = relevant;
    this.weights = weights == null ? ones(cosines.length) : checkPositive(weights);
    if (relevant.length != cosines.length || this.weights.length != cosines.length) {
      throw new IllegalArgumentException(
          "a judged query has a cosine, a judgement and a weight for each candidate, got "
              + cosines.length + ", " + relevant.length + " and " + this.weights.length);
    }
    this.answered = answered || relevantCount() > 0;
  }

  private static float[] ones(int size) {
    float[] ones = new float[size];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static float[] checkDescending(float[] cosines) {
    for (int i = 0; i < cosines.length; i++) {
      if (!(cosines[i] >= -1.01f && cosines[i] <= (i == 0 ? 1.01f : cosines[i - 1]))) {
        throw new IllegalArgumentException(
            "the cosines of candidates must be between -1 and 1, largest first, got " + cosines[i] + " at " + i);
      }
    }
    return cosines;
  }

  private static float[] checkPositive(float[] weights) {
    for (float weight : weights) {
      if (!(weight > 0 && weight < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("the weights of judgements must be finite and above 0, got " + weight);
      }
    }
    return weights;
  }

  float[] vector() {
    return vector;
  }

  int size() {
    return cosines.length;
  }

  float cosine(int candidate) {
    return cosines[candidate];
  }

  float[] cosines() {
    return cosines;
  }

  boolean relevant(int candidate) {
    return relevant[candidate];
  }

  float weight(int candidate) {
    return weights[candidate];
  }

  boolean answered() {
    return answered;
  }

  int relevantCount() {
    int count = 0;
    for (boolean is : relevant) {
      count += is ? 1 : 0;
    }
    return count;
  }

  /** The cosines of the relevant candidates, largest first. */
  float[] relevantCosines() {
    float[] found = new float[relevantCount()];
    int size = 0;
    for (int i = 0; i < cosines.length; i++) {
      if (relevant[i]) {
        found[size++] = cosines[i];
      }
    }
    return found;
  }
}
