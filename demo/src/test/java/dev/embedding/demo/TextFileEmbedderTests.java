package dev.embedding.demo;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class TextFileEmbedderTests {

  @Rule
  public final TemporaryFolder temporary = new TemporaryFolder();

  /** How many texts went through the model, which several threads ask. */
  private final AtomicInteger embedded = new AtomicInteger();

  private List<float[]> lengthAndOne(List<String> texts) {
    embedded.addAndGet(texts.size());
    return texts.stream().map(text -> new float[] {text.length(), -1}).toList();
  }

  private void embed(Path text, Path folder, int queryEvery) throws IOException {
    EmbeddingCache cache = new EmbeddingCache(folder.resolve("embeddings"), new byte[0], 2);
    try (ProgressBar progress = SilentProgress.of("lines", 10_000)) {
      new TextFileEmbedder(folder, new BatchEmbedder(this::lengthAndOne, cache), queryEvery).embed(text, progress);
    }
  }

  @Test
  public void rowsAreScaledToTheLargestCoordinate() {
    assertArrayEquals(new byte[] {127, -32, 0}, TextFileEmbedder.row(new float[] {0.2f, -0.05f, 0}));
  }

  @Test
  public void everyFewLinesOneIsAQuery() throws IOException {
    Path folder = temporary.getRoot().toPath();
    Path text = Files.write(folder.resolve("text"), List.of("1", "22", "333", "4444", "55555"));
    embed(text, folder.resolve("out"), 3);
    assertArrayEquals(new byte[] {127, -127, 127, -32}, Files.readAllBytes(folder.resolve("out/queries.i8")));
    assertArrayEquals(new byte[] {127, -63, 127, -42, 127, -25}, Files.readAllBytes(folder.resolve("out/docs.i8")));
  }

  @Test
  public void aSecondRunGivesTheSameWithoutTheModel() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 1_200; i++) {
      lines.add("x".repeat(1 + i % 40));
    }
    Path folder = temporary.getRoot().toPath();
    Path text = Files.write(folder.resolve("text"), lines);
    embed(text, folder, 100);
    byte[] documents = Files.readAllBytes(folder.resolve("docs.i8"));
    assertEquals(2 * (1_200 - 12), documents.length);
    assertEquals(1_200, embedded.get());
    embed(text, folder, 100);
    assertEquals(1_200, embedded.get());
    assertArrayEquals(documents, Files.readAllBytes(folder.resolve("docs.i8")));
  }
}
