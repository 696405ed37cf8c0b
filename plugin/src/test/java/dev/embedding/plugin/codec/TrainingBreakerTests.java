package dev.embedding.plugin.codec;

import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;

import java.util.List;

import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.indices.breaker.HierarchyCircuitBreakerService;
import org.opensearch.monitor.jvm.JvmInfo;
import org.opensearch.test.OpenSearchTestCase;

public class TrainingBreakerTests extends OpenSearchTestCase {
  private static CircuitBreaker breaker(Settings.Builder settings) {
    Settings node = settings.put("indices.breaker.total.use_real_memory", false).build();
    return new HierarchyCircuitBreakerService(node, List.of(TrainingBreaker.settings(node)),
        new ClusterSettings(node, ClusterSettings.BUILT_IN_CLUSTER_SETTINGS)).getBreaker(TrainingBreaker.NAME);
  }

  private static CircuitBreaker breaker(String limit) {
    return breaker(Settings.builder().put("breaker.embedding_training.limit", limit));
  }

  public void testAllThatIsWantedWhereThereIsRoom() {
    CircuitBreaker breaker = breaker("1000b");
    TrainingBreaker memory = new TrainingBreaker(breaker);
    assertEquals(600, memory.reserve(600, 100));
    assertEquals(600, breaker.getUsed());
    assertEquals(400, memory.reserve(400, 400));
    memory.release(600);
    memory.release(400);
    assertEquals(0, breaker.getUsed());
    assertEquals(0, breaker.getTrippedCount());
  }

  public void testHalfAndHalfAgainWhereThereIsLess() {
    CircuitBreaker breaker = breaker("1000b");
    TrainingBreaker memory = new TrainingBreaker(breaker);
    long first = memory.reserve(1800, 100);
    long second = memory.reserve(400, 30);
    assertEquals(900, first);
    assertEquals(100, second);
    assertEquals(1000, breaker.getUsed());
    assertEquals("1800, 400 and 200 were refused", 3, breaker.getTrippedCount());
    memory.release(first);
    memory.release(second);
    assertEquals(0, breaker.getUsed());
  }

  /** A flush must not fail, so this is counted and not asked for. */
  public void testTheLeastIsTakenInAnyCase() {
    for (String limit : List.of("0b", "10b")) {
      CircuitBreaker breaker = breaker(limit);
      TrainingBreaker memory = new TrainingBreaker(breaker);
      assertEquals(50, memory.reserve(800, 50));
      assertEquals(50, memory.reserve(50, 50));
      assertEquals(100, breaker.getUsed());
      memory.release(50);
      memory.release(50);
      assertEquals(0, breaker.getUsed());
    }
  }

  public void testEveryGrantIsBetweenTheLeastAndTheWanted() {
    CircuitBreaker breaker = breaker("1000b");
    TrainingBreaker memory = new TrainingBreaker(breaker);
    for (int i = 0; i < 1000; i++) {
      long least = between(1, 2000);
      long wanted = least + between(0, 10_000);
      long held = memory.reserve(wanted, least);
      assertThat(held, greaterThanOrEqualTo(least));
      assertThat(wanted, greaterThanOrEqualTo(held));
      assertTrue(held == least || breaker.getUsed() <= 1000);
      memory.release(held);
      assertEquals(0, breaker.getUsed());
    }
  }

  /** As on a node with {@code indices.breaker.type: none}. */
  public void testABreakerThatNeverBreaks() {
    TrainingBreaker memory = new TrainingBreaker(new NoopCircuitBreaker(TrainingBreaker.NAME));
    assertEquals(Long.MAX_VALUE, memory.reserve(Long.MAX_VALUE, 1));
    memory.release(Long.MAX_VALUE);
  }

  public void testSettings() {
    BreakerSettings byDefault = TrainingBreaker.settings(Settings.EMPTY);
    assertEquals("embedding_training", byDefault.getName());
    assertEquals(JvmInfo.jvmInfo().getMem().getHeapMax().getBytes() / 4, byDefault.getLimit());
    assertEquals(1, byDefault.getOverhead(), 0);
    assertThat(byDefault.getLimit(), greaterThan(0L));
    BreakerSettings changed = TrainingBreaker.settings(Settings.builder()
        .put("breaker.embedding_training.limit", "3mb")
        .put("breaker.embedding_training.overhead", 1.5)
        .build());
    assertEquals(3 << 20, changed.getLimit());
    assertEquals(1.5, changed.getOverhead(), 0);
    assertEquals(3 << 20, breaker("3mb").getLimit());
  }
}
