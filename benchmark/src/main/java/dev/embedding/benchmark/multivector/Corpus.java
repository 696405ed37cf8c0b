package dev.embedding.benchmark.multivector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import dev.embedding.multivector.TokenVectors;

/**
 * Documents and queries as sets of vectors.
 *
 * @param documentTexts none if there are no texts
 * @param relevant for each query the relevant documents with their grades; none if nobody has judged
 */
record Corpus(String name, int dimension, List<TokenVectors> documents, List<TokenVectors> queries,
    List<String> documentTexts, List<String> queryTexts, List<Map<Integer, Integer>> relevant) {
  private static final int LIMIT_DOCUMENTS = 3_000;
  private static final int LIMIT_QUERIES = 1_000;
  private static final int LIMIT_ASKED = 200;
  private static final int LIMIT_ITEMS = 1_850;
  private static final int ITEMS_PER_DOCUMENT = 45;
  private static final int TOPIC_DOCUMENTS = 5_000;
  private static final int TOPIC_QUERIES = 150;

  /** Reads a folder of rows of signed bytes. */
  static Corpus read(Path folder, int dimension) throws IOException {
    List<String> queryLines = Files.readAllLines(folder.resolve("queries.tsv"));
    List<TokenVectors> queries = vectors(folder, "queries", dimension);
    return new Corpus(folder.getFileName().toString(), dimension, vectors(folder, "docs", dimension), queries,
        column(Files.readAllLines(folder.resolve("docs.tsv")), 3), column(queryLines, 2),
        judgements(folder, queryLines, queries.size()));
  }

  private static List<TokenVectors> vectors(Path folder, String name, int dimension) throws IOException {
    byte[] rows = Files.readAllBytes(folder.resolve(name + ".rows.i8"));
    ByteBuffer starts = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".start.i32")))
        .order(ByteOrder.LITTLE_ENDIAN);
    List<TokenVectors> all = new ArrayList<>();
    for (int i = 0; i + 1 < starts.capacity() / Integer.BYTES; i++) {
      int from = starts.getInt(i * Integer.BYTES) * dimension;
      float[] values = new float[starts.getInt((i + 1) * Integer.BYTES) * dimension - from];
      for (int j = 0; j < values.length; j++) {
        values[j] = rows[from + j];
      }
      all.add(new TokenVectors(dimension, values).normalized());
    }
    return all;
  }

  private static List<String> column(List<String> lines, int column) {
    return lines.stream().map(line -> line.split("\t", -1)[column]).toList();
  }

  private static List<Map<Integer, Integer>> judgements(Path folder, List<String> queryLines, int queries)
      throws IOException {
    List<Map<Integer, Integer>> relevant = new ArrayList<>();
    for (int i = 0; i < queries; i++) {
      relevant.add(new HashMap<>());
    }
    Path judged = folder.resolve("qrels.txt");
    if (Files.exists(judged)) {
      for (String line : Files.readAllLines(judged)) {
        String[] parts = line.trim().split("\\s+", -1);
        relevant.get(Integer.parseInt(parts[0])).put(Integer.parseInt(parts[2]), Integer.parseInt(parts[3]));
      }
    } else {
      for (int i = 0; i < queries; i++) {
        for (String document : queryLines.get(i).split("\t", -1)[3].trim().split("[ ,]+", -1)) {
          relevant.get(i).put(Integer.parseInt(document), 1);
        }
      }
    }
    return relevant;
  }

  /**
   * What one vector cannot do: each of 1,000 items is in two documents of 45 items, and is the query of these two; 200 are asked. Documents
   * have items with noise (a cosine of 0.95).
   *
   * @param common the cosine that any two vectors have by what is common to all
   */
  static Corpus limit(double common) {
    Random random = new Random(7);
    int dimension = 128;
    float[] mean = unit(random, dimension);
    float[][] items = new float[LIMIT_ITEMS][];
    Arrays.setAll(items, i -> unit(random, dimension));
    List<List<Integer>> has = new ArrayList<>();
    for (int i = 0; i < LIMIT_DOCUMENTS; i++) {
      has.add(new ArrayList<>());
    }
    List<Map<Integer, Integer>> relevant = new ArrayList<>();
    List<TokenVectors> queries = new ArrayList<>();
    for (int item = 0; item < LIMIT_QUERIES; item++) {
      int first = random.nextInt(LIMIT_DOCUMENTS);
      int second = (first + 1 + random.nextInt(LIMIT_DOCUMENTS - 1)) % LIMIT_DOCUMENTS;
      has.get(first).add(item);
      has.get(second).add(item);
      relevant.add(Map.of(first, 1, second, 1));
      queries.add(TokenVectors.of(dimension, mixed(items[item], mean, common)));
    }
    List<TokenVectors> documents = new ArrayList<>();
    for (List<Integer> of : has) {
      while (of.size() < ITEMS_PER_DOCUMENT) {
        of.add(LIMIT_QUERIES + random.nextInt(LIMIT_ITEMS - LIMIT_QUERIES));
      }
      documents.add(TokenVectors.of(dimension, of.stream()
          .map(item -> mixed(mixed(items[item], unit(random, dimension), 1 - 0.95 * 0.95), mean, common))
          .toArray(float[][]::new)));
    }
    return new Corpus("LIMIT-style, common cosine " + common, dimension, documents,
        queries.subList(0, LIMIT_ASKED), List.of(), List.of(), relevant.subList(0, LIMIT_ASKED));
  }

  /**
   * Vectors as of models that put all of them into a narrow cone: 5,000 documents of 60 vectors and 150 queries of 16. Each is about
   * three of 200 topics, and draws from the 20 words of a topic by Zipf's law. A word is a random direction mixed with its topic's
   * (0.4 of the squared length), a vector is its word with noise (0.2) and then with the one direction that all have in common.
   *
   * @param common the share of the squared length that is common to all, which is the cosine of vectors of unlike words
   */
  static Corpus anisotropic(double common) {
    Random random = new Random(8);
    int dimension = 128;
    float[] mean = unit(random, dimension);
    float[][] words = new float[4_000][];
    float[][] topics = new float[200][];
    Arrays.setAll(topics, i -> unit(random, dimension));
    Arrays.setAll(words, i -> mixed(unit(random, dimension), topics[i % topics.length], 0.4));
    List<TokenVectors> documents = new ArrayList<>();
    for (int i = 0; i < TOPIC_DOCUMENTS; i++) {
      documents.add(text(random, words, mean, common, 60));
    }
    List<TokenVectors> queries = new ArrayList<>();
    for (int i = 0; i < TOPIC_QUERIES; i++) {
      queries.add(text(random, words, mean, common, 16));
    }
    return new Corpus("topics, common cosine " + common, dimension, documents, queries, List.of(), List.of(),
        List.of());
  }

  private static TokenVectors text(Random random, float[][] words, float[] mean, double common, int length) {
    int[] topics = random.ints(3, 0, 200).toArray();
    float[][] vectors = new float[length][];
    for (int i = 0; i < length; i++) {
      int rank = (int) Math.min(19, Math.exp(random.nextDouble() * Math.log(20)) - 1);
      float[] word = words[topics[i % 3] + 200 * rank];
      vectors[i] = mixed(mixed(word, unit(random, mean.length), 0.2), mean, common);
    }
    return TokenVectors.of(mean.length, vectors);
  }

  private static float[] unit(Random random, int dimension) {
    float[] values = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new TokenVectors(dimension, values).normalized().values();
  }

  /** The direction of both, with the second having a share of the squared length. */
  private static float[] mixed(float[] first, float[] second, double share) {
    float[] values = new float[first.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (Math.sqrt(1 - share) * first[i] + Math.sqrt(share) * second[i]);
    }
    return new TokenVectors(first.length, values).normalized().values();
  }

  /** The mean of all vectors of the documents. */
  float[] mean() {
    double[] sum = new double[dimension];
    long count = 0;
    for (TokenVectors document : documents) {
      for (int i = 0; i < document.values().length; i++) {
        sum[i % dimension] += document.values()[i];
      }
      count += document.count();
    }
    float[] mean = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      mean[i] = (float) (sum[i] / count);
    }
    return mean;
  }

  /** Where recall says something: if queries have two answers and all else is noise, at two only. */
  int[] depths() {
    boolean hasTwoAnswers = relevant.isEmpty() == false && relevant.stream().allMatch(answers -> answers.size() == 2);
    return hasTwoAnswers ? new int[] {2} : new int[] {10, 100};
  }

  /** The same documents for the first of several queries. */
  Corpus firstQueries(int count) {
    return new Corpus(name, dimension, documents, queries.subList(0, count), documentTexts, queryTexts,
        relevant.isEmpty() ? relevant : relevant.subList(0, count));
  }

  int tokens() {
    return documents.stream().mapToInt(TokenVectors::count).sum();
  }
}
