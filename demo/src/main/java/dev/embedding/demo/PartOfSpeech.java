package dev.embedding.demo;

import java.util.Locale;

/** What WordNet divides its words into. */
enum PartOfSpeech {
  NOUN("data.noun", "1"), VERB("data.verb", "2"),
  /** Also those that WordNet calls satellites of others, type 5. */
  ADJECTIVE("data.adj", "35"), ADVERB("data.adv", "4");

  private final String file;
  private final String senseTypes;

  PartOfSpeech(String file, String senseTypes) {
    this.file = file;
    this.senseTypes = senseTypes;
  }

  /** The file of WordNet that holds its synsets. */
  String file() {
    return file;
  }

  /** The part of speech with that type in WordNet's index of senses. */
  static PartOfSpeech ofSenseType(char type) {
    for (PartOfSpeech each : values()) {
      if (each.senseTypes.indexOf(type) >= 0) {
        return each;
      }
    }
    throw new IllegalArgumentException("unknown type of sense [" + type + "]");
  }

  /** As it is written in the index: {@code noun}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
