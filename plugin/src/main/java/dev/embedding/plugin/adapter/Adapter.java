package dev.embedding.plugin.adapter;

import dev.embedding.relevance.CosineAdapter;
import dev.embedding.relevance.VectorSample;

/**
 * What is stored under the name of an adapter. Immutable.
 *
 * @param sample of documents, for cut-offs that compare with unrelated ones, and for the network if it asks for it; or
 *     null
 * @param network null as long as nothing was learned: then there is a sample
 */
public record Adapter(EmbeddingSpace space, VectorSample sample, CosineAdapter network) {
  public Adapter {
    if (sample == null && network == null) {
      throw new IllegalArgumentException("needs [layers], a [sample] or both");
    }
    if (sample != null && sample.dimension() != space.dimension()) {
      throw new IllegalArgumentException(
          "the sample has " + sample.dimension() + " dimensions instead of " + space.dimension());
    }
    if (network != null && network.inputs().dimension() != space.dimension()) {
      throw new IllegalArgumentException(
          "the network takes " + network.inputs().dimension() + " dimensions instead of " + space.dimension());
    }
  }

  /** What the adapter knows of one query vector: its curve if something was learned. */
  QueryCalibration curve(float[] vector) {
    return new QueryCalibration(space, network.curve(vector), network.threshold(), null);
  }

  /** What the adapter knows of one query vector: what unrelated documents score. */
  QueryCalibration statistics(float[] vector) {
    return new QueryCalibration(space, null, 0, sample.of(vector));
  }

  /** A bound of the bytes that it takes in memory. */
  long ramBytes() {
    long bytes = 4096 + Float.BYTES * AdapterJson.weights(network);
    if (sample != null) {
      bytes += bytes(sample);
    }
    if (network != null && network.inputs().judged() != null) {
      VectorSample judged = network.inputs().judged().queries();
      bytes += bytes(judged) * 9 / 8 + 32L * judged.size();
    }
    return bytes;
  }

  private static long bytes(VectorSample rows) {
    return (long) rows.size() * (rows.dimension() + Float.BYTES);
  }
}
