package dev.embedding.benchmark.relevance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import org.apache.lucene.util.VectorUtil;

import dev.embedding.benchmark.SignedByteRows;
import dev.embedding.relevance.JudgedQuery;
import dev.embedding.relevance.VectorSample;

/** Documents, queries and judgements of a folder; each query with its exact best candidates. */
final class Collection {
  private static final int DIMENSION = 384;
  private static final int CANDIDATES = 100;
  private static final int SAMPLE = 128;

  final String name;
  final List<float[]> vectors = new ArrayList<>();
  final List<JudgedQuery> queries = new ArrayList<>();
  /** Of each query's candidates, largest first. */
  final List<float[]> cosines = new ArrayList<>();
  /** Queries of one topic have the same number. */
  final int[] topics;
  final VectorSample sample;

  private Collection(String name, float[][] documents, float[][] queryVectors, List<Set<Integer>> relevant,
      int[] topics) {
    this.name = name;
    this.topics = topics;
    this.sample = VectorSample.of(new Random(7).ints(0, documents.length)
        .distinct()
        .limit(Math.min(SAMPLE, documents.length))
        .mapToObj(row -> documents[row])
        .toList());
    for (int q = 0; q < queryVectors.length; q++) {
      vectors.add(queryVectors[q]);
      queries.add(judge(documents, queryVectors[q], relevant.get(q)));
    }
  }

  static Collection read(Path folder) throws IOException {
    float[][] documents = SignedByteRows.read(folder.resolve("docs.i8"), DIMENSION, Integer.MAX_VALUE);
    float[][] queries = SignedByteRows.read(folder.resolve("queries.i8"), DIMENSION, Integer.MAX_VALUE);
    List<Set<Integer>> relevant = new ArrayList<>();
    for (int q = 0; q < queries.length; q++) {
      relevant.add(new TreeSet<>());
    }
    for (String line : Files.readAllLines(folder.resolve("qrels.txt"), StandardCharsets.UTF_8)) {
      String[] parts = line.split(" ", -1);
      if (Integer.parseInt(parts[3]) > 0) {
        relevant.get(Integer.parseInt(parts[0])).add(Integer.parseInt(parts[2]));
      }
    }
    return new Collection(folder.getFileName().toString(), documents, queries, relevant, topics(folder));
  }

  /** In CLINC150 ten queries in a row have one intent, but for those out of scope; elsewhere each is its own topic. */
  private static int[] topics(Path folder) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("queries.tsv"), StandardCharsets.UTF_8);
    return IntStream.range(0, lines.size()).map(row -> {
      String kind = lines.get(row).split("\t", -1)[1];
      return kind.equals("val") || kind.equals("val-absent") ? row / 10 : lines.size() + row;
    }).toArray();
  }

  private JudgedQuery judge(float[][] documents, float[] query, Set<Integer> relevant) {
    float[] all = new float[documents.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = VectorUtil.dotProduct(query, documents[i]);
    }
    int[] best = IntStream.range(0, all.length)
        .boxed()
        .sorted((a, b) -> Float.compare(all[b], all[a]))
        .limit(CANDIDATES)
        .mapToInt(Integer::intValue)
        .toArray();
    float[] bestCosines = new float[best.length];
    boolean[] isRelevant = new boolean[best.length];
    for (int i = 0; i < best.length; i++) {
      bestCosines[i] = all[best[i]];
      isRelevant[i] = relevant.contains(best[i]);
    }
    cosines.add(bestCosines);
    return new JudgedQuery(query, bestCosines, isRelevant, null, relevant.isEmpty() == false);
  }
}
