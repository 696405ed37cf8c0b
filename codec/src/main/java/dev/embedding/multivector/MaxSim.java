package dev.embedding.multivector;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.util.VectorUtil;

/**
 * How well documents match a query of several vectors: the sum over the query's vectors of the cosine with the most similar
 * vector of the document (Khattab and Zaharia, "ColBERT", SIGIR 2020, equation 3). For n query vectors it lies between −n and
 * n. Query vectors that are all zeros add nothing.
 */
public final class MaxSim {

  private final TokenVectors query;

  /** @param query at least one vector */
  public MaxSim(TokenVectors query) {
    if (query.count() == 0) {
      throw new IllegalArgumentException("a query needs at least one vector");
    }
    this.query = query.normalized();
  }

  /** How many vectors the query has. */
  public int count() {
    return query.count();
  }

  /** The score of a hit: half of the sum of MaxSim and the number of query vectors, so that it is not negative and orders as MaxSim does. */
  public float score(float maxSim) {
    return Math.max(0, (count() + maxSim) / 2);
  }

  /** Scores the documents of a segment. Not thread-safe. */
  public Scorer scorer(LeafReader leaf, String field) throws IOException {
    return new Scorer(MultiVectorField.reader(leaf, field, query.dimension()));
  }

  /**
   * A vector of a document, and for which query vectors it is the most similar one.
   *
   * @param vector its position in the document
   * @param queryVectors their positions, ascending
   * @param similarity the sum of its cosines with them: what it adds to MaxSim
   */
  public record Match(int vector, List<Integer> queryVectors, float similarity) {}

  /** The documents of a segment, to be asked for by increasing document. */
  public final class Scorer {

    private final MultiVectorField.Reader reader;

    private Scorer(MultiVectorField.Reader reader) {
      this.reader = reader;
    }

    /** MaxSim of a document, or NaN if it has no vectors. */
    public float maxSim(int doc) throws IOException {
      TokenVectors document = reader.vectors(doc);
      if (document == null) {
        return Float.NaN;
      }
      float sum = 0;
      for (Best best : best(document)) {
        sum += best.similarity;
      }
      return sum;
    }

    /** The document's vectors that are the most similar to a query vector, those that add most first; none if it has none. */
    public List<Match> matches(int doc) throws IOException {
      TokenVectors document = reader.vectors(doc);
      if (document == null) {
        return List.of();
      }
      Best[] best = best(document);
      List<Match> matches = new ArrayList<>();
      for (int vector = 0; vector < document.count(); vector++) {
        List<Integer> queryVectors = new ArrayList<>();
        float sum = 0;
        for (int i = 0; i < best.length; i++) {
          if (best[i].vector == vector) {
            queryVectors.add(i);
            sum += best[i].similarity;
          }
        }
        if (!queryVectors.isEmpty()) {
          matches.add(new Match(vector, queryVectors, sum));
        }
      }
      matches.sort(Comparator.comparingDouble((Match match) -> -match.similarity()));
      return matches;
    }

    private Best[] best(TokenVectors document) {
      TokenVectors units = document.normalized();
      Best[] best = new Best[query.count()];
      for (int i = 0; i < best.length; i++) {
        float[] vector = query.vector(i);
        for (int j = 0; j < units.count(); j++) {
          float similarity = VectorUtil.dotProduct(vector, units.vector(j));
          if (best[i] == null || similarity > best[i].similarity) {
            best[i] = new Best(j, similarity);
          }
        }
      }
      return best;
    }
  }

  private record Best(int vector, float similarity) {}
}
