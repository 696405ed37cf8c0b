package dev.embedding.codec;

import java.io.IOException;

/** The vectors of a field, in the order in which a segment will hold them. */
interface VectorSource {

  int size();

  /** A vector, valid until the next call. */
  float[] vector(int ordinal) throws IOException;

  /** Copies the code and cell that a merged segment has for this vector, if there is one of the codebook in use. */
  default boolean copy(int ordinal, CodeRow row) throws IOException {
    return false;
  }
}
