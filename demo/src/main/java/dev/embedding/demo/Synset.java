package dev.embedding.demo;

import java.util.List;

/**
 * Words that share one meaning.
 *
 * @param id         unique in WordNet, {@code noun-00002137}
 * @param definition without the usage examples
 * @param examples   sentences that use one of the words
 * @param uses       how often the authors of WordNet met this meaning in the texts that they annotated
 */
record Synset(String id, PartOfSpeech partOfSpeech, List<String> words, String definition, List<String> examples,
    int uses) {

  String title() {
    return String.join(", ", words);
  }
}
