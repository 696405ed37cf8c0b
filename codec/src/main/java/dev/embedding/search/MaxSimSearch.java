package dev.embedding.search;

import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MaxSim;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;

/** One run of a {@link MaxSimQuery} over the segments of a reader. */
final class MaxSimSearch {
  private final String field;
  private final MaxSim maxSim;
  private final MaxSimOptions options;
  private final NearestSearch candidates;

  MaxSimSearch(String field, TokenVectors vectors, FixedDimensionalEncoder encoder, MaxSimOptions options, Query filter,
      QueryTimeout timeout) {
    this.field = field;
    this.maxSim = new MaxSim(vectors);
    this.options = options;
    int wanted = options.rerank() ? options.candidates() : options.k();
    this.candidates = new NearestSearch(MultiVectorField.encodingField(field), encoder.encodeQuery(vectors),
        new NearestOptions(wanted, options.candidates(), 0, false, 0), filter, null, timeout);
  }

  NearestHits search(IndexSearcher searcher) throws IOException {
    if (isHidden(searcher.getIndexReader())) {
      return new NearestHits(searcher.getIndexReader(), new ScoreDoc[0], Map.of());
    }
    NearestHits found = candidates.search(searcher);
    if (!options.rerank()) {
      return found;
    }
    List<ScoreDoc> scored = new ArrayList<>();
    for (LeafReaderContext context : searcher.getIndexReader().leaves()) {
      NearestHits.HitIterator hits = found.leaf(context).iterator();
      MaxSim.Scorer scorer = maxSim.scorer(context.reader(), field);
      for (int doc = hits.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = hits.nextDoc()) {
        scored.add(new ScoreDoc(context.docBase + doc, maxSim.score(scorer.maxSim(doc))));
      }
    }
    scored.sort(Comparator.comparingDouble((ScoreDoc hit) -> -hit.score).thenComparingInt(hit -> hit.doc));
    ScoreDoc[] best = scored.stream().limit(options.k()).toArray(ScoreDoc[]::new);
    return new NearestHits(searcher.getIndexReader(), best, Map.of());
  }

  /** Whether no segment shows the field: then its encodings, which are in another one, are not to be searched either. */
  private boolean isHidden(IndexReader reader) {
    for (LeafReaderContext context : reader.leaves()) {
      if (context.reader().getFieldInfos().fieldInfo(field) != null) {
        return false;
      }
    }
    return true;
  }
}
