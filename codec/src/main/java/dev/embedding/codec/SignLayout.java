package dev.embedding.codec;

import dev.embedding.codec.quantization.SignTable;

/** Where things are in a row of signs. */
final class SignLayout {

  static final int BASE = 0;
  static final int FACTOR = Float.BYTES;
  static final int SIGNS = 2 * Float.BYTES;

  private SignLayout() {}

  static int bytes(int dimension) {
    return SIGNS + SignTable.rowBytes(dimension);
  }
}
