package dev.embedding.demo;

import java.util.List;

/**
 * What a user might ask.
 *
 * @param partOfSpeech what to find, or null for all
 * @param exact        whether to compare with every vector
 */
record Question(String text, PartOfSpeech partOfSpeech, boolean exact) {

  /** Few of these share a word with the definition that answers them. */
  static final List<Question> DOZEN = List.of( //
      plain("a doctor who looks after children"), //
      plain("money you have to pay to the government"), //
      plain("somebody who writes poems"), //
      plain("the fear of being in narrow places"), //
      plain("building where you can borrow books"), //
      plain("a small animal that catches mice"), //
      plain("not willing to spend money"), //
      plain("to leave the ground like a bird"), //
      plain("very fast"), //
      only(PartOfSpeech.ADVERB, "very fast"), //
      only(PartOfSpeech.VERB, "very fast"), //
      exactly("a doctor who looks after children"));

  NearestRequest request(float[] vector, int k) {
    return NearestRequest.of(vector, k).only(partOfSpeech).exact(exact);
  }

  /** How it is asked, in a word or two. */
  String manner() {
    String filter = partOfSpeech == null ? "nearest" : "only " + partOfSpeech + "s";
    return exact ? "exact" : filter;
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
