package dev.embedding.codec;

public class TestProduct8VectorsFormat extends QuantizedVectorsFormatTestCase {

  public TestProduct8VectorsFormat() {
    super("product", 8, 3);
  }
}
