package dev.embedding.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.HitQueue;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.IntsRefBuilder;

import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MaxSim;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;

/**
 * One run of a {@link MaxSimQuery} over the segments of a reader: the filter first; then, if it leaves more documents than
 * there may be candidates, those with the best encodings of all segments together; then these compared exactly.
 */
final class MaxSimSearch {
  /**
   * How many documents ahead of the one that is compared are asked for: as many as a disk answers at once, and not all of
   * them, as the first might have left the page cache again before they are compared.
   */
  static final int AHEAD = 32;

  private final String field;
  private final TokenVectors vectors;
  private final FixedDimensionalEncoder encoder;
  private final MaxSim maxSim;
  private final MaxSimOptions options;
  private final Query filter;
  private final QueryTimeout timeout;

  MaxSimSearch(String field, TokenVectors vectors, FixedDimensionalEncoder encoder, MaxSimOptions options, Query filter,
      QueryTimeout timeout) {
    this.field = field;
    this.vectors = vectors;
    this.encoder = encoder;
    this.maxSim = new MaxSim(vectors);
    this.options = options;
    this.filter = filter;
    this.timeout = timeout;
  }

  MaxSimHits search(IndexSearcher in) throws IOException {
    IndexSearcher searcher = new PlainSearcher(in);
    List<Segment> segments = segments(searcher);
    long accepted = 0;
    for (Segment segment : segments) {
      accepted += segment.accepted;
    }
    if (options.rerank() && accepted <= options.candidates()) {
      return new MaxSimHits(hits(searcher, best(options.k(), compareAll(searcher, segments))), null);
    }
    ScoreDoc[] found = candidates(searcher, segments);
    if (options.rerank() == false) {
      ScoreDoc[] best = Arrays.copyOf(found, Math.min(found.length, options.k()));
      return new MaxSimHits(hits(searcher, best), hits(searcher, found));
    }
    NearestHits candidates = hits(searcher, found);
    return new MaxSimHits(hits(searcher, best(options.k(), compare(searcher, segments, candidates))), candidates);
  }

  private static NearestHits hits(IndexSearcher searcher, ScoreDoc[] best) {
    return new NearestHits(searcher.getIndexReader(), best, Map.of());
  }

  /** A segment that shows the field, and the documents of it that may be found. */
  private static final class Segment {
    private final LeafReaderContext context;
    private final AcceptDocs docs;
    private final int accepted;

    private Segment(LeafReaderContext context, AcceptDocs docs, int accepted) {
      this.context = context;
      this.docs = docs;
      this.accepted = accepted;
    }
  }

  private List<Segment> segments(IndexSearcher searcher) throws IOException {
    Weight weight = filter == null
        ? null
        : searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
    List<Callable<Segment>> tasks = new ArrayList<>();
    for (LeafReaderContext context : searcher.getIndexReader().leaves()) {
      FieldInfos shown = context.reader().getFieldInfos();
      // The encodings are in a field of their own, which a reader that hides this one may still show.
      if (shown.fieldInfo(field) != null && shown.fieldInfo(MultiVectorField.encodingField(field)) != null) {
        tasks.add(() -> segment(context, weight));
      }
    }
    return searcher.getTaskExecutor().invokeAll(tasks);
  }

  private static Segment segment(LeafReaderContext context, Weight weight) throws IOException {
    LeafReader reader = context.reader();
    AcceptDocs docs = weight == null
        ? AcceptDocs.fromLiveDocs(reader.getLiveDocs(), reader.maxDoc())
        : AcceptDocs.fromIteratorSupplier(() -> {
          Scorer scorer = weight.scorer(context);
          return scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
        }, reader.getLiveDocs(), reader.maxDoc());
    return new Segment(context, docs, docs.cost());
  }

  /** The best by the encodings, best first. */
  private ScoreDoc[] candidates(IndexSearcher searcher, List<Segment> segments) throws IOException {
    float[] encoded = encoder.encodeQuery(vectors.normalized());
    List<Callable<TopDocs>> tasks = new ArrayList<>();
    for (Segment segment : segments) {
      tasks.add(() -> candidates(segment, encoded));
    }
    TopDocs[] found = searcher.getTaskExecutor().invokeAll(tasks).toArray(TopDocs[]::new);
    ScoreDoc[] best = TopDocs.merge(options.candidates(), found).scoreDocs;
    float withCentre = encoder.productWithCentre(encoded);
    for (ScoreDoc hit : best) {
      float product = Similarity.fromScore(MultiVectorField.ENCODING_SIMILARITY, hit.score) + withCentre;
      // of one repetition, so that it is on the scale of MaxSim
      hit.score = maxSim.score(product / encoder.options().repetitions());
    }
    return best;
  }

