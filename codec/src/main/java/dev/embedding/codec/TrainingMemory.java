package dev.embedding.codec;

/** Who is asked for the memory that learning from vectors takes at flush and merge. May be called by several threads at once. */
public interface TrainingMemory {

  /** Has all that is wanted. */
  TrainingMemory UNLIMITED = new TrainingMemory() {
    @Override
    public long reserve(long wanted, long least) {
      return wanted;
    }

    @Override
    public void release(long bytes) {}
  };

  /**
   * Sets memory aside. Less of it means to learn from fewer vectors, which makes codes that are a little less exact, or to link neighbours in
   * more turns.
   *
   * @param wanted bytes
   * @param least bytes that are used in any case, as a flush or merge must not fail; at most as many as wanted
   * @return how many bytes were set aside, from the least to the wanted
   */
  long reserve(long wanted, long least);

  /** Gives back what {@link #reserve} has set aside, once for each call of it. */
  void release(long bytes);
}
