package dev.embedding.relevance;

/** What unrelated documents score: what cut-offs compare the hits of a query with. */
public interface SampleStatistics {
  /** Mean and standard deviation of a query's cosines with a fixed sample of documents. */
  CosineStatistics of(float[] query);
}
