package dev.embedding.plugin.adapter;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;

import dev.embedding.relevance.AdapterTrainer;
import dev.embedding.relevance.JudgedQuery;

/** Finds the candidates of judged queries, and keeps of them what was judged. */
final class JudgedQueries {
  /** How many searches run at a time. */
  private static final int BATCH = 16;
  /** What the trainer needs for a candidate. */
  private static final long PAIR_BYTES = 64;

  private final SearchedField field;
  private final TrainingSpec spec;
  private final TrainingMemory memory;
  private final TrainingTask task;
  private final List<JudgedQuery> queries = new ArrayList<>();
  private long pairs;

  JudgedQueries(SearchedField field, TrainingSpec spec, TrainingMemory memory, TrainingTask task) {
    this.field = field;
    this.spec = spec;
    this.memory = memory;
    this.task = task;
  }

  /** @param judgements see {@link JudgementReader#read} */
  List<JudgedQuery> search(Map<FloatBuffer, Map<String, Double>> judgements) {
    List<float[]> vectors = judgements.keySet().stream().map(FloatBuffer::array).toList();
    for (int from = 0; from < vectors.size(); from += BATCH) {
      task.at("search", vectors.size(), from / (double) vectors.size());
      List<float[]> batch = vectors.subList(from, Math.min(from + BATCH, vectors.size()));
      List<List<SearchedField.Candidate>> found = field.candidates(batch, spec.candidates());
      for (int i = 0; i < batch.size(); i++) {
        add(batch.get(i), found.get(i), judgements.get(FloatBuffer.wrap(batch.get(i))));
      }
    }
    return queries;
  }

  /** Of a query without documents all candidates count as not relevant: that is what its judgement says. */
  private void add(float[] vector, List<SearchedField.Candidate> candidates, Map<String, Double> judged) {
    boolean isNegative = spec.judgements().negative() || judged.isEmpty();
    int size = 0;
    float[] cosines = new float[candidates.size()];
    float[] weights = new float[cosines.length];
    boolean[] relevant = new boolean[cosines.length];
    for (SearchedField.Candidate candidate : candidates) {
      Double weight = judged.get(candidate.id());
      if (weight == null ? isNegative : weight != 0) {
        cosines[size] = candidate.cosine();
        relevant[size] = weight != null && weight > 0;
        weights[size++] = weight == null ? 1 : (float) Math.abs(weight);
      }
    }
    reserve(size);
    boolean answered = judged.values().stream().anyMatch(weight -> weight > 0);
    if (size > 0) {
      queries.add(new JudgedQuery(vector, Arrays.copyOf(cosines, size),
          Arrays.copyOf(relevant, size), Arrays.copyOf(weights, size), answered));
    }
  }

  private void reserve(int size) {
    pairs += size;
    memory.reserve(size * PAIR_BYTES);
    if (pairs > AdapterTrainer.MAX_PAIRS) {
      throw new OpenSearchStatusException("more than " + AdapterTrainer.MAX_PAIRS
          + " judged candidates; take fewer queries or a smaller [candidates]", RestStatus.BAD_REQUEST);
    }
  }
}
