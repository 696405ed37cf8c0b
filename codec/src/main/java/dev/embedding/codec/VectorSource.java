package dev.embedding.codec;

import java.io.IOException;
import java.util.concurrent.Executor;

/** The vectors of a field, in the order in which a segment will hold them. */
interface VectorSource {

  int size();

  /** A vector, valid until the next call. */
  float[] vector(int ordinal) throws IOException;

  /** Runs tasks that read these vectors, each by a {@link #forTask} of its own: by more threads than one where a merge has them. */
  default Executor executor() {
    return Runnable::run;
  }

  /** The same vectors for one task, which must not ask for codes. */
  default VectorSource forTask() throws IOException {
    return this;
  }

  /** Whether a merged segment has the code and cell of this vector, of the codebook in use. */
  default boolean hasCode(int ordinal) {
    return false;
  }

  /** Copies the code and cell that a merged segment has. */
  default void copy(int ordinal, CodeRow row) throws IOException {
    throw new UnsupportedOperationException("there are no codes to copy");
  }
}
