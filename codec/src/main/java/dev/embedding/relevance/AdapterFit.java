package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Trains one adapter: a few small networks, each stopped by other queries that are held out from it, merged into one
 * whose parameters are the mean of theirs. So every query is learned from, and no single split decides.
 *
 * <p>Judged queries are learned from twice: as they are, and with the nearest other judged queries hidden, for less
 * weight. Otherwise the network learns that a query far from all judged ones has no answer, and refuses what is new.
 */
final class AdapterFit {
  private static final int MEMBERS = 4;
  private static final int HIDDEN_UNITS = 32;
  private static final int PARTS = 5;
  private static final int MAX_EPOCHS = 60;
  private static final int PATIENCE = 8;
  private static final int BATCH = 32;
  private static final double RATE = 1e-3;
  private static final int MAX_JUDGED = 2048;
  private static final double NEW_WEIGHT = 0.25;
  private static final int MIN_HIDDEN = 5;
  private static final int MAX_HIDDEN = 20;

  /** How often {@link #train} calls its epoch listener at most. */
  static final int EPOCHS = MEMBERS * MAX_EPOCHS;

  private final List<JudgedQuery> queries;
  private final TrainerOptions options;
  private final Random random;
  private final QueryInputs inputs;
  private final int[] remembered;
  private final CosineCurve start;

  /** @param sample of documents, null if the options do without */
  AdapterFit(List<JudgedQuery> queries, VectorSample sample, TrainerOptions options) {
    this.queries = queries;
    this.options = options;
    this.random = new Random(options.seed());
    this.remembered = Arrays.copyOf(Folds.shuffled(queries.size(), random), Math.min(queries.size(), MAX_JUDGED));
    int dimension = queries.getFirst().vector().length;
    this.inputs = new QueryInputs(dimension, options.vector(), options.sample() ? sample : null,
        options.judged() ? remember() : null);
    this.start = PlattScaling.fit(options.map(), queries);
  }

  private JudgedMemory remember() {
    List<float[]> vectors = new ArrayList<>();
    float[] relevant = new float[remembered.length];
    float[] mean = new float[remembered.length];
    float[] low = new float[remembered.length];
    for (int i = 0; i < remembered.length; i++) {
      JudgedQuery query = queries.get(remembered[i]);
      vectors.add(query.vector());
      float[] cosines = query.relevantCosines();
      relevant[i] = cosines.length;
      if (cosines.length > 0) {
        mean[i] = (float) CosineStatistics.of(cosines).mean();
        low[i] = cosines[(int) (0.9 * (cosines.length - 1))];
      }
    }
    return new JudgedMemory(VectorSample.of(vectors), relevant, mean, low);
  }

  /** The curve of Platt's scaling, where all networks start. */
  CosineCurve start() {
    return start;
  }

  /** @param epoch run after each epoch, with how many of {@link #EPOCHS} are over */
  CosineAdapter train(IntConsumer epoch) {
    if (inputs.size() == 0) {
      return CosineAdapter.constant(inputs.dimension(), start, 0.5);
    }
    int[] rankOf = new int[queries.size()];
    Arrays.fill(rankOf, -1);
    for (int i = 0; i < remembered.length; i++) {
      rankOf[remembered[i]] = i;
    }
    float[][] known = new float[queries.size()][];
    float[][] asNew = new float[queries.size()][];
    for (int q = 0; q < known.length; q++) {
      int hidden = MIN_HIDDEN + random.nextInt(MAX_HIDDEN - MIN_HIDDEN);
      known[q] = inputs.of(queries.get(q).vector(), rankOf[q], 0);
      asNew[q] = options.judged() ? inputs.of(queries.get(q).vector(), rankOf[q], hidden)
          : null;
    }
    Normalization normalization = new Normalization(known);
    Folds parts = new Folds(queries.size(), Math.min(PARTS, queries.size()), random);
    List<AdapterNetwork> members = new ArrayList<>();
    List<Row> rows = rows(known, asNew, normalization);
    for (int member = 0; member < MEMBERS; member++) {
      int done = member * MAX_EPOCHS;
      members.add(train(rows, parts, member % parts.count(), i -> epoch.accept(done + i)));
    }
    return new CosineAdapter(inputs, options.map(), start.center(), start.scale(),
        AdapterNetwork.merge(members, normalization), 0.5);
  }

