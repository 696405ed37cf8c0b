package dev.embedding.codec;

import com.carrotsearch.randomizedtesting.generators.RandomNumbers;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.tests.util.LuceneTestCase;

/** The best scores against a sort of all. */
public class TestBestScores extends LuceneTestCase {

  public void testKeepsTheBestInTheirOrder() {
    for (int turn = 0; turn < 100; turn++) {
      int count = random().nextInt(60);
      float[] scores = new float[count];
      int k = RandomNumbers.randomIntBetween(random(), 1, 40);
      BestScores best = new BestScores(k);
      List<Integer> order = IntStream.range(0, count).boxed().collect(Collectors.toList());
      Collections.shuffle(order, random());
      for (int i = 0; i < count; i++) {
        // No two are equal, and some are negative.
        scores[i] = (order.get(i) - count / 2) * 0.5f;
        best.offer(scores[i], i);
      }
      int[] sorted = IntStream.range(0, count)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> -scores[i]))
          .mapToInt(i -> i)
          .toArray();
      int most = random().nextInt(50);
      assertArrayEquals(Arrays.copyOf(sorted, Math.min(most, Math.min(k, count))), best.ordinals(most));
      assertEquals(count < k ? Float.NEGATIVE_INFINITY : scores[sorted[k - 1]], best.worst(), 0);
    }
  }
}
