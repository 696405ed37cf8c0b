package dev.embedding.codec;

import dev.embedding.codec.quantization.Quantizers;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.tests.index.BaseKnnVectorsFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Lucene's contract of a vectors format, for one quantization. */
abstract class QuantizedVectorsFormatTestCase extends BaseKnnVectorsFormatTestCase {

  private final QuantizedVectorsFormat format;

  QuantizedVectorsFormatTestCase(String quantization, int bits) {
    this(quantization, bits, 0);
  }

  QuantizedVectorsFormatTestCase(String quantization, int bits, int subvectors) {
    this.format = new QuantizedVectorsFormat(Quantizers.of(quantization, bits, subvectors));
  }

  @Override
  protected Codec getCodec() {
    return TestUtil.alwaysKnnVectorsFormat(format);
  }

  /** Floats are always kept, so that there is nothing to fall back to. */
  @Override
  protected boolean supportsFloatVectorFallback() {
    return false;
  }
}
