package dev.embedding.codec;

import java.io.IOException;

/** The products of a query's residual with the centres of cells less the mean. */
interface CentreProducts {

  /** The product with a cell's centre, or 0 if it is too large for a float. */
  float of(int cell) throws IOException;
}