  private TopDocs candidates(Segment segment, float[] encoded) throws IOException {
    KnnCollector collector = new TopKnnCollector(Math.min(options.candidates(), segment.context.reader().maxDoc()),
        Integer.MAX_VALUE);
    segment.context.reader()
        .searchNearestVectors(
            MultiVectorField.encodingField(field), encoded,
            timeout == null ? collector : new PollingCollector(collector, timeout), segment.docs);
    TopDocs found = collector.topDocs();
    for (ScoreDoc hit : found.scoreDocs) {
      hit.doc += segment.context.docBase;
    }
    return found;
  }

  private List<Compared> compareAll(IndexSearcher searcher, List<Segment> segments) throws IOException {
    List<Callable<List<Compared>>> tasks = new ArrayList<>();
    for (Segment segment : segments) {
      tasks.add(() -> compare(segment.context, segment.docs.iterator()));
    }
    return run(searcher, tasks);
  }

  private List<Compared> compare(IndexSearcher searcher, List<Segment> segments, NearestHits candidates)
      throws IOException {
    List<Callable<List<Compared>>> tasks = new ArrayList<>();
    for (Segment segment : segments) {
      NearestHits.Leaf leaf = candidates.leaf(segment.context);
      if (leaf.size() > 0) {
        tasks.add(() -> compare(segment.context, leaf.iterator()));
      }
    }
    return run(searcher, tasks);
  }

  private List<Compared> run(IndexSearcher searcher, List<Callable<List<Compared>>> tasks) throws IOException {
    List<Compared> all = new ArrayList<>();
    for (List<Compared> ofSegment : searcher.getTaskExecutor().invokeAll(tasks)) {
      all.addAll(ofSegment);
    }
    return exact(all);
  }

  /**
   * A document that was compared by what is read first, the eight bits a number of its vectors.
   *
   * @param error how far MaxSim can be from it
   */
  private record Compared(LeafReaderContext context, int doc, float maxSim, float error) {}

  /** In the order of documents, which is that of the file. Ends early when the time is up. */
  private List<Compared> compare(LeafReaderContext context, DocIdSetIterator iterator) throws IOException {
    MaxSim.Scorer scorer = maxSim.scorer(context.reader(), field);
    IntsRefBuilder docs = new IntsRefBuilder();
    for (int doc = iterator.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = iterator.nextDoc()) {
      docs.append(doc);
    }
    List<Compared> compared = new ArrayList<>();
    int ahead = 0;
    for (int i = 0; i < docs.length() && isTimeUp() == false; i++) {
      for (; ahead < docs.length() && ahead < i + AHEAD; ahead++) {
        scorer.prefetchEstimate(docs.intAt(ahead));
      }
      float value = scorer.estimate(docs.intAt(i));
      if (Float.isNaN(value) == false) {
        compared.add(new Compared(context, docs.intAt(i), value, scorer.error()));
      }
    }
    return compared;
  }

  private boolean isTimeUp() {
    return timeout != null && timeout.shouldExit();
  }

  /** Compares those again in full precision that can be among the k best, where vectors are kept in full. */
  private List<Compared> exact(List<Compared> compared) throws IOException {
    double[] sure = new double[compared.size()];
    boolean isExact = true;
    for (int i = 0; i < sure.length; i++) {
      Compared document = compared.get(i);
      sure[i] = (double) document.maxSim - document.error;
      isExact &= document.error == 0;
    }
    if (isExact) {
      return compared;
    }
    Arrays.sort(sure);
    double bound = sure[Math.max(0, sure.length - options.k())];
    List<Compared> undecided = compared.stream()
        .filter(document -> (double) document.maxSim + document.error >= bound)
        .toList();
    List<Compared> exact = new ArrayList<>();
    for (int from = 0; from < undecided.size();) {
      LeafReaderContext context = undecided.get(from).context;
      int to = from + 1;
      while (to < undecided.size() && undecided.get(to).context == context) {
        to++;
      }
      exact.addAll(exact(context, undecided.subList(from, to)));
      from = to;
    }
    return exact;
  }

  private List<Compared> exact(LeafReaderContext context, List<Compared> documents) throws IOException {
    MaxSim.Scorer scorer = maxSim.scorer(context.reader(), field);
    List<Compared> exact = new ArrayList<>();
    int ahead = 0;
    for (int i = 0; i < documents.size(); i++) {
      for (; ahead < documents.size() && ahead < i + AHEAD; ahead++) {
        scorer.prefetchMaxSim(documents.get(ahead).doc);
      }
      int doc = documents.get(i).doc;
      exact.add(new Compared(context, doc, scorer.maxSim(doc), 0));
    }
    return exact;
  }

  /** Best first; of equals the first document. */
  private ScoreDoc[] best(int k, List<Compared> compared) {
    HitQueue queue = new HitQueue(Math.min(k, compared.size()), false);
    for (Compared document : compared) {
      queue.insertWithOverflow(
          new ScoreDoc(document.context.docBase + document.doc, maxSim.score(document.maxSim)));
    }
    ScoreDoc[] best = new ScoreDoc[queue.size()];
    for (int i = best.length - 1; i >= 0; i--) {
      best[i] = queue.pop();
    }
    return best;
  }
}
