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
import org.apache.lucene.search.TaskExecutor;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopDocsCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.DiversifyingNearestChildrenKnnCollectorManager;
import org.apache.lucene.search.knn.KnnCollectorManager;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.search.knn.TopKnnCollectorManager;

/**
 * One run of a {@link NearestQuery} over the segments of a reader.
 *
 * <p>Lucene's query brings the order of events: the filter first, segments in parallel with a beam for their share of
 * the documents, promising segments a second time, an exact scan where the filter leaves little. Added here: k apart
 * from the beam, a scan on demand, the best child of each parent, a time limit, and a note of what was done.
 */
final class NearestSearch extends KnnFloatVectorQuery {
  private static final TopDocs NONE = TopDocsCollector.EMPTY_TOPDOCS;
  /** A batch of the scan scores 64 vectors, an expansion of a graph's node at most 256: under 1,000 vectors a poll. */
  private static final int CALLS_PER_POLL = 4;

  private final NearestOptions options;
  private final BitSetProducer parents;
  private final QueryTimeout timeout;
  private final Map<Integer, NearestHits.Path> pathByLeaf = new ConcurrentHashMap<>();
  private ScoreDoc[] found = NONE.scoreDocs;

  NearestSearch(String field, float[] vector, NearestOptions options, Query filter, BitSetProducer parents,
      QueryTimeout timeout) {
    super(field, vector, options.exact() ? options.k() : options.candidates(), filter);
    this.options = options;
    this.parents = parents;
    this.timeout = timeout;
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

  @Override
  protected TopDocs approximateSearch(LeafReaderContext context, AcceptDocs acceptDocs, int visitedLimit,
      KnnCollectorManager collectors) throws IOException {
    if (options.exact()) {
      return exactSearch(context, acceptDocs.iterator(), timeout);
    }
    pathByLeaf.put(context.ord, NearestHits.Path.GRAPH);
    return hidesVectors(context) ? NONE : super.approximateSearch(context, acceptDocs, visitedLimit, collectors);
  }

  @Override
  protected TopDocs exactSearch(LeafReaderContext context, DocIdSetIterator accepted, QueryTimeout ignored)
      throws IOException {
    pathByLeaf.put(context.ord, NearestHits.Path.EXACT);
    FloatVectorValues values = context.reader().getFloatVectorValues(field);
    if (values == null || values.size() == 0 || hidesVectors(context)) {
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
        ? new TopKnnCollectorManager(k, searcher)
        : new DiversifyingNearestChildrenKnnCollectorManager(k, parents, searcher);
    return timeout == null ? collectors : new PollingCollectorManager(collectors);
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
      return new PollingCollector(in.newCollector(visitedLimit, strategy, context));
    }

    @Override
    public KnnCollector newOptimisticCollector(int visitedLimit, KnnSearchStrategy strategy, LeafReaderContext context,
        int k) throws IOException {
      return new PollingCollector(in.newOptimisticCollector(visitedLimit, strategy, context, k));
    }

    @Override
    public boolean isOptimistic() {
      return in.isOptimistic();
    }
  }

  /**
   * Searches as another does, but makes the weights of filters without it: a host may have it measure them, by timers
   * that belong to one thread, while the segments are searched by several.
   */
  private static final class PlainSearcher extends IndexSearcher {
    private final TaskExecutor executor;

    PlainSearcher(IndexSearcher in) {
      super(in.getTopReaderContext());
      executor = in.getTaskExecutor();
      setQueryCache(in.getQueryCache());
      setQueryCachingPolicy(in.getQueryCachingPolicy());
      setTimeout(in.getTimeout());
    }

    @Override
    public TaskExecutor getTaskExecutor() {
      return executor;
    }
  }

  private final class PollingCollector extends KnnCollector.Decorator {
    private int calls;
    private boolean timedOut;

    PollingCollector(KnnCollector in) {
      super(in);
    }

    @Override
    public boolean earlyTerminated() {
      if (timedOut == false && ++calls % CALLS_PER_POLL == 0) {
        timedOut = timeout.shouldExit();
      }
      return timedOut || super.earlyTerminated();
    }
  }
}
