package dev.embedding.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Work on several threads. */
final class Parallel {
  private Parallel() {}

  /**
   * The results of {@code work} on each of {@code items}, in their order.
   *
   * @throws RuntimeException the first failure of {@code work}; what was not begun by then is left undone
   */
  static <T, R> List<R> map(int threads, List<T> items, Function<T, R> work) {
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<R>> futures = items.stream().map(item -> executor.submit(() -> work.apply(item))).toList();
      List<R> results = new ArrayList<>();
      try {
        for (Future<R> future : futures) {
          results.add(future.get());
        }
      } catch (ExecutionException e) {
        executor.shutdownNow();
        throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        executor.shutdownNow();
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
      return results;
    }
  }
}
