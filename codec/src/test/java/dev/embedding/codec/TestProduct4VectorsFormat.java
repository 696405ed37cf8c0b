package dev.embedding.codec;

public class TestProduct4VectorsFormat extends QuantizedVectorsFormatTestCase {

  public TestProduct4VectorsFormat() {
    super("product", 4, 5);
  }
}
