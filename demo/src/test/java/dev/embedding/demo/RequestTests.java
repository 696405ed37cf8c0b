package dev.embedding.demo;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

import org.junit.Test;

import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.embedding.node.Response;

/** What is sent to the node, and what is made of its answers. */
public class RequestTests {
  private final List<String> sent = Collections.synchronizedList(new ArrayList<>());
  private Response answer = new Response(200, "{}");

  private final Rest rest = new Rest((method, path, body) -> {
    sent.add(method + " " + path + " " + body);
    return answer;
  });

  private static ProgressBar progress() {
    return SilentProgress.of("documents", 1_000);
  }

  private static Synset synset(int i) {
    return new Synset("noun-" + i, PartOfSpeech.NOUN, List.of("one", "two"), "a \"number\"", List.of(), 0);
  }

  @Test
  public void testSearch() {
    answer = new Response(200,
        """
            {"hits": {"hits": [{"_id": "a", "_score": 0.75, "_source": {"title": "one"}}, {"_id": "b", "_score": 0.5}]}}""");
    NearestRequest request = NearestRequest.of(new float[] {1, 2}, 10)
        .candidates(30)
        .only(PartOfSpeech.VERB)
        .returning("title");
    Answer found = new VectorIndex(rest, "words").search(request);
    assertEquals(
        List.of("POST /words/_search {\"size\":10,\"_source\":[\"title\"],\"query\":{\"nearest\":{\"embedding\":"
            + "{\"vector\":\"AACAPwAAAEA=\",\"k\":10,\"model\":\"all-minilm-l6-v2-q\",\"candidates\":30,"
            + "\"filter\":{\"term\":{\"part_of_speech\":\"verb\"}}}}}}"),
        sent);
    assertEquals(2, found.hits().size());
    assertEquals("a", found.hits().getFirst().id());
    assertEquals(0.75, found.hits().getFirst().score(), 0);
    assertEquals("one", found.hits().getFirst().text("title"));
  }

  @Test
  public void testARuleGoesAroundTheSearch() throws Exception {
    NearestRequest request = NearestRequest.of(new float[] {1, 2}, 10);
    assertEquals(
        "{\"size\":10,\"_source\":false,\"query\":{\"relevance_filter\":{\"query\":{\"nearest\":{\"embedding\":"
            + "{\"vector\":\"AACAPwAAAEA=\",\"k\":10,\"model\":\"all-minilm-l6-v2-q\"}}},\"adapter\":\"a\"}}}",
        Rest.write(request.filtered(new JsonMapper().readTree("{\"adapter\": \"a\"}")).toJson()));
    assertEquals(3, request.filtered(new JsonMapper().readTree("{\"k\": 3}")).toJson().get("size"));
  }

