package dev.embedding.codec;

import java.lang.foreign.MemorySegment;
import org.apache.lucene.tests.util.LuceneTestCase;

/** The numbers in rows of signs. */
public class TestSignLayout extends LuceneTestCase {

  private static MemorySegment row(float base, float factor) {
    MemorySegment row = MemorySegment.ofArray(new byte[SignLayout.ROUNDED.bytes(1)]);
    row.set(BlockInput.INT, 0, SignLayout.rounded(base, factor));
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
      float keptBase = SignLayout.ROUNDED.base(row, 0);
      float keptFactor = SignLayout.ROUNDED.factor(row, 0);
      assertTrue(base + " as " + keptBase, keptBase >= base);
      assertEquals(base, keptBase, Math.abs(base) / 512 + Float.MIN_NORMAL / 511);
      assertTrue(factor + " as " + keptFactor, keptFactor >= factor);
      assertEquals(factor, keptFactor, factor / 64 + Float.MIN_NORMAL / 63);
      assertEquals(SignLayout.rounded(base, factor), SignLayout.rounded(keptBase, keptFactor));
    }
  }

  /** What cannot be estimated has the largest base: with it and no factor estimates stay numbers. */
  public void testTheLargestStaysFinite() {
    MemorySegment row = row(Float.MAX_VALUE, 0);
    assertTrue(SignLayout.ROUNDED.base(row, 0) > 3e38f && Float.isFinite(SignLayout.ROUNDED.base(row, 0)));
    assertEquals(0, SignLayout.ROUNDED.factor(row, 0), 0);
    assertTrue(Float.isFinite(SignLayout.ROUNDED.factor(row(0, Float.MAX_VALUE), 0)));
  }
}
