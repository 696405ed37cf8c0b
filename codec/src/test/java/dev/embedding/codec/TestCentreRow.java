package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.store.ByteArrayDataOutput;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Centres as they are in files. */
public class TestCentreRow extends LuceneTestCase {

  private static float[] randomCentre(double scale) {
    float[] centre = new float[1 + random().nextInt(100)];
    for (int i = 0; i < centre.length; i++) {
      centre[i] = (float) (scale * random().nextGaussian());
    }
    return centre;
  }

  private static byte[] write(float[] centre) throws IOException {
    byte[] row = new byte[CentreRow.bytes(centre.length)];
    CentreRow.write(centre, new ByteArrayDataOutput(row));
    return row;
  }

  private static float[] read(byte[] row) throws IOException {
    float[] centre = new float[row.length - Float.BYTES];
    CentreRow.read(new ByteArrayDataInput(row), centre);
    return centre;
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float x : values) {
      largest = Math.max(largest, Math.abs(x));
    }
    return largest;
  }

  /** So that a merge writes the codebook that it has read. */
  public void testWhatWasRoundedIsKeptBitForBit() throws IOException {
    for (int turn = 0; turn < 200; turn++) {
      float[] centre = randomCentre(Math.pow(10, random().nextInt(80) - 45));
      float[] rounded = centre.clone();
      CentreRow.round(rounded);
      for (int i = 0; i < centre.length; i++) {
        assertEquals(centre[i], rounded[i], largest(centre) / 250 + 128 * Float.MIN_NORMAL);
      }
      byte[] row = write(rounded);
      assertArrayEquals(rounded, read(row), 0);
      assertArrayEquals(row, write(read(row)));
      float[] again = rounded.clone();
      CentreRow.round(again);
      assertArrayEquals(rounded, again, 0);
    }
  }

  public void testWhatCannotBeKeptBecomesZero() throws IOException {
    for (float x : new float[] {Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN, 1.161e-36f, Float.MIN_VALUE}) {
      float[] centre = {x / 3, -x, 0};
      CentreRow.round(centre);
      assertArrayEquals(new float[3], centre, 0);
      assertArrayEquals(new float[3], read(write(centre)), 0);
    }
  }

  public void testProductsAreThoseOfWhatIsRead() throws IOException {
    for (int turn = 0; turn < 100; turn++) {
      float[] centre = randomCentre(1);
      CentreRow.round(centre);
      byte[] row = write(centre);
      float[] vector = new float[centre.length];
      double expected = 0;
      for (int i = 0; i < vector.length; i++) {
        vector[i] = random().nextFloat() - 0.5f;
        expected += (double) vector[i] * centre[i];
      }
      assertEquals(expected, CentreRow.product(vector, MemorySegment.ofArray(row), 0, Kernels.best()), 1e-5);
    }
  }
}
