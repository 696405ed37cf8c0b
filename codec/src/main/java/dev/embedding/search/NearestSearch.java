package dev.embedding.search;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocAndFloatFeatureBuffer;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopDocsCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TimeLimitingKnnCollectorManager;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.DiversifyingNearestChildrenKnnCollectorManager;
import org.apache.lucene.search.knn.KnnCollectorManager;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.search.knn.TopKnnCollectorManager;

import dev.embedding.codec.RescoreStrategy;

/**
 * One run of a {@link NearestQuery} over the segments of a reader.
 *
 * <p>Lucene's query brings the order of events: the filter first, segments in parallel with a beam for their share of
 * the documents, promising segments a second time, an exact scan where the filter leaves little. Added here: k apart
 * from the beam, a scan on demand, the best child of each parent, a time limit, and a note of what was done.
 */
final class NearestSearch extends KnnFloatVectorQuery {
  private static final TopDocs NONE = TopDocsCollector.EMPTY_TOPDOCS;

  private final NearestOptions options;
  private final BitSetProducer parents;
  private final QueryTimeout timeout;
  private final Map<Integer, NearestHits.Path> pathByLeaf = new ConcurrentHashMap<>();
  private ScoreDoc[] found = NONE.scoreDocs;

  NearestSearch(String field, float[] vector, NearestOptions options, Query filter, BitSetProducer parents,
      QueryTimeout timeout) {
    super(field, vector, options.exact() ? options.k() : options.candidates(), filter, strategy(options, parents));
    this.options = options;
    this.parents = parents;
    this.timeout = timeout;
  }

  /** The best child of each parent is found among all that the beam sees, so that none of its scores may be left out. */
  private static KnnSearchStrategy strategy(NearestOptions options, BitSetProducer parents) {
    return parents == null ? rescoring(options) : KnnSearchStrategy.Hnsw.DEFAULT;
  }

  private static RescoreStrategy rescoring(NearestOptions options) {
    return new RescoreStrategy(options.k(), options.oversample());
  }

  /** For the first search of a segment. */
  private RescoreStrategy sharing(LeafReaderContext context) {
    return rescoring(options).inSegment(context.parent == null
        ? 1
        : context.reader().maxDoc() / (float) context.parent.reader().maxDoc());
  }

  NearestHits search(IndexSearcher searcher) throws IOException {
    rewrite(new PlainSearcher(searcher));
    return new NearestHits(searcher.getIndexReader(), aboveMinScore(found), pathByLeaf);
  }

  private ScoreDoc[] aboveMinScore(ScoreDoc[] best) {
    int size = best.length;
    while (size > 0 && best[size - 1].score < options.minScore()) {
      size--;
    }
    return size == best.length ? best : Arrays.copyOf(best, size);
  }

  /** Called by the rewrite with the candidates of each segment: where the run's answer is taken. */
  @Override
  protected TopDocs mergeLeafResults(TopDocs[] perLeaf) {
    TopDocs merged = TopDocs.merge(options.k(), perLeaf);
    found = merged.scoreDocs.clone(); // the caller puts the array that it is given into the order of documents
    return merged;
  }

  /** As Lucene does it, but that k hits are enough, however wide the beam is. */
  @Override
  protected TopDocs searchLeaf(LeafReaderContext context, Weight filterWeight,
      TimeLimitingKnnCollectorManager collectors) throws IOException {
    TopDocs hits = hidesVectors(context) ? NONE : search(context, filterWeight, collectors);
    for (ScoreDoc hit : hits.scoreDocs) {
      hit.doc += context.docBase;
    }
    return hits;
  }

  private TopDocs search(LeafReaderContext context, Weight filterWeight, KnnCollectorManager collectors)
      throws IOException {
    AcceptDocs accepted = accepted(context, filterWeight);
    int cost = filterWeight == null ? Integer.MAX_VALUE - 1 : accepted.cost();
    if (options.exact() || cost <= options.k()) {
      return exactSearch(context, accepted.iterator(), timeout);
    }
    boolean isFirst = pathByLeaf.put(context.ord, NearestHits.Path.GRAPH) == null;
    int wanted = isFirst && parents == null ? (int) sharing(context).part(options.k()) : options.k();
    TopDocs hits = approximateSearch(context, accepted, cost + 1, collectors);
    boolean gaveUp = hits.totalHits.relation() != TotalHits.Relation.EQUAL_TO || hits.scoreDocs.length < wanted;
    return filterWeight != null && gaveUp && isTimeUp() == false
        ? exactSearch(context, accepted.iterator(), timeout)
        : best(wanted, hits);
  }

