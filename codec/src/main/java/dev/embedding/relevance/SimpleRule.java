package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.List;

/** Scores candidates without having learned anything: what an adapter has to beat. */
enum SimpleRule {
  MIN_COSINE("min_cosine", false) {
    @Override
    float score(JudgedQuery query, int candidate, CosineStatistics sample) {
      return query.cosine(candidate);
    }
  },
  FIXED_K("fixed_k", false) {
    @Override
    float score(JudgedQuery query, int candidate, CosineStatistics sample) {
      return -1 - candidate;
    }
  },
  Z_SCORE("z_score", true) {
    @Override
    float score(JudgedQuery query, int candidate, CosineStatistics sample) {
      return (float) ((query.cosine(candidate) - sample.mean()) / sample.deviation());
    }
  },
  LIFT("lift", true) {
    @Override
    float score(JudgedQuery query, int candidate, CosineStatistics sample) {
      return (float) (query.cosine(candidate) - sample.mean());
    }
  };

  /** The name among the cut-offs, except for fixed_k, which is the k of a search. */
  final String ruleName;
  private final boolean needsSample;

  SimpleRule(String ruleName, boolean needsSample) {
    this.ruleName = ruleName;
    this.needsSample = needsSample;
  }

  abstract float score(JudgedQuery query, int candidate, CosineStatistics sample);

  /** The rules that can be used with a sample of documents, or without one if it is null. */
  static List<SimpleRule> usable(VectorSample sample) {
    List<SimpleRule> rules = new ArrayList<>();
    for (SimpleRule rule : values()) {
      if (sample != null || rule.needsSample == false) {
        rules.add(rule);
      }
    }
    return rules;
  }

  float[][] scores(List<JudgedQuery> queries, VectorSample sample) {
    float[][] scores = new float[queries.size()][];
    for (int q = 0; q < scores.length; q++) {
      JudgedQuery query = queries.get(q);
      CosineStatistics statistics = needsSample ? sample.of(query.vector()) : null;
      scores[q] = new float[query.size()];
      for (int i = 0; i < query.size(); i++) {
        scores[q][i] = score(query, i, statistics);
      }
    }
    return scores;
  }
}
