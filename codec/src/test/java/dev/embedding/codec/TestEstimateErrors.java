package dev.embedding.codec;

import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.TrainedQuantizer;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import org.apache.lucene.tests.util.LuceneTestCase;

public class TestEstimateErrors extends LuceneTestCase {

  private static float[][] vectors(int count, int dimension) {
    float[][] vectors = new float[count][dimension];
    for (float[] vector : vectors) {
      for (int i = 0; i < dimension; i++) {
        vector[i] = (float) random().nextGaussian();
      }
    }
    return vectors;
  }

  private static EstimateErrors.Expected errors(VectorQuantizer quantizer, int dimension) throws IOException {
    TrainedQuantizer trained = quantizer.learn(vectors(3_000, dimension), dimension);
    return measure(trained, vectors(1_000, dimension));
  }

  private static EstimateErrors.Expected measure(TrainedQuantizer trained, float[][] vectors) throws IOException {
    return new EstimateErrors(vectors).measure(trained, float[]::clone);
  }

  /** Signs of a random direction leave 1 − 2/π of the length ½ a dimension, across the direction. */
  public void testOneBitIsOffAsTheorySays() throws IOException {
    EstimateErrors.Expected errors = errors(Quantizers.of("binary", 1), 200);
    assertEquals(Math.sqrt((1 - 2 / Math.PI) / 4), errors.whole(), 0.03);
    assertEquals(0, errors.top(), 0);
  }

  public void testMoreBitsAreLessOff() throws IOException {
    int dimension = 120;
    double scale = 1;
    for (VectorQuantizer[] kinds : new VectorQuantizer[][] {
        {Quantizers.of("binary", 2), Quantizers.of("binary", 4), Quantizers.of("scalar", 8)},
        {Quantizers.of("product", 4, 15), Quantizers.of("product", 4, 30), Quantizers.of("product", 4, 60),
            Quantizers.of("product", 8, 60)}}) {
      double last = Double.MAX_VALUE;
      for (VectorQuantizer kind : kinds) {
        EstimateErrors.Expected errors = errors(kind, dimension);
        double units = kind.subvectors() > 0 ? scale : Math.pow(2, kind.bits());
        assertTrue(kind + ": " + errors.whole(), errors.whole() / units < last);
        if (kind.planes() > 1) {
          assertTrue(kind + ": " + errors.top(), errors.top() > 0);
        }
        last = errors.whole() / units;
      }
    }
  }

  public void testNothingIsOffByNothing() throws IOException {
    for (VectorQuantizer kind : new VectorQuantizer[] {Quantizers.of("binary", 1), Quantizers.of("product", 8, 4)}) {
      TrainedQuantizer trained = kind.learn(new float[0][], 12);
      for (int count : new int[] {0, 1, 40}) {
        float[][] zeros = new float[count][12];
        assertEquals(0, measure(trained, zeros).whole(), 0);
      }
    }
  }
}
