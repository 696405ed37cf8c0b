package dev.embedding.codec;

public class TestBinary2VectorsFormat extends QuantizedVectorsFormatTestCase {

  public TestBinary2VectorsFormat() {
    super("binary", 2);
  }
}
