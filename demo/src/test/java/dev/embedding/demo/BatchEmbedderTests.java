package dev.embedding.demo;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class BatchEmbedderTests {
  @Rule
  public final TemporaryFolder folder = new TemporaryFolder();

  private final AtomicInteger embedded = new AtomicInteger();

  /** A text's vector is its length and its first digit. */
  private List<float[]> embed(List<String> texts) {
    embedded.addAndGet(texts.size());
    return texts.stream().map(text -> new float[] {text.length(), text.charAt(0) - '0'}).toList();
  }

  private EmbeddingCache cache(String model) {
    return new EmbeddingCache(folder.getRoot().toPath().resolve("cache"), model.getBytes(StandardCharsets.UTF_8), 2);
  }

  private BatchEmbedder embedder(String model) {
    return new BatchEmbedder(this::embed, cache(model));
  }

  private static ProgressBar progress(int total) {
    return SilentProgress.of("texts", total);
  }

  private static List<String> texts(int count) {
    return IntStream.range(0, count).mapToObj(i -> i % 10 + "x".repeat(i % 7)).toList();
  }

  private void assertVectors(List<String> texts, List<float[]> vectors) {
    assertEquals(texts.size(), vectors.size());
    for (int i = 0; i < texts.size(); i++) {
      assertArrayEquals(embed(texts.subList(i, i + 1)).getFirst(), vectors.get(i), 0);
    }
  }

  @Test
  public void testVectorsAreInTheOrderOfTheTexts() {
    List<String> texts = texts(1_234);
    assertVectors(texts, embedder("m").embed(texts, progress(1_234)));
  }

  @Test
  public void testEmbedsOnlyWhatIsNew() {
    embedder("m").embed(texts(1_500), progress(1_500));
    embedded.set(0);
    BatchEmbedder second = embedder("m");
    assertEquals(1_500, second.cached(texts(1_700)));
    List<float[]> vectors = second.embed(texts(1_700), progress(200));
    assertEquals(200, embedded.get());
    assertVectors(texts(1_700), vectors);
  }

  @Test
  public void testAnotherModelOrTextIsNotCached() {
    embedder("m").embed(texts(10), progress(10));
    assertEquals(0, embedder("other").cached(texts(10)));
    assertEquals(0, embedder("m").cached(texts(11)));
    assertEquals(10, embedder("m").cached(texts(10)));
  }

  @Test
  public void testACutFileIsNotUsed() throws IOException {
    embedder("m").embed(texts(10), progress(10));
    Path file;
    try (Stream<Path> files = Files.list(folder.getRoot().toPath().resolve("cache"))) {
      file = files.findFirst().orElseThrow();
    }
    Files.write(file, new byte[79]);
    assertEquals(0, embedder("m").cached(texts(10)));
    assertVectors(texts(10), embedder("m").embed(texts(10), progress(10)));
    assertEquals(10, embedder("m").cached(texts(10)));
  }

  @Test
  public void testAFailureIsThatOfTheModel() {
    BatchEmbedder failing = new BatchEmbedder(texts -> {
      throw new IllegalStateException("no such model");
    }, cache("m"));
    Exception e = assertThrows(IllegalStateException.class, () -> failing.embed(texts(2_000), progress(2_000)));
    assertEquals("no such model", e.getMessage());
  }
}
