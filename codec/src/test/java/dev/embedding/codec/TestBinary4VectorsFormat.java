package dev.embedding.codec;

public class TestBinary4VectorsFormat extends QuantizedVectorsFormatTestCase {

  public TestBinary4VectorsFormat() {
    super("binary", 4);
  }
}
