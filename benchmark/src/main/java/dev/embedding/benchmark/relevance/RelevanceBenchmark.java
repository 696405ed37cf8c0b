package dev.embedding.benchmark.relevance;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import dev.embedding.relevance.AdapterTrainer;
import dev.embedding.relevance.CosineAdapter;
import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.RelevanceMeasures;
import dev.embedding.relevance.RuleMeasures;
import dev.embedding.relevance.TrainedAdapter;
import dev.embedding.relevance.TrainerOptions;
import dev.embedding.relevance.TrainingReport;

/**
 * The relevance filter on CLINC150 and NPL: held-out measures beside rules without training, what each input of the
 * adapter adds, and what training and one decision cost. Prints tables in Markdown and writes a picture of precision
 * against recall for each collection.
 *
 * <p>Arguments: the folder that has {@code relevance-clinc} and {@code relevance-npl}, and one for the pictures.
 */
public final class RelevanceBenchmark {
  private static final int FOLDS = 5;
  private static final String HEAD = """
      | rule | PR AUC | precision | recall | kept | no-answer queries empty | F1 |
      |---|---|---|---|---|---|---|""";

  private final Collection collection;
  private CosineAdapter trained;
  private CosineAdapter onVector;

  private RelevanceBenchmark(Collection collection) {
    this.collection = collection;
  }

  public static void main(String[] args) throws IOException {
    for (String name : List.of("relevance-clinc", "relevance-npl")) {
      Path folder = Path.of(args[0], name);
      if (Files.isRegularFile(folder.resolve("queries.i8")) == false) {
        System.out.println("Skipped: no queries.i8 in [" + folder + "]");
        continue;
      }
      new RelevanceBenchmark(Collection.read(folder)).run(Path.of(args[1]));
    }
  }

  private void run(Path pictures) throws IOException {
    HeldOut byQuery = heldOut("held out by query", 1, IntStream.range(0,
        collection.topics.length).toArray());
    Files.createDirectories(pictures);
    Path picture = pictures.resolve(collection.name + ".svg");
    Files.writeString(picture, Figure.of(collection.name, byQuery), StandardCharsets.UTF_8);
    System.out.println("\nPrecision against recall: " + picture);
    ablate();
    if (Arrays.stream(collection.topics).distinct().count() < collection.topics.length) {
      heldOut("held out by topic: no query of a judged topic is judged", 5, collection.topics);
    }
    measureDecision("default", trained);
    measureDecision("network on the vector alone, 128 units", onVector);
  }

  private HeldOut heldOut(String title, int seed, int[] groups) {
    HeldOut heldOut = new HeldOut(collection, folds(groups, seed), FOLDS, TrainerOptions.DEFAULT);
    print("\n### " + collection.name + ", " + title + "\n\n" + HEAD);
    HeldOut.RULES.forEach(rule -> print(heldOut.row(rule)));
    print(heldOut.row(HeldOut.RECOMMENDED));
    print(String.format(Locale.ROOT, "| best cut for each query alone | | | | | | %.3f |",
        RelevanceMeasures.ceilingF1(collection.queries)));
    print("\nThe reports of the " + FOLDS + " folds recommend " + heldOut.recommended());
    return heldOut;
  }

  /** A fold for each query; those of one group are together. */
  private static int[] folds(int[] groups, long seed) {
    Random random = new Random(seed);
    List<Integer> distinct = new ArrayList<>(Arrays.stream(groups).distinct().boxed().toList());
    Collections.shuffle(distinct, random);
    Map<Integer, Integer> foldOf = new HashMap<>();
    for (int i = 0; i < distinct.size(); i++) {
      foldOf.put(distinct.get(i), i % FOLDS);
    }
    return Arrays.stream(groups).map(foldOf::get).toArray();
  }

  /** Each row is the cross-validation of one training on all queries. */
  private void ablate() {
    print("\n### " + collection.name + ", what the adapter sees (cross-validated by query)\n\n" + HEAD);
    ablate("nothing (Platt)", CosineMap.LINEAR, false, false, false);
    onVector = ablate("vector (the paper's form)", CosineMap.LINEAR, true, false, false);
    ablate("sample", CosineMap.LINEAR, false, false, true);
    ablate("judged", CosineMap.LINEAR, false, true, false);
    trained = ablate("judged, sample (default)", CosineMap.LINEAR, false, true, true);
    ablate("vector, judged, sample", CosineMap.LINEAR, true, true, true);
    for (CosineMap map : List.of(CosineMap.SQUARE_ROOT, CosineMap.QUADRATIC, CosineMap.POWER)) {
      ablate("judged, sample; " + map.wireName + " map", map, false, true, true);
    }
  }

  private CosineAdapter ablate(String name, CosineMap map, boolean vector, boolean judged, boolean sample) {
    long start = System.nanoTime();
    long cpu = cpuNanos();
    TrainedAdapter result = AdapterTrainer.train(collection.queries, collection.sample,
        new TrainerOptions(map, vector, judged, sample, 0.95, 42), done -> {});
    double cpuSeconds = (cpuNanos() - cpu) / 1e9;
    double seconds = (System.nanoTime() - start) / 1e9;
    RuleMeasures measures = result.report().rule(TrainingReport.ADAPTER);
    print(row(name, measures.prAuc(), measures, measures.f1())
        + String.format(Locale.ROOT, " trained in %.1f s of one core (%.1f s elapsed)", cpuSeconds, seconds));
    return result.adapter();
  }

  static String row(String rule, double area, RuleMeasures measures, double f1) {
    return String.format(Locale.ROOT, "| %s | %s | %.3f | %.3f | %.3f | %s | %.3f |", rule, number(area),
        measures.precision(), measures.recall(), measures.kept(), number(measures.empty()), f1);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.3f", value);
  }

  /** The median over batches of the processor's time from a query's vector to its cut. */
  private void measureDecision(String name, CosineAdapter adapter) {
    double[] micros = new double[201];
    double sum = 0;
    for (int batch = 0; batch < 2 * micros.length; batch++) {
      long start = cpuNanos();
      for (int i = 0; i < 50; i++) {
        sum += adapter.on(collection.vectors.get((batch * 50 + i) % collection.vectors.size())).cosine();
      }
      micros[batch % micros.length] = (cpuNanos() - start) / 50e3;
    }
    Arrays.sort(micros);
    print(String.format(Locale.ROOT, "%n%s, %s: %.1f µs from vector to cut (%.1f–%.1f; mean cut %.3f)", collection.name,
        name, micros[micros.length / 2], micros[micros.length / 10], micros[micros.length * 9 / 10],
        sum / (100 * micros.length)));
  }

  /** Of this thread alone, as other work may share the machine. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void print(String line) {
    System.out.println(line);
  }
}
