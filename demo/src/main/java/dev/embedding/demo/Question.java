package dev.embedding.demo;

import java.util.List;

/**
 * What a user might ask.
 *
 * @param partOfSpeech what to find, or null for all
 * @param exact        whether to compare with every vector
 */
record Question(String text, PartOfSpeech partOfSpeech, boolean exact) {

  /** What a user of a dictionary might look for, who has the meaning and lacks the word. */
  static final List<Question> DOZEN = List.of( //
      plain("somebody who writes poems"), //
      plain("a place where you can borrow books"), //
      plain("money that you owe someone"), //
      plain("someone who fixes teeth"), //
      plain("heavenly body seen at night"), //
      plain("water falling from the sky"), //
      plain("a machine that does arithmetic"), //
      plain("to leave the ground like a bird"), //
      plain("very fast"), //
      only(PartOfSpeech.ADVERB, "very fast"), //
      only(PartOfSpeech.VERB, "very fast"), //
      exactly("a place where you can borrow books"));

  NearestRequest request(float[] vector, int k) {
    return NearestRequest.of(vector, k).only(partOfSpeech).exact(exact);
  }

  /** How it is asked, in a word or two. */
  String manner() {
    if (exact) {
      return "exact search";
    }
    return partOfSpeech == null ? "nearest" : "only " + partOfSpeech + "s";
  }

  /** Whether it asks for everything, and not for exactness. */
  boolean isPlain() {
    return exact == false && partOfSpeech == null;
  }

  private static Question plain(String text) {
    return new Question(text, null, false);
  }

  private static Question only(PartOfSpeech partOfSpeech, String text) {
    return new Question(text, partOfSpeech, false);
  }

  private static Question exactly(String text) {
    return new Question(text, null, true);
  }
}
