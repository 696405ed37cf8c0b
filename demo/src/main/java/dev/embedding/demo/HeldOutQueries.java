package dev.embedding.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Text that is like the index's but not in it. */
final class HeldOutQueries {
  /** Shorter ones are half sentences. */
  private static final int SHORTEST = 20;

  private HeldOutQueries() {}

  /** Sentences from WordNet that show how a word is used; definitions are indexed without them. */
  static List<String> of(List<Synset> synsets, int count) {
    List<String> sentences = synsets.stream()
        .flatMap(synset -> synset.examples().stream())
        .filter(sentence -> sentence.length() >= SHORTEST)
        .distinct()
        .collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(sentences, new Random(42));
    return List.copyOf(sentences.subList(0, count));
  }
}
