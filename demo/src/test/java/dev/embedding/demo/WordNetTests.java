package dev.embedding.demo;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.Test;

public class WordNetTests {
  private static Synset parse(String line) {
    return WordNet.parse(line, PartOfSpeech.ADJECTIVE, Map.of("adjective-00000001", 7));
  }

  @Test
  public void testParsesWordsDefinitionAndExamples() {
    Synset synset = parse(
        "00000001 00 a 02 well_known 0 known(p) 1 001 & 00000002 a 0000 | that many know; in all lands; "
            + "\"a known man\"; \"he is known\"  ");
    assertEquals(new Synset("adjective-00000001", PartOfSpeech.ADJECTIVE, List.of("well known", "known"),
        "that many know; in all lands", List.of("a known man", "he is known"), 7), synset);
    assertEquals("well known, known", synset.title());
  }

  @Test
  public void testWordCountIsHexadecimal() {
    String words = "word 0 ".repeat(16);
    assertEquals(16, parse("00000001 00 a 10 " + words + "000 | meaning").words().size());
  }

  @Test
  public void testQuotesInsideADefinitionStay() {
    Synset synset = parse("00000001 00 a 01 word 0 000 | as in \"a word\" and the like");
    assertEquals("as in \"a word\" and the like", synset.definition());
    assertEquals(List.of(), synset.examples());
    assertEquals("\"said so\"", parse("00000001 00 a 01 word 0 000 | \"said so\"").definition());
  }

  @Test
  public void testReadsAllOfWordNetMostUsedFirst() {
    List<Synset> synsets = WordNet.read();
    assertEquals(117_791, synsets.size());
    assertTrue(synsets.getFirst().uses() > synsets.get(1_000).uses());
    assertEquals(0, synsets.getLast().uses());

    Map<PartOfSpeech, Integer> counts = new EnumMap<>(PartOfSpeech.class);
    Set<String> ids = new HashSet<>();
    for (Synset synset : synsets.subList(0, 20_000)) {
      counts.merge(synset.partOfSpeech(), 1, Integer::sum);
      ids.add(synset.id());
      assertFalse(synset.id(), synset.definition().isBlank() || synset.words().isEmpty());
    }
    assertEquals(20_000, ids.size());
    for (PartOfSpeech partOfSpeech : PartOfSpeech.values()) {
      assertTrue(partOfSpeech + " " + counts, counts.get(partOfSpeech) > 500);
    }
  }

  @Test
  public void testHeldOutQueriesAreNotDefinitions() {
    List<Synset> synsets = WordNet.read();
    List<String> queries = HeldOutQueries.of(synsets, 200);
    assertEquals(200, new HashSet<>(queries).size());
    assertEquals(queries, HeldOutQueries.of(WordNet.read(), 200));
    for (Synset synset : synsets) {
      assertFalse(synset.id(), queries.contains(synset.definition()));
    }
  }
}
