package dev.embedding.demo;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import java.util.stream.LongStream;

import org.junit.Test;

public class RecallTests {
  private static Answer answer(double... scores) {
    return new Answer(Arrays.stream(scores).mapToObj(score -> new Answer.Hit("id", score, null)).toList(), 1);
  }

  @Test
  public void testCountsHitsThatAreAsGoodAsTheExactOnes() {
    Answer exact = answer(0.9, 0.8, 0.7, 0.6);
    assertEquals(1, Recall.recall(answer(0.9, 0.8, 0.7, 0.6), exact), 0);
    assertEquals(0.5, Recall.recall(answer(0.9, 0.7, 0.5, 0.4), exact), 0);
    assertEquals(0.25, Recall.recall(answer(0.6), exact), 0);
    assertEquals(0, Recall.recall(answer(), exact), 0);
  }

  @Test
  public void testQuantiles() {
    Latencies latencies = Latencies.of(LongStream.rangeClosed(1, 200).map(i -> 201 - i).boxed().toList());
    assertEquals(100, latencies.quantile(0.5));
    assertEquals(198, latencies.quantile(0.99));
    assertEquals(200, latencies.quantile(1));
  }
}