  /** Where a segment's hits are all among the best, it is searched again: so there must be no more than its share of them. */
  private static TopDocs best(int count, TopDocs hits) {
    return hits.scoreDocs.length <= count
        ? hits
        : new TopDocs(hits.totalHits, Arrays.copyOf(hits.scoreDocs, count));
  }

  private static AcceptDocs accepted(LeafReaderContext context, Weight filterWeight) throws IOException {
    LeafReader reader = context.reader();
    if (filterWeight == null) {
      return AcceptDocs.fromLiveDocs(reader.getLiveDocs(), reader.maxDoc());
    }
    return AcceptDocs.fromIteratorSupplier(() -> {
      Scorer scorer = filterWeight.scorer(context);
      return scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
    }, reader.getLiveDocs(), reader.maxDoc());
  }

  private boolean isTimeUp() {
    return timeout != null && timeout.shouldExit();
  }

  @Override
  protected TopDocs exactSearch(LeafReaderContext context, DocIdSetIterator accepted, QueryTimeout ignored)
      throws IOException {
    pathByLeaf.put(context.ord, NearestHits.Path.EXACT);
    FloatVectorValues values = context.reader().getFloatVectorValues(field);
    if (values == null || values.size() == 0) {
      FloatVectorValues.checkField(context.reader(), field);
      return NONE;
    }
    KnnCollector collector = getKnnCollectorManager(options.k(), null).newCollector(Integer.MAX_VALUE,
        getSearchStrategy(), context);
    VectorScorer.Bulk scorer = values.rescorer(target).bulk(accepted);
    DocAndFloatFeatureBuffer batch = new DocAndFloatFeatureBuffer();
    do {
      scorer.nextDocsAndScores(DocIdSetIterator.NO_MORE_DOCS, null, batch);
      for (int i = 0; i < batch.size; i++) {
        collector.collect(batch.docs[i], batch.features[i]);
      }
    } while (batch.size > 0 && collector.earlyTerminated() == false);
    return collector.topDocs();
  }

  /**
   * Whether there is nothing to find: the reader shows no such field, even if it gives access to its vectors; or no
   * parents, and then there are none of the nested documents either.
   */
  private boolean hidesVectors(LeafReaderContext context) throws IOException {
    return context.reader().getFieldInfos().fieldInfo(field) == null
        || (parents != null && parents.getBitSet(context) == null);
  }

  @Override
  protected KnnCollectorManager getKnnCollectorManager(int k, IndexSearcher searcher) {
    KnnCollectorManager collectors = parents == null
        ? new SharingCollectorManager(k, searcher)
        : new DiversifyingNearestChildrenKnnCollectorManager(k, parents, searcher);
    return timeout == null ? collectors : new PollingCollectorManager(collectors);
  }

  /** Makes collectors for a segment's share of the best. */
  private final class SharingCollectorManager extends TopKnnCollectorManager {

    SharingCollectorManager(int k, IndexSearcher searcher) {
      super(k, searcher);
    }

    @Override
    public KnnCollector newOptimisticCollector(int visitedLimit, KnnSearchStrategy strategy, LeafReaderContext context,
        int beam) {
      return super.newOptimisticCollector(visitedLimit, sharing(context), context, beam);
    }
  }

  /** Makes collectors that end when the time is up. Unlike Lucene's, it keeps the segments' shares of the beam. */
  private final class PollingCollectorManager implements KnnCollectorManager {
    private final KnnCollectorManager in;

    PollingCollectorManager(KnnCollectorManager in) {
      this.in = in;
    }

    @Override
    public KnnCollector newCollector(int visitedLimit, KnnSearchStrategy strategy, LeafReaderContext context)
        throws IOException {
      return new PollingCollector(in.newCollector(visitedLimit, strategy, context), timeout);
    }

    @Override
    public KnnCollector newOptimisticCollector(int visitedLimit, KnnSearchStrategy strategy, LeafReaderContext context,
        int k) throws IOException {
      return new PollingCollector(in.newOptimisticCollector(visitedLimit, strategy, context, k), timeout);
    }

    @Override
    public boolean isOptimistic() {
      return in.isOptimistic();
    }
  }
}
