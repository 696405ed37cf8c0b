package dev.embedding.search;

import java.util.ArrayList;
import java.util.List;

import org.apache.lucene.search.Explanation;

import dev.embedding.relevance.QueryCut;

/** Says why a document is or is not relevant enough: its cosine, what the cut was made of, its relevance. */
final class RelevanceExplainer {
  private final QueryCut cut;
  private final double smallest;

  /** @param smallest the cosine that is kept */
  RelevanceExplainer(QueryCut cut, double smallest) {
    this.cut = cut;
    this.smallest = smallest;
  }

  Explanation explain(float cosine, Explanation original, RelevanceFilterQuery.Score score, float boost) {
    List<Explanation> details = details(cosine);
    details.add(original);
    if (cosine < smallest) {
      return Explanation.noMatch("not relevant enough: cosine " + cosine + " is below the cut " + smallest, details);
    }
    if (original.isMatch() == false) {
      return Explanation.noMatch("relevant enough, but not a hit of the query inside", details);
    }
    if (score == RelevanceFilterQuery.Score.ORIGINAL) {
      return Explanation.match(original.getValue(), "relevant enough, computed as score of the query inside from:",
          details);
    }
    details.add(Explanation.match(boost, "boost"));
    return Explanation.match((float) cut.relevance(cosine) * boost,
        "relevant enough, computed as relevance * boost from:",
        details);
  }

  private List<Explanation> details(float cosine) {
    List<Explanation> details = new ArrayList<>();
    details.add(Explanation.match(cosine, "cosine"));
    details.add(Explanation.match(cut.relevance(cosine), "relevance, from the cosine and the parameters"));
    details.add(Explanation.match(Math.max(smallest, -1), "cut, the smallest cosine that is relevant enough"));
    cut.parameters().forEach((name, value) -> details.add(Explanation.match(value, "parameter " + name)));
    return details;
  }
}
