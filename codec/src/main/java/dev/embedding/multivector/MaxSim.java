package dev.embedding.multivector;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.LeafReader;

/**
 * How well documents match a query of several vectors: the sum over the query's vectors of the cosine with the most similar
 * vector of the document (Khattab and Zaharia, "ColBERT", SIGIR 2020, equation 3). For n query vectors it lies between −n and
 * n. Vectors that are all zeros have the cosine 0 with all others.
 *
 * <p>Where documents keep their floats, these count; else the eight bits a number that are kept count as the document, and
 * nothing more is lost: the query stays in full precision. Thread-safe.
 */
public final class MaxSim {

  /** Numbers of a document that are compared at a time, few enough for the first cache. */
  private static final int CHUNK = 4_096;

  /** How far sums of floats may be off, for each query vector. */
  private static final float ROUNDING = 1e-5f;

  private final Kernel kernel = Kernels.best();
  private final TokenVectors query;
  /** The query's vectors as {@link Kernel#maxProducts} wants them, the last panel padded with zeros. */
  private final float[][] panels;

  /** @param query at least one vector */
  public MaxSim(TokenVectors query) {
    if (query.count() == 0) {
      throw new IllegalArgumentException("a query needs at least one vector");
    }
    this.query = query.normalized();
    int width = kernel.panel();
    int dimension = query.dimension();
    this.panels = new float[(query.count() + width - 1) / width][dimension * width];
    for (int vector = 0; vector < query.count(); vector++) {
      for (int i = 0; i < dimension; i++) {
        panels[vector / width][i * width + vector % width] = this.query.values()[vector * dimension + i];
      }
    }
  }

  /** How many vectors the query has. */
  public int count() {
    return query.count();
  }

  /**
   * The score of a hit: half of the sum of MaxSim and the number of query vectors, so that it is not negative and orders as
   * MaxSim does.
   */
  public float score(float maxSim) {
    return Math.max(0, (count() + maxSim) / 2);
  }

  /** MaxSim of the hit with a score. */
  public float fromScore(float score) {
    return 2 * score - count();
  }

  /** Compares documents of a segment with the query. Not thread-safe. */
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
    private final int chunk = Math.max(4, CHUNK / query.dimension() / 4 * 4);
    private final float[] best = new float[panels.length * kernel.panel()];
    private final float[] panelBest = new float[kernel.panel()];
    private final float[] rows = new float[chunk * query.dimension()];
    private final float[] factors = new float[chunk];
    private float error;

    private Scorer(MultiVectorField.Reader reader) {
      this.reader = reader;
    }

    /** MaxSim of a document, or NaN if it has no vectors. */
    public float maxSim(int doc) throws IOException {
      try {
        TokenVectors floats = reader.floats(doc);
        return floats == null ? compare(reader.block(doc)) : compare(floats);
      } catch (IllegalStateException e) {
        throw reader.closed(e);
      }
    }

    /**
     * MaxSim by eight bits a number, or NaN if the document has no vectors. It differs from {@link #maxSim} by at most the
     * {@link #error}.
     */
    public float estimate(int doc) throws IOException {
      try {
        return compare(reader.block(doc));
      } catch (IllegalStateException e) {
        throw reader.closed(e);
      }
    }

    /**
     * Has what {@link #estimate} needs of a document read in the background, where the segment's files can. By increasing
     * document, which may be ahead of those that are compared.
     */
    public void prefetchEstimate(int doc) throws IOException {
      reader.prefetchBlock(doc);
    }

    /** The same for what {@link #maxSim} needs beyond that. */
    public void prefetchMaxSim(int doc) throws IOException {
      reader.prefetchFloats(doc);
    }

    private float compare(TokenVectors floats) {
      Arrays.fill(best, Float.NEGATIVE_INFINITY);
      for (int from = 0; from < floats.count(); from += chunk) {
        int count = Math.min(chunk, floats.count() - from);
        System.arraycopy(floats.values(), from * floats.dimension(), rows, 0, count * floats.dimension());
        for (int i = 0; i < count; i++) {
          factors[i] = floats.inverseLength(from + i);
        }
        compare(count);
      }
      return sum();
    }

    private float compare(TokenBlock block) {
      if (block == null) {
        return Float.NaN;
      }
      error = block.error();
      Arrays.fill(best, Float.NEGATIVE_INFINITY);
      for (int from = 0; from < block.count(); from += chunk) {
        int count = Math.min(chunk, block.count() - from);
        kernel.widen(block.bytes(), block.row(from), count * block.dimension(), rows);
        block.inverseLengths(from, count, factors);
        compare(count);
      }
      return sum();
    }

    /** How far the last estimate can be from MaxSim: 0 if the document keeps no floats. */
    public float error() {
      return reader.keepsFloats() ? count() * (error + ROUNDING) : 0;
    }

    private void compare(int count) {
      for (int panel = 0; panel < panels.length; panel++) {
        System.arraycopy(best, panel * panelBest.length, panelBest, 0, panelBest.length);
        kernel.maxProducts(panels[panel], query.dimension(), rows, count, factors, panelBest);
        System.arraycopy(panelBest, 0, best, panel * panelBest.length, panelBest.length);
      }
    }

    private float sum() {
      double sum = 0;
      for (int i = 0; i < query.count(); i++) {
        sum += best[i];
      }
      return (float) sum;
    }

    /** The document's vectors that are the most similar to a query vector, those that add most first; none if it has none. */
    public List<Match> matches(int doc) throws IOException {
      TokenVectors document = reader.vectors(doc);
      if (document == null) {
        return List.of();
      }
      List<List<Integer>> queryVectors = new ArrayList<>();
      for (int vector = 0; vector < document.count(); vector++) {
        queryVectors.add(new ArrayList<>());
      }
      float[] similarities = new float[document.count()];
      TokenVectors units = document.normalized();
      for (int i = 0; i < query.count(); i++) {
        float[] products = products(units, i);
        int nearest = 0;
        for (int vector = 1; vector < products.length; vector++) {
          nearest = products[vector] > products[nearest] ? vector : nearest;
        }
        queryVectors.get(nearest).add(i);
        similarities[nearest] += products[nearest];
      }
      List<Match> matches = new ArrayList<>();
      for (int vector = 0; vector < document.count(); vector++) {
        if (!queryVectors.get(vector).isEmpty()) {
          matches.add(new Match(vector, queryVectors.get(vector), similarities[vector]));
        }
      }
      matches.sort(Comparator.comparingDouble((Match match) -> -match.similarity()));
      return matches;
    }

    private float[] products(TokenVectors units, int queryVector) {
      float[] vector = query.vector(queryVector);
      float[] products = new float[units.count()];
      for (int i = 0; i < products.length; i++) {
        products[i] = kernel.dot(vector, units.values(), i * units.dimension());
      }
      return products;
    }
  }
}
