package dev.embedding.search;

import java.io.IOException;

import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.util.VectorUtil;

/** The cosines of a segment's documents with a query, on full precision; to be asked for by increasing document. */
abstract class HitCosines {
  /** The cosine of a document, NaN if it has no vector. */
  abstract float cosine(int doc) throws IOException;

  static HitCosines of(LeafReaderContext context, String field, float[] query, VectorSimilarityFunction similarity)
      throws IOException {
    FloatVectorValues values = context.reader().getFloatVectorValues(field);
    if (values == null || values.size() == 0) {
      FloatVectorValues.checkField(context.reader(), field);
      return new None();
    }
    return CosineScale.knows(similarity)
        ? new Scored(values.rescorer(query), new CosineScale(similarity, query))
        : new Computed(values, query);
  }

  private static final class None extends HitCosines {
    @Override
    float cosine(int doc) {
      return Float.NaN;
    }
  }

  /** By the field's own scorer, so that the scores are to the bit those that a search for the nearest gives. */
  private static final class Scored extends HitCosines {
    private final VectorScorer scorer;
    private final DocIdSetIterator docs;
    private final CosineScale scale;

    Scored(VectorScorer scorer, CosineScale scale) {
      this.scorer = scorer;
      this.docs = scorer.iterator();
      this.scale = scale;
    }

    @Override
    float cosine(int doc) throws IOException {
      return advance(docs, doc) ? scale.cosine(scorer.score()) : Float.NaN;
    }
  }

  /** From the vectors, where the similarity depends on their lengths. */
  private static final class Computed extends HitCosines {
    private final FloatVectorValues values;
    private final KnnVectorValues.DocIndexIterator docs;
    private final float[] query;
    private final float squaredNorm;

    Computed(FloatVectorValues values, float[] query) {
      this.values = values;
      this.docs = values.iterator();
      this.query = query;
      this.squaredNorm = VectorUtil.dotProduct(query, query);
    }

    @Override
    float cosine(int doc) throws IOException {
      return advance(docs, doc) ? cosine() : Float.NaN;
    }

    /** NaN for a vector that is all zeros. */
    private float cosine() throws IOException {
      float[] vector = values.vectorValue(docs.index());
      double norms = Math.sqrt(squaredNorm * (double) VectorUtil.dotProduct(vector, vector));
      return (float) Math.clamp(VectorUtil.dotProduct(query, vector) / norms, -1, 1);
    }
  }

  private static boolean advance(DocIdSetIterator docs, int doc) throws IOException {
    return (docs.docID() < doc ? docs.advance(doc) : docs.docID()) == doc;
  }
}
