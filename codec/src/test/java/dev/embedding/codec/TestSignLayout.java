package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import org.apache.lucene.tests.util.LuceneTestCase;

/** The numbers in rows of signs. */
public class TestSignLayout extends LuceneTestCase {

  private static MemorySegment row(float base, float factor) {
    MemorySegment row = MemorySegment.ofArray(new byte[SignLayout.HALVES.bytes(1)]);
    row.set(BlockInput.INT, 0, SignLayout.halves(base, factor));
    return row;
  }

  private static float randomNumber() {
    float number = Float.intBitsToFloat(random().nextInt());
    return Float.isFinite(number) && Math.abs(number) < 3e38f ? number : 1;
  }

  /** An estimate may be a little too high, so that nothing is missed by it, and a merge that copies changes nothing. */
  public void testNumbersAreRoundedUpOnce() {
    for (int turn = 0; turn < 1_000; turn++) {
      float base = randomNumber();
      float factor = Math.abs(randomNumber());
      MemorySegment row = row(base, factor);
      float keptBase = SignLayout.HALVES.base(row, 0);
      float keptFactor = SignLayout.HALVES.factor(row, 0);
      for (float[] pair : new float[][] {{base, keptBase}, {factor, keptFactor}}) {
        assertTrue(pair[0] + " as " + pair[1], pair[1] >= pair[0]);
        assertEquals(pair[0], pair[1], Math.abs(pair[0]) / 128 + Float.MIN_NORMAL / 127);
      }
      assertEquals(SignLayout.halves(base, factor), SignLayout.halves(keptBase, keptFactor));
    }
  }

  /** What cannot be estimated has the largest base: with it and no factor estimates stay numbers. */
  public void testTheLargestStaysFinite() {
    MemorySegment row = row(Float.MAX_VALUE, 0);
    assertTrue(SignLayout.HALVES.base(row, 0) > 3e38f && Float.isFinite(SignLayout.HALVES.base(row, 0)));
    assertEquals(0, SignLayout.HALVES.factor(row, 0), 0);
  }
}
