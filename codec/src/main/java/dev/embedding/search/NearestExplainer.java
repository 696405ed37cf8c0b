package dev.embedding.search;

import java.io.IOException;

import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.VectorScorer;

/** Says why a document is or is not among the nearest: its similarity, its score and which path found it. */
final class NearestExplainer {
  private final String field;
  private final float[] vector;
  private final NearestOptions options;

  NearestExplainer(String field, float[] vector, NearestOptions options) {
    this.field = field;
    this.vector = vector;
    this.options = options;
  }

  Explanation explain(NearestHits hits, LeafReaderContext context, int doc, float boost) throws IOException {
    FieldInfo info = context.reader().getFieldInfos().fieldInfo(field);
    Float score = info == null ? null : score(context, doc);
    if (score == null) {
      return Explanation.noMatch("no vector in field [" + field + "]");
    }
    int hit = hits.leaf(context).indexOf(doc);
    Explanation why = explainScore(info.getVectorSimilarityFunction(), hit < 0 ? score : hits.score(hit));
    if (hit < 0) {
      return Explanation.noMatch("not among the " + hits.size() + " hits found (" + options + ")", why);
    }
    Explanation rank = Explanation.match(hits.rank(hit), "rank among the hits of the shard");
    Explanation path = Explanation.match(1, "found by " + hits.path(context).description + ", " + options);
    if (boost == 1) {
      return Explanation.match(why.getValue(), why.getDescription(), why.getDetails()[0], rank, path);
    }
    return Explanation.match(
        hits.score(hit) * boost, "boosted, computed as score * boost from:", why, Explanation.match(boost, "boost"),
        rank, path);
  }

  private static Explanation explainScore(VectorSimilarityFunction function, float score) {
    return Explanation.match(
        score, "nearest by " + function + ", computed as " + Similarity.scale(function) + " from:",
        Explanation.match(Similarity.fromScore(function, score), similarityName(function)));
  }

  private static String similarityName(VectorSimilarityFunction function) {
    return switch (function) {
      case COSINE -> "cosine";
      case EUCLIDEAN -> "squared distance";
      case DOT_PRODUCT, MAXIMUM_INNER_PRODUCT -> "dot product";
    };
  }

  private Float score(LeafReaderContext context, int doc) throws IOException {
    FloatVectorValues values = context.reader().getFloatVectorValues(field);
    if (values == null) {
      return null;
    }
    VectorScorer scorer = values.rescorer(vector);
    return scorer.iterator().advance(doc) == doc ? scorer.score() : null;
  }
}
