package dev.embedding.codec;

public class TestScalar8VectorsFormat extends QuantizedVectorsFormatTestCase {

  public TestScalar8VectorsFormat() {
    super("scalar", 8);
  }
}
