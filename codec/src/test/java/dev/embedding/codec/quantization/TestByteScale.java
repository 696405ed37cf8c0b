package dev.embedding.codec.quantization;

import org.apache.lucene.tests.util.LuceneTestCase;

/** Numbers as bytes. */
public class TestByteScale extends LuceneTestCase {

  public void testTheLargestIs127AndProductsAreExact() {
    for (int turn = 0; turn < 1_000; turn++) {
      float[] values = new float[3 + random().nextInt(20)];
      double size = Math.pow(10, random().nextInt(65) - 30);
      float largest = 0;
      for (int i = 2; i < values.length; i++) {
        values[i] = (float) (size * random().nextGaussian());
        largest = Math.max(largest, Math.abs(values[i]));
      }
      values[0] = (float) (1e3 * size);
      float scale = ByteScale.of(values, 1, values.length - 1);
      assertTrue(ByteScale.isUsable(scale));
      int most = 0;
      for (int i = 1; i < values.length; i++) {
        byte rounded = ByteScale.round(values[i], scale);
        most = Math.max(most, Math.abs(rounded));
        assertEquals((double) scale * rounded, scale * rounded, 0);
        assertEquals(values[i], rounded * scale, scale * 0.501);
      }
      assertEquals(127, most);
      assertEquals(scale, ByteScale.of(new float[] {scale * 127}, 0, 1), 0);
    }
  }

  public void testWhatCannotBeRounded() {
    assertEquals(0, ByteScale.of(new float[4], 0, 4), 0);
    assertFalse(ByteScale.isUsable(0));
    for (float large : new float[] {Float.MAX_VALUE, Float.NEGATIVE_INFINITY, Float.NaN}) {
      assertFalse(ByteScale.isUsable(ByteScale.of(new float[] {1, large}, 0, 2)));
    }
    for (float small : new float[] {Float.MIN_VALUE, Float.MIN_NORMAL, 1.161e-36f}) {
      assertFalse(ByteScale.isUsable(ByteScale.of(new float[] {small}, 0, 1)));
    }
  }
}
