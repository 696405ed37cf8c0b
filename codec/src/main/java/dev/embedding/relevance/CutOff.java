package dev.embedding.relevance;

/** Decides which hits of a query are good enough. Immutable. */
public interface CutOff {
  /** The decision for one query; computed once a request. */
  QueryCut on(float[] query);
}
