package dev.embedding.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Explanation;

import dev.embedding.multivector.MaxSim;
import dev.embedding.multivector.TokenVectors;

/** Says how well a document matches a query of several vectors, and which vectors of it do. */
final class MaxSimExplainer {
  private final String field;
  private final MaxSim maxSim;

  MaxSimExplainer(String field, TokenVectors vectors) {
    this.field = field;
    this.maxSim = new MaxSim(vectors);
  }

  /** Why a document is or is not among the hits of a search. */
  Explanation explain(MaxSimHits found, MaxSimOptions options, LeafReaderContext context, int doc, float boost)
      throws IOException {
    MaxSim.Scorer scorer = scorer(context);
    float value = scorer == null ? Float.NaN : scorer.maxSim(doc);
    if (Float.isNaN(value)) {
      return Explanation.noMatch("no vectors in field [" + field + "]");
    }
    List<Explanation> details = new ArrayList<>();
    details.add(maxSim(value, context, doc));
    addRank(details, found.candidates(), context, doc, options);
    int hit = found.hits().leaf(context).indexOf(doc);
    if (hit < 0) {
      return Explanation.noMatch("not among the " + found.hits().size() + " hits found (" + options + ")", details);
    }
    details.add(Explanation.match(found.hits().rank(hit), "rank among the hits of the shard"));
    return boosted(found.hits().score(hit), options.rerank() ? "MaxSim" : "estimate", boost, details);
  }

  private void addRank(List<Explanation> details, NearestHits candidates, LeafReaderContext context, int doc,
      MaxSimOptions options) {
    if (candidates == null) {
      details.add(Explanation.match(0, "no candidates: all accepted documents were compared exactly"));
      return;
    }
    int candidate = candidates.leaf(context).indexOf(doc);
    if (candidate < 0) {
      details.add(Explanation.noMatch("not among the " + options.candidates() + " candidates by the encodings"));
      return;
    }
    details.add(Explanation.match(maxSim.fromScore(candidates.score(candidate)), "estimate by the encoding"));
    details.add(Explanation.match(candidates.rank(candidate), "rank among the candidates by the encodings"));
  }

  /** The score of a hit of another query. */
  Explanation explainScore(LeafReaderContext context, int doc, float boost) throws IOException {
    MaxSim.Scorer scorer = scorer(context);
    float value = scorer == null ? Float.NaN : scorer.maxSim(doc);
    return Float.isNaN(value)
        ? Explanation.match(0, "no vectors in field [" + field + "]")
        : boosted(maxSim.score(value), "MaxSim", boost, List.of(maxSim(value, context, doc)));
  }

  /** Null if the segment shows no such field. */
  private MaxSim.Scorer scorer(LeafReaderContext context) throws IOException {
    return context.reader().getFieldInfos().fieldInfo(field) == null ? null : maxSim.scorer(context.reader(), field);
  }

  private Explanation boosted(float score, String what, float boost, List<Explanation> details) {
    String formula = "max_sim, computed as (" + maxSim.count() + " + " + what + ") / 2 from:";
    return boost == 1
        ? Explanation.match(score, formula, details)
        : Explanation.match(
            score * boost, "boosted, computed as score * boost from:", Explanation.match(score, formula, details),
            Explanation.match(boost, "boost"));
  }

  private Explanation maxSim(float value, LeafReaderContext context, int doc) throws IOException {
    List<Explanation> matches = new ArrayList<>();
    for (MaxSim.Match match : maxSim.scorer(context.reader(), field).matches(doc)) {
      matches.add(Explanation.match(
          match.similarity(), "vector " + match.vector() + " of the document, the most similar one to the query's "
              + match.queryVectors()));
    }
    return Explanation.match(value, "MaxSim, computed as the sum of cosines from:", matches);
  }
}
