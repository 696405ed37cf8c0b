package dev.embedding.relevance;

/** Told how far a training is. */
public interface TrainingProgress {
  /**
   * Called several times a second.
   *
   * @param done between 0 and 1, never less than before
   * @throws RuntimeException to end the training, which then throws it
   */
  void at(double done);
}
