package dev.embedding.relevance;

/**
 * How an adapter is trained.
 *
 * @param map φ
 * @param vector whether the network sees the query's vector, as in the paper
 * @param judged whether it sees the judged queries near the query
 * @param sample whether it sees the query's cosines with a sample of documents
 * @param targetRecall the share of the relevant candidates that the adapter's threshold is to keep, 0.5–1
 * @param seed of all that is random
 */
public record TrainerOptions(CosineMap map, boolean vector, boolean judged, boolean sample, double targetRecall,
    long seed) {
  /** What a request that names nothing gets; measured to be best, see the benchmark. */
  public static final TrainerOptions DEFAULT = new TrainerOptions(CosineMap.LINEAR, false, true, true, 0.95, 42);

  public TrainerOptions {
    if (!(targetRecall >= 0.5 && targetRecall <= 1)) {
      throw new IllegalArgumentException("[target_recall] must be between 0.5 and 1, got " + targetRecall);
    }
  }

  /** At least the bytes that the inputs of the network take while it learns from so many queries. */
  public long inputBytes(int queries, int dimension) {
    int numbers = QueryInputs.size(dimension, vector, sample, judged);
    // With judged queries there are the inputs of a query that is among them, and of one that is new.
    return (long) queries * numbers * Float.BYTES * (judged ? 2 : 1);
  }
}