  /** What is learned from: a query's inputs and how much it counts. */
  private static final class Row {
    private final int query;
    private final float[] inputs;
    private final double weight;

    Row(int query, float[] inputs, double weight) {
      this.query = query;
      this.inputs = inputs;
      this.weight = weight;
    }
  }

  private static List<Row> rows(float[][] known, float[][] asNew, Normalization normalization) {
    List<Row> rows = new ArrayList<>();
    for (int q = 0; q < known.length; q++) {
      normalization.apply(known[q]);
      rows.add(new Row(q, known[q], 1));
      if (asNew[q] != null) {
        normalization.apply(asNew[q]);
        rows.add(new Row(q, asNew[q], NEW_WEIGHT));
      }
    }
    return rows;
  }

  private AdapterNetwork train(List<Row> rows, Folds parts, int heldOut, IntConsumer epoch) {
    boolean[] held = new boolean[queries.size()];
    for (int q : parts.members(heldOut)) {
      held[q] = true;
    }
    List<Row> learned = rows.stream().filter(row -> held[row.query] == false).toList();
    List<Row> stopping = rows.stream().filter(row -> held[row.query] && counts(row)).toList();
    AdapterNetwork network = new AdapterNetwork(start, inputs.size(), HIDDEN_UNITS, random);
    Adam adam = new Adam(network.weights().length, RATE);
    double[] best = network.weights().clone();
    double bestArea = prAuc(network, stopping);
    int bestEpoch = 0;
    for (int i = 1; i <= MAX_EPOCHS && i <= bestEpoch + PATIENCE; i++) {
      learn(network, adam, learned);
      double area = prAuc(network, stopping);
      if (area > bestArea) {
        bestArea = area;
        bestEpoch = i;
        best = network.weights().clone();
      }
      epoch.accept(i);
    }
    System.arraycopy(best, 0, network.weights(), 0, best.length);
    return network;
  }

  /** Of the queries made to look new, every fourth decides when to stop: as much as they count in learning. */
  private static boolean counts(Row row) {
    return row.weight == 1 || row.query % (int) (1 / NEW_WEIGHT) == 0;
  }

  private void learn(AdapterNetwork network, Adam adam, List<Row> rows) {
    int[] order = Folds.shuffled(rows.size(), random);
    for (int from = 0; from < order.length; from += BATCH) {
      int to = Math.min(from + BATCH, order.length);
      double pairs = 0;
      for (int i = from; i < to; i++) {
        JudgedQuery query = queries.get(rows.get(order[i]).query);
        for (int candidate = 0; candidate < query.size(); candidate++) {
          pairs += query.weight(candidate);
        }
      }
      if (pairs == 0) {
        continue;
      }
      network.clearGradient();
      for (int i = from; i < to; i++) {
        Row row = rows.get(order[i]);
        network.addGradient(row.inputs, queries.get(row.query), row.weight / pairs);
      }
      adam.step(network.weights(), network.gradient());
    }
  }

  private double prAuc(AdapterNetwork network, List<Row> rows) {
    List<JudgedQuery> judged = new ArrayList<>();
    float[][] logits = new float[rows.size()][];
    for (int r = 0; r < logits.length; r++) {
      judged.add(queries.get(rows.get(r).query));
      logits[r] = logits(network.curve(rows.get(r).inputs), judged.getLast());
    }
    return RelevanceMeasures.prAuc(judged, logits);
  }

  static float[] logits(CosineCurve curve, JudgedQuery query) {
    float[] logits = new float[query.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) curve.logit(query.cosine(i));
    }
    return logits;
  }
}
