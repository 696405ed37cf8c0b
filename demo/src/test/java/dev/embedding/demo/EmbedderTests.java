package dev.embedding.demo;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

public class EmbedderTests {
  private static Embedder embedder;

  @BeforeClass
  public static void load() {
    embedder = new Embedder();
  }

  @AfterClass
  public static void unload() {
    embedder.close();
  }

  private static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  public void testVectorsHaveUnitLength() {
    float[] vector = embedder.embed("a writer of poems");
    assertEquals(Embedder.DIMENSION, vector.length);
    assertEquals(1, cosine(vector, vector), 1e-5);
  }

  @Test
  public void testTextsOfLikeMeaningAreNear() {
    float[] poet = embedder.embed("a writer of poems");
    double like = cosine(poet, embedder.embed("somebody who makes verses"));
    double unlike = cosine(poet, embedder.embed("a fast train between large towns"));
    assertTrue(like + " " + unlike, like > unlike + 0.3);
  }

  @Test
  public void testPaddingHardlyMatters() {
    String text = "a writer of poems";
    List<float[]> batch = embedder
        .embed(List.of(text, "a much longer text, which makes the shorter one be padded a lot"));
    assertTrue(cosine(embedder.embed(text), batch.getFirst()) > 0.98);
  }

  @Test
  public void testLongTextsLoseTheirEnd() {
    assertArrayEquals(embedder.embed("word ".repeat(300)), embedder.embed("word ".repeat(3_000)), 1e-6f);
  }

  @Test
  public void testTokensHaveAVectorEachAndPaddingNone() {
    List<List<float[]>> texts = embedder.embedTokens(List.of("a poet", "somebody who makes verses in the rain"));
    // with a token at the start and one at the end
    assertEquals(4, texts.get(0).size());
    assertEquals(9, texts.get(1).size());
    for (float[] token : texts.get(0)) {
      assertEquals(1, cosine(token, token), 1e-5);
    }
    List<float[]> other = embedder.embedTokens(List.of("the poet")).getFirst();
    assertTrue(cosine(texts.get(0).get(2), other.get(2)) > cosine(texts.get(0).get(2), texts.get(1).get(7)));
  }
}
