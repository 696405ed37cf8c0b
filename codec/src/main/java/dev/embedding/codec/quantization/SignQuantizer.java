package dev.embedding.codec.quantization;

/** The signs of rotated residuals, one bit for each dimension, in rows that are read one at a time. Thread-safe. */
public final class SignQuantizer {

  private final GridQuantizer quantizer;

  public SignQuantizer(int dimension) {
    this.quantizer = new GridQuantizer(new BinaryQuantizer(1), dimension);
  }

  /** What makes the codes of rows: one bit of each dimension. */
  public TrainedQuantizer quantizer() {
    return quantizer;
  }

  /** What the residual of a query says about rows. */
  public SignTable table(QueryResidual residual) {
    return SignTable.of(quantizer.rotated(residual));
  }
}
