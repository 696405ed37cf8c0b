package dev.embedding.codec;

import java.io.IOException;

/** The vectors of a field, in the order in which a segment will hold them. */
interface VectorSource {

  int size();

  /** A vector, valid until the next call. */
  float[] vector(int ordinal) throws IOException;

  /** Whether a merged segment has the code and cell of this vector, of the codebook in use. */
  default boolean hasCode(int ordinal) {
    return false;
  }

  /** Copies the code and cell that a merged segment has. */
  default void copy(int ordinal, CodeRow row) throws IOException {
    throw new UnsupportedOperationException("there are no codes to copy");
  }
}
