package dev.embedding.relevance;

import java.util.Map;

/** The cut-off of one query: hits are kept if their cosine reaches a minimum. Immutable, equal if it decides equally. */
public interface QueryCut {
  /** The smallest cosine that is kept: negative infinity if all are, more than 1 if none is. Known before the search. */
  double cosine();

  /**
   * The smallest cosine that is kept, once the hits are known: for cut-offs that look at the list. At least
   * {@link #cosine()}.
   *
   * @param cosines those of the hits, largest first
   */
  default double cosine(float[] cosines) {
    return cosine();
  }

  /** Whether {@link #cosine(float[])} has to be asked. */
  default boolean needsHits() {
    return false;
  }

  /** How relevant a hit is, 0–1, never decreasing in its cosine. */
  double relevance(double cosine);

  /** What the decision was made of, by name, for an explanation. */
  Map<String, Double> parameters();
}