  /** A word whose definitions were left out has no senses, and no other word has one that is not there. */
  @Test
  public void testWordsKnowWhatIsIndexed() {
    List<Synset> synsets = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      synsets
          .add(new Synset("noun-" + i, PartOfSpeech.NOUN, List.of("word" + i % 60, "Other" + i), "text", List.of(), 0));
    }
    Words words = Words.of(synsets, 40);
    assertEquals(40, words.learned().size() + words.others().size());
    List<String> indexed = words.indexed().stream().map(Synset::id).toList();
    assertTrue(indexed.size() < 100);
    List<Words.Word> all = new ArrayList<>(words.learned());
    all.addAll(words.others());
    assertTrue(all.stream().allMatch(word -> indexed.containsAll(word.senses())));
    assertTrue(all.stream().filter(word -> word.senses().isEmpty()).count() >= 8);
  }

  @Test
  public void testARefusalIsTold() {
    answer = new Response(400, "{\"error\": \"[k] must be between 1 and 10000\"}");
    Exception e = assertThrows(IllegalStateException.class, () -> new VectorIndex(rest, "words").count());
    assertEquals("GET /words/_count was answered with HTTP 400: " + answer.body(), e.getMessage());
  }

  @Test
  public void testRequestsForManyVectors() {
    MaxSimRequest request = MaxSimRequest.of(List.of(new float[] {1}, new float[] {-2.5f}), 3);
    assertEquals("{\"size\":3,\"_source\":[\"title\"],\"query\":{\"max_sim\":{\"tokens\":{\"vectors\":\"AACAPwAAIMA=\","
        + "\"model\":\"all-minilm-l6-v2-q\",\"query\":{\"match_all\":{}}}}}}", Rest.write(request.exact()));
    String best = Rest.write(request.best(50));
    assertTrue(best, best.contains("\"candidates\":50") && best.contains("\"k\":3"));
    String afterWords = Rest.write(request.afterWords("very fast", 50));
    assertTrue(afterWords, afterWords.contains("\"match\":{\"definition\":\"very fast\"}"));
    assertTrue(afterWords, afterWords.contains("\"window_size\":50"));
  }

  @Test
  public void testBulkLoadsAllInRequestsOf500() {
    List<Synset> synsets = new ArrayList<>();
    for (int i = 0; i < 1_100; i++) {
      synsets.add(synset(i));
    }
    new BulkLoader(rest, "words", "embedding").load(synsets,
        (from, to) -> Collections.nCopies(to - from, Vectors.base64(new float[] {1})), progress());
    assertEquals(3, sent.size());
    assertEquals(2_200, sent.stream().flatMap(String::lines).count());
    String first = sent.stream().filter(request -> request.contains("\"noun-0\"")).findFirst().orElseThrow();
    assertEquals("POST /words/_bulk {\"index\":{\"_id\":\"noun-0\"}}\n{\"title\":\"one, two\","
        + "\"definition\":\"a \\\"number\\\"\",\"part_of_speech\":\"noun\",\"embedding\":\"AACAPw==\"}",
        String.join("\n", first.lines().limit(2).toList()));
  }

  @Test
  public void testADocumentThatIsRefusedIsTold() {
    answer = new Response(200, """
        {"errors": true, "items": [{"index": {"_id": "a", "status": 201}},
          {"index": {"_id": "b", "error": {"reason": "no vector"}}}]}""");
    Exception e = assertThrows(IllegalStateException.class,
        () -> new BulkLoader(rest, "words", "embedding").load(List.of(synset(1)), (from, to) -> List.of("AACAPw=="),
            progress()));
    assertTrue(e.getMessage(), e.getMessage().contains("no vector"));
  }

  @Test
  public void testSizesAreSortedAndSmallOnesOne() {
    answer = new Response(200, """
        {"indices": {"words": {"primaries": {"segments": {"file_sizes": {
          "fdt": {"size_in_bytes": 200, "description": "Field Data"},
          "si": {"size_in_bytes": 3, "description": "Segment Info"},
          "vec": {"size_in_bytes": 700, "description": "Others"},
          "dvm": {"size_in_bytes": 4, "description": "DocValues"}}}}}}}""");
    assertEquals(
        List.of(new VectorIndex.FileKind("vec", "Vectors", 700), new VectorIndex.FileKind("fdt", "Field Data", 200),
            new VectorIndex.FileKind("others", "", 7)),
        new VectorIndex(rest, "words").bytesByFileKind());
  }

  @Test
  public void testBytesOfVectorsAreLittleEndian() {
    List<float[]> vectors = List.of(new float[] {1, -2.5f}, new float[] {0, Float.MIN_VALUE});
    assertEquals("AACAPwAAIMA=", Vectors.base64(vectors.getFirst()));
    byte[] bytes = Vectors.bytes(vectors);
    assertArrayEquals(Base64.getDecoder().decode("AACAPwAAIMA="), Arrays.copyOf(bytes, 8));
    List<float[]> again = Vectors.ofBytes(bytes, 2);
    assertEquals(2, again.size());
    assertArrayEquals(vectors.get(0), again.get(0), 0);
    assertArrayEquals(vectors.get(1), again.get(1), 0);
  }
}
