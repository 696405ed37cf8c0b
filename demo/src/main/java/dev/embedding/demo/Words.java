package dev.embedding.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Words with the definitions of their senses: WordNet's authors say which definitions answer a word. Some words have their
 * definitions left out of the index, so that nothing in it answers them.
 *
 * @param learned  words to learn from
 * @param others   words to try what was learned on
 * @param indexed  the definitions that are in the index
 */
record Words(List<Word> learned, List<Word> others, List<Synset> indexed) {
  /** One in so many words has no answer. */
  private static final int LEFT_OUT = 5;
  /** One in so many words is not learned from. */
  private static final int NOT_LEARNED = 3;

  /**
   * A word.
   *
   * @param senses the ids of its definitions in the index; none for a word whose definitions were left out
   */
  record Word(String text, List<String> senses) {}

  /** Draws words of some synsets. */
  static Words of(List<Synset> synsets, int count) {
    Map<String, List<String>> senses = new LinkedHashMap<>();
    for (Synset synset : synsets) {
      for (String word : synset.words()) {
        senses.computeIfAbsent(word.toLowerCase(Locale.ROOT), each -> new ArrayList<>()).add(synset.id());
      }
    }
    List<String> drawn = new ArrayList<>(senses.keySet());
    Collections.shuffle(drawn, new Random(42));
    drawn = drawn.subList(0, Math.min(count, drawn.size() / 4));
    Set<String> leftOut = new HashSet<>();
    for (int i = 0; i < drawn.size(); i += LEFT_OUT) {
      leftOut.addAll(senses.get(drawn.get(i)));
    }
    List<Word> learned = new ArrayList<>();
    List<Word> others = new ArrayList<>();
    for (int i = 0; i < drawn.size(); i++) {
      List<String> there = senses.get(drawn.get(i)).stream().filter(id -> leftOut.contains(id) == false).toList();
      (i % NOT_LEARNED == 0 ? others : learned).add(new Word(drawn.get(i), there));
    }
    return new Words(List.copyOf(learned), List.copyOf(others),
        synsets.stream().filter(synset -> leftOut.contains(synset.id()) == false).toList());
  }
}
