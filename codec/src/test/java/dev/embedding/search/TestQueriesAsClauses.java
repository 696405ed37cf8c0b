package dev.embedding.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.codecs.asserting.AssertingCodec;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.NamedThreadFactory;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;
import dev.embedding.relevance.CutOffs;
import dev.embedding.relevance.QueryCut;
import dev.embedding.search.RelevanceFilterQuery.Score;

/**
 * Our queries as clauses of one that runs its clauses itself, as a hybrid query does, which wants a score of each: it
 * rewrites them on other threads, makes scorers of a segment again, and pulls each by its iterator, window by window.
 */
public class TestQueriesAsClauses extends LuceneTestCase {
  private static final int DIMENSION = 8;
  private static final int DOCUMENTS = 300;
  private static final int THREADS = 3;
  private static final int WINDOW = 16;

  private final FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(new EncodingOptions(4, 2, DIMENSION, 42),
      DIMENSION, null);

  public void testEveryWayGivesTheSameHits() throws Exception {
    IndexWriterConfig config = new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE).setCodec(new Formats());
    try (Directory directory = newDirectory(); IndexWriter writer = new IndexWriter(directory, config)) {
      index(writer);
      try (DirectoryReader reader = DirectoryReader.open(writer);
          ExecutorService threads = Executors.newFixedThreadPool(THREADS, new NamedThreadFactory("clauses"))) {
        assertTrue(reader.leaves().size() > 1);
        float[] vector = vectors(1).values();
        TokenVectors tokens = vectors(3);
        List<Query> alone = queries(vector, tokens);
        List<Query> clauses = queries(vector, tokens);
        for (int i = 0; i < alone.size(); i++) {
          Map<Integer, Float> expected = hits(reader, alone.get(i));
          assertFalse(alone.get(i).toString(), expected.isEmpty());
          assertSameHits(expected, reader, clauses.get(i), threads);
        }
        assertSameHits(Map.of(), reader, relevant(nearest(vector), vector, 1, Score.RELEVANCE), threads);
      }
    }
  }

  private static final class Formats extends AssertingCodec {
    private final KnnVectorsFormat vectors = new QuantizedVectorsFormat(Quantizers.of("binary", 1));
    private final KnnVectorsFormat encodings = MultiVectorField.encodingFormat();

    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      return field.equals("vector") ? vectors : encodings;
    }
  }

  private void index(IndexWriter writer) throws IOException {
    for (int id = 0; id < DOCUMENTS; id++) {
      Document document = new Document();
      document.add(new StringField("id", "" + id, Field.Store.NO));
      document.add(new IntPoint("id", id));
      if (id % 5 != 0) {
        document.add(new KnnFloatVectorField("vector", vectors(1).values(), VectorSimilarityFunction.COSINE));
      }
      if (id % 7 != 0) {
        MultiVectorField.fields("tokens", vectors(TestUtil.nextInt(random(), 1, 5)), encoder, 8).forEach(document::add);
      }
      writer.addDocument(document);
      if (id % 90 == 89) {
        writer.commit();
      }
    }
    for (int id = 0; id < DOCUMENTS; id += 11) {
      writer.deleteDocuments(new Term("id", "" + id));
    }
  }

  /** Those of one call share nothing with those of another but the vectors. */
  private List<Query> queries(float[] vector, TokenVectors tokens) {
    Query some = IntPoint.newRangeQuery("id", 20, 250);
    Query relevant = relevant(nearest(vector), vector, 0, Score.RELEVANCE);
    return List.of(nearest(vector), new BoostQuery(nearest(vector), 2), relevant,
        relevant(some, vector, 0, Score.RELEVANCE), relevant(some, vector, 0, Score.ORIGINAL),
        new MaxSimQuery("tokens", tokens, encoder, new MaxSimOptions(60, 100, true), null),
        new MaxSimScoreQuery("tokens", tokens, some),
        new MaxSimScoreQuery("tokens", tokens, relevant(some, vector, 0, Score.RELEVANCE)));
  }

  private static NearestQuery nearest(float[] vector) {
    return new NearestQuery("vector", vector, new NearestOptions(80, 100, 0, false, 0), null);
  }

  private static Query relevant(Query query, float[] vector, double minCosine, Score score) {
    QueryCut cut = CutOffs.create("min_cosine", minCosine, null).on(vector);
    return new RelevanceFilterQuery(query, "vector", vector, VectorSimilarityFunction.COSINE, cut, score);
  }

  private static TokenVectors vectors(int count) {
    float[] values = new float[count * DIMENSION];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random().nextGaussian();
    }
    return new TokenVectors(DIMENSION, values);
  }

  private static Map<Integer, Float> hits(IndexReader reader, Query query) throws IOException {
    Map<Integer, Float> hits = new HashMap<>();
    for (ScoreDoc hit : new IndexSearcher(reader).search(query, DOCUMENTS).scoreDocs) {
      hits.put(hit.doc, hit.score);
    }
    return hits;
  }

  private static void assertSameHits(Map<Integer, Float> expected, IndexReader reader, Query query,
      ExecutorService threads) throws Exception {
    IndexSearcher searcher = new IndexSearcher(reader);
    Query rewritten = threads.submit(() -> searcher.rewrite(query)).get();
    Weight shared = searcher.createWeight(rewritten, ScoreMode.COMPLETE, 1);
    List<Callable<Map<Integer, Float>>> ways = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      ways.add(() -> byWindows(reader, shared));
      ways.add(() -> inBulk(reader, shared));
      ways.add(() -> byWindows(reader, searcher.createWeight(rewritten, ScoreMode.COMPLETE, 1)));
    }
    for (Future<Map<Integer, Float>> found : threads.invokeAll(ways)) {
      assertEquals(query.toString(), expected, found.get());
    }
  }

  private static Map<Integer, Float> byWindows(IndexReader reader, Weight weight) throws IOException {
    Map<Integer, Float> hits = new HashMap<>();
    for (LeafReaderContext context : reader.leaves()) {
      ScorerSupplier first = weight.scorerSupplier(context);
      ScorerSupplier second = weight.scorerSupplier(context);
      assertEquals(first == null, second == null);
      if (first != null) {
        Map<Integer, Float> found = pull(context, first.get(Long.MAX_VALUE));
        assertEquals(found, pull(context, second.get(Long.MAX_VALUE)));
        hits.putAll(found);
      }
    }
    return hits;
  }

  private static Map<Integer, Float> pull(LeafReaderContext context, Scorer scorer) throws IOException {
    Map<Integer, Float> hits = new HashMap<>();
    int maxDoc = context.reader().maxDoc();
    Bits live = context.reader().getLiveDocs();
    int doc = scorer.iterator().nextDoc();
    for (int from = 0; from < maxDoc; from += WINDOW) {
      DocIdSetIterator docs = scorer.iterator(); // asked for again: it stands where it was
      while (doc < Math.min(from + WINDOW, maxDoc)) {
        assertEquals(doc, scorer.docID());
        if (live == null || live.get(doc)) {
          hits.put(context.docBase + doc, scorer.score());
        }
        doc = docs.nextDoc();
      }
    }
    return hits;
  }

  private static Map<Integer, Float> inBulk(IndexReader reader, Weight weight) throws IOException {
    Map<Integer, Float> hits = new HashMap<>();
    for (LeafReaderContext context : reader.leaves()) {
      BulkScorer scorer = weight.bulkScorer(context);
      if (scorer != null) {
        scorer.score(new Hits(context.docBase, hits), context.reader().getLiveDocs(), 0, DocIdSetIterator.NO_MORE_DOCS);
      }
    }
    return hits;
  }

  private static final class Hits implements LeafCollector {
    private final int docBase;
    private final Map<Integer, Float> hits;
    private Scorable scorer;

    Hits(int docBase, Map<Integer, Float> hits) {
      this.docBase = docBase;
      this.hits = hits;
    }

    @Override
    public void setScorer(Scorable newScorer) {
      scorer = newScorer;
    }

    @Override
    public void collect(int doc) throws IOException {
      hits.put(docBase + doc, scorer.score());
    }
  }
}
