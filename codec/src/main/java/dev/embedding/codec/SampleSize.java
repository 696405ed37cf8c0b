package dev.embedding.codec;

import dev.embedding.codec.quantization.VectorQuantizer;

/**
 * How many vectors a codebook is learned from, and how much memory that takes.
 *
 * @param wanted vectors, where memory suffices
 * @param least vectors, however little memory there is; as many as wanted if the segment has no more
 * @param bytesPerVector for each vector of the sample
 * @param fixedBytes for the rest
 */
record SampleSize(int wanted, int least, long bytesPerVector, long fixedBytes) {

  private static final int PER_CELL = 32;
  private static final int OF_ONE_CELL = 1_024;
  private static final int MAX_BYTES = 64 << 20;

  /** How many times as many are wanted as are the least: with fewer there would be fewer cells, which costs much recall. */
  private static final int WANTED_TO_LEAST = PER_CELL / Codebook.LEAST_SAMPLE_PER_CELL;

  /** Of a vector beside its numbers: the array's head, references, its place in orders, its distance from a centroid. */
  private static final int BYTES_AROUND_VECTOR = 64;

  /** @param vectors of the segment */
  static SampleSize of(VectorQuantizer quantizer, int dimension, int vectors) {
    int room = Math.min(vectors, MAX_BYTES / (Float.BYTES * dimension));
    int enough = Math.max(quantizer.enoughSample(), Math.max(OF_ONE_CELL, Codebook.cells(vectors) * PER_CELL));
    int wanted = Math.min(room, enough);
    int least = Math.max(wanted / WANTED_TO_LEAST, Math.max(quantizer.leastSample(), OF_ONE_CELL));
    long vectorBytes = (long) Float.BYTES * dimension;
    // There are centres for an eighth of the vectors at most, and while they are learned sums for each.
    long centreBytes = Codebook.cells(vectors) == 1 ? 0 : 2 * vectorBytes / Codebook.LEAST_SAMPLE_PER_CELL;
    return new SampleSize(wanted, Math.min(room, least), vectorBytes + centreBytes
        + BYTES_AROUND_VECTOR, EstimateErrors.MAX_VECTORS * vectorBytes + quantizer.learningBytes(dimension));
  }

  long wantedBytes() {
    return bytes(wanted);
  }

  long leastBytes() {
    return bytes(least);
  }

  private long bytes(int vectors) {
    return vectors * bytesPerVector + fixedBytes;
  }

  /** How many vectors to take with so much memory. */
  int vectors(long bytes) {
    return Math.clamp((bytes - fixedBytes) / bytesPerVector, least, wanted);
  }
}
