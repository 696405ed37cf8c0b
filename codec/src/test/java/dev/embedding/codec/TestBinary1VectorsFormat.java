package dev.embedding.codec;

public class TestBinary1VectorsFormat extends QuantizedVectorsFormatTestCase {

  public TestBinary1VectorsFormat() {
    super("binary", 1);
  }
}
