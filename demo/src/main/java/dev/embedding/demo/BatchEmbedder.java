package dev.embedding.demo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Embeds many texts on all cores. Chunks of texts are cached, so a second run, a longer one, or one after an interrupted
 * one computes only what is new.
 */
final class BatchEmbedder {
  private static final int CHUNK = 500;
  /** Larger batches are no faster on a processor, and waste more on padding. */
  private static final int BATCH = 16;

  private final Function<List<String>, List<float[]>> embedder;
  private final EmbeddingCache cache;

  /** @param embedder embeds one batch; several threads call it */
  BatchEmbedder(Function<List<String>, List<float[]>> embedder, EmbeddingCache cache) {
    this.embedder = embedder;
    this.cache = cache;
  }

  /** How many of the texts are cached. */
  int cached(List<String> texts) {
    return chunks(texts).stream().filter(cache::contains).mapToInt(List::size).sum();
  }

  /**
   * The vectors of {@code texts}, in their order.
   *
   * @param progress advances by the texts that are not cached
   */
  List<float[]> embed(List<String> texts, ProgressBar progress) {
    List<List<float[]>> chunks = Parallel.map(Runtime.getRuntime().availableProcessors(), chunks(texts),
        chunk -> embedChunk(chunk, progress));
    return chunks.stream().flatMap(List::stream).toList();
  }

  private List<float[]> embedChunk(List<String> texts, ProgressBar progress) {
    Optional<List<float[]>> cached = cache.find(texts);
    if (cached.isPresent()) {
      return cached.get();
    }
    float[][] vectors = new float[texts.size()][];
    // Texts of like length go together, as all of a batch take as long as the longest.
    List<Integer> byLength = IntStream.range(0, texts.size())
        .boxed()
        .sorted(Comparator.comparingInt(i -> texts.get(i).length()))
        .toList();
    for (List<Integer> batch : slices(byLength, BATCH)) {
      List<float[]> embedded = embedder.apply(batch.stream().map(texts::get).toList());
      for (int i = 0; i < batch.size(); i++) {
        vectors[batch.get(i)] = embedded.get(i);
      }
      progress.advance(batch.size());
    }
    cache.store(texts, Arrays.asList(vectors));
    return Arrays.asList(vectors);
  }

  private static List<List<String>> chunks(List<String> texts) {
    return slices(texts, CHUNK);
  }

  private static <T> List<List<T>> slices(List<T> list, int size) {
    List<List<T>> slices = new ArrayList<>();
    for (int from = 0; from < list.size(); from += size) {
      slices.add(list.subList(from, Math.min(from + size, list.size())));
    }
    return slices;
  }
}
