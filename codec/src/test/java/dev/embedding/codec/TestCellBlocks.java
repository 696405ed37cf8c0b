package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernel;
import java.util.Arrays;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Where cells are in the blocks. */
public class TestCellBlocks extends LuceneTestCase {

  private static int[] randomSizes(int cells, int largest) {
    int[] sizes = new int[cells];
    Arrays.setAll(sizes, i -> random().nextInt(8) == 0 ? 0 : TestUtil.nextInt(random(), 1, largest));
    return sizes;
  }

  /** Each vector has a lane of its own, in as few blocks as its cell needs, and is found there. */
  private static void check(int[] sizes, CellBlocks blocks) {
    int[] lanesTaken = new int[blocks.blocks()];
    int vectors = 0;
    for (int cell = 0; cell < sizes.length; cell++) {
      assertEquals(sizes[cell], blocks.size(cell));
      if (sizes[cell] == 0) {
        continue;
      }
      assertEquals(BlockLayout.blocks(sizes[cell]), blocks.count(cell));
      int first = blocks.firstBlock(cell);
      int position = blocks.start(cell);
      for (int block = first; block < first + blocks.count(cell); block++) {
        int lanes = blocks.lanes(cell, block);
        assertEquals(0, lanesTaken[block] & lanes);
        lanesTaken[block] |= lanes;
        for (int lane = 0; lane < Kernel.LANES; lane++) {
          if ((lanes >>> lane & 1) == 1) {
            assertEquals(position, block * Kernel.LANES + lane);
            assertEquals(cell, blocks.cellAt(position));
            position++;
          }
        }
      }
      assertEquals(sizes[cell], position - blocks.start(cell));
      vectors += sizes[cell];
    }
    assertEquals(vectors, Arrays.stream(lanesTaken).map(Integer::bitCount).sum());
    int last = -1;
    for (int cell : blocks.order()) {
      assertTrue(blocks.start(cell) > last);
      last = blocks.start(cell) + blocks.size(cell) - 1;
    }
  }

  public void testSharedBlocksAreNearlyFull() {
    for (int turn = 0; turn < 100; turn++) {
      int[] sizes = randomSizes(TestUtil.nextInt(random(), 200, 2_000), TestUtil.nextInt(random(), 40, 300));
      CellBlocks blocks = CellBlocks.shared(sizes);
      check(sizes, blocks);
      // What is left of a cell, if it is more than half of a block, shares it with no other such.
      int full = Arrays.stream(sizes).map(size -> size / Kernel.LANES).sum();
      int large = (int) Arrays.stream(sizes).filter(size -> size % Kernel.LANES > Kernel.LANES / 2).count();
      int least = Math.max(BlockLayout.blocks(Arrays.stream(sizes).sum()), full + large);
      assertTrue(blocks.blocks() + " of " + least, blocks.blocks() <= 1.02 * least + 2);
    }
  }

  public void testAnySizesShareBlocks() {
    for (int turn = 0; turn < 500; turn++) {
      int[] sizes = randomSizes(1 + random().nextInt(20), 1 + random().nextInt(100));
      check(sizes, CellBlocks.shared(sizes));
      CellBlocks apart = CellBlocks.apart(sizes);
      check(sizes, apart);
      for (int cell = 0; cell < sizes.length; cell++) {
        assertEquals(0, apart.start(cell) % Kernel.LANES);
      }
      assertTrue(CellBlocks.shared(sizes).blocks() <= apart.blocks());
    }
  }

  public void testNothingIsInNoBlocks() {
    for (int[] sizes : new int[][] {{0}, {0, 0}}) {
      assertEquals(0, CellBlocks.shared(sizes).blocks());
      assertEquals(0, CellBlocks.apart(sizes).blocks());
    }
  }

  public void testCellsInEachOtherAreRefused() {
    int[] sizes = {40, 0, 10};
    assertEquals(2, new CellBlocks(sizes, new int[] {10, -1, 0}).blocks());
    for (int[] starts : new int[][] {{0, 0, 39}, {0, 0, 0}, {-1, 0, 50}, {9, 0, 0}, {0, 0, Integer.MAX_VALUE - 9}}) {
      expectThrows(IllegalArgumentException.class, () -> new CellBlocks(sizes, starts));
    }
    expectThrows(ArithmeticException.class, () -> CellBlocks.apart(new int[] {Integer.MAX_VALUE, 1, 1}));
  }
}
