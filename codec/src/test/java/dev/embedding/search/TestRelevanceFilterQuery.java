package dev.embedding.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.VectorUtil;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.relevance.CosineAdapter;
import dev.embedding.relevance.CosineCurve;
import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.CutOffs;
import dev.embedding.relevance.QueryCut;
import dev.embedding.search.RelevanceFilterQuery.Score;

/** Pushing the cut into the search gives what filtering afterwards gives, to the last hit. */
public class TestRelevanceFilterQuery extends LuceneTestCase {
  private static final int DIMENSION = 8;
  private static final int DOCUMENTS = 200;

  private VectorSimilarityFunction similarity;
  private Directory directory;
  private IndexWriter writer;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    similarity = RandomPicks.randomFrom(random(),
        List.of(VectorSimilarityFunction.COSINE, VectorSimilarityFunction.DOT_PRODUCT));
    directory = newDirectory();
    writer = new IndexWriter(directory, new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE));
  }

  @Override
  public void tearDown() throws Exception {
    writer.close();
    directory.close();
    super.tearDown();
  }

  public void testPushDownEqualsFilteringAfterwards() throws IOException {
    index();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      for (int i = 0; i < 15; i++) {
        float[] query = vector(random().nextBoolean() ? 1 : 3);
        NearestQuery nearest = nearest(query, 1 + random().nextInt(DOCUMENTS));
        QueryCut cut = randomCut(query);
        assertPushDownEqualsFilteringAfterwards(searcher, nearest, cut);
      }
    }
  }

  /** The search inside finds by codes, and misses some, but no others for the cut. */
  public void testPushDownEqualsFilteringAfterwardsOfAnApproximateSearch() throws IOException {
    int documents = 1_000;
    IndexWriterConfig config = new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE)
        .setCodec(TestUtil.alwaysKnnVectorsFormat(new QuantizedVectorsFormat(Quantizers.of("binary", 1))));
    try (Directory codes = newDirectory(); IndexWriter coded = new IndexWriter(codes, config)) {
      index(coded, documents, documents / 2);
      try (DirectoryReader reader = DirectoryReader.open(coded)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        for (int i = 0; i < 30; i++) {
          float[] query = vector(1);
          int k = 1 + random().nextInt(60);
          Query filter = random().nextBoolean() ? null : IntPoint.newExactQuery("parity", random().nextInt(2));
          NearestQuery nearest = new NearestQuery("vector", query,
              new NearestOptions(k, k + random().nextInt(20), random().nextBoolean() ? 0 : 1, false, 0), filter);
          assertPushDownEqualsFilteringAfterwards(searcher, nearest, randomCut(query));
        }
      }
    }
  }

  private void assertPushDownEqualsFilteringAfterwards(IndexSearcher searcher, NearestQuery nearest, QueryCut cut)
      throws IOException {
    Map<Integer, Float> expected = new HashMap<>();
    CosineScale scale = new CosineScale(similarity, nearest.vector());
    for (ScoreDoc hit : searcher.search(nearest, DOCUMENTS).scoreDocs) {
      float cosine = scale.cosine(hit.score);
      if (cosine >= cut.cosine()) {
        expected.put(hit.doc, (float) cut.relevance(cosine));
      }
    }
    assertEquals(expected, hits(searcher, RelevanceFilterQuery.of(nearest, similarity, cut, Score.RELEVANCE)));
    Query hidden = new ConstantScoreQuery(nearest); // not seen to be a search for the nearest: filtered afterwards
    assertEquals(expected, hits(searcher,
        new RelevanceFilterQuery(hidden, "vector", nearest.vector(), similarity, cut, Score.RELEVANCE)));
  }

  /** A cut that is exactly some document's cosine keeps this document, on both paths. */
  public void testACutAtADocumentKeepsIt() throws IOException {
    index();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      float[] query = vector(1);
      ScoreDoc[] all = searcher.search(nearest(query, DOCUMENTS), DOCUMENTS).scoreDocs;
      CosineScale scale = new CosineScale(similarity, query);
      for (int rank = 0; rank < all.length; rank += 7) {
        QueryCut cut = CutOffs.create("min_cosine", (double) scale.cosine(all[rank].score), null).on(query);
        int expected = rank + 1;
        while (expected < all.length && scale.cosine(all[expected].score) >= cut.cosine()) {
          expected++;
        }
        assertEquals(expected, searcher.count(RelevanceFilterQuery.of(nearest(query, DOCUMENTS), similarity, cut,
            Score.ORIGINAL)));
        assertEquals(expected, searcher.count(new RelevanceFilterQuery(MatchAllDocsQuery.INSTANCE, "vector", query,
            similarity, cut, Score.ORIGINAL)));
      }
    }
  }

  public void testMinScoreIsExact() {
    for (int i = 0; i < 10_000; i++) {
      CosineScale scale = new CosineScale(similarity, vector(random().nextBoolean() ? 1 : 1 + random().nextFloat()));
      double cut = random().nextDouble() * 2 - 1;
      float min = scale.minScore(cut);
      assertTrue(scale.cosine(min) >= cut);
      assertTrue(min == 0 || scale.cosine(Math.nextDown(min)) < cut);
    }
    CosineScale scale = new CosineScale(similarity, vector(1));
    assertEquals(0, scale.minScore(Double.NEGATIVE_INFINITY), 0);
    assertEquals(0, scale.minScore(-1), 0);
    assertEquals(1, scale.minScore(1), 1e-6);
  }

  public void testNothingCanBeRelevantEnough() throws IOException {
    index();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      AtomicInteger searches = new AtomicInteger();
      float[] query = vector(1);
      NearestQuery nearest = new NearestQuery("vector", query, NearestOptions.ofK(5), null, null, r -> {
        searches.incrementAndGet();
        return null;
      });
      QueryCut none = adapter(CosineMap.LINEAR, 2, -5).withThreshold(0.9).on(query);
      for (Query in : List.of(nearest, MatchAllDocsQuery.INSTANCE)) {
        Query filter = new RelevanceFilterQuery(in, "vector", query, similarity, none, Score.RELEVANCE);
        assertEquals(0, new IndexSearcher(reader).count(filter));
        Explanation miss = new IndexSearcher(reader).explain(filter, 0);
        assertFalse(miss.isMatch());
        for (String part : List.of("is below the cut 3.5", "= cosine", "relevance", "cut, the smallest cosine",
            "parameter a", "parameter min_relevance", "no cosine is relevant enough")) {
          assertTrue(miss.toString(), miss.toString().contains(part));
        }
      }
      assertEquals("not searched", 0, searches.get());
    }
  }

  public void testOwnMinScoreOfTheNearestStays() throws IOException {
    index();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      float[] query = vector(1);
      float third = searcher.search(nearest(query, 3), 3).scoreDocs[2].score;
      NearestQuery strict = new NearestQuery("vector", query, new NearestOptions(50, 200, 0, true, third), null);
      QueryCut loose = CutOffs.create("min_cosine", -1d, null).on(query);
      assertEquals(searcher.count(strict),
          searcher.count(RelevanceFilterQuery.of(strict, similarity, loose, Score.RELEVANCE)));
    }
  }

  public void testScores() throws IOException {
    index();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      float[] query = vector(1);
      CosineAdapter adapter = adapter(CosineMap.LINEAR, 5, 0);
      NearestQuery nearest = nearest(query, 20);
      Map<Integer, Float> original = hits(searcher, nearest);
      Query scored = RelevanceFilterQuery.of(nearest, similarity, adapter.on(query), Score.RELEVANCE);
      Query unscored = RelevanceFilterQuery.of(nearest, similarity, adapter.on(query), Score.ORIGINAL);
      hits(searcher, unscored).forEach((doc, score) -> assertEquals(original.get(doc), score, 0));
      CosineScale scale = new CosineScale(similarity, query);
      hits(searcher, new BoostQuery(scored, 3)).forEach((doc, score) -> assertEquals(
          3 * adapter.relevance(query, scale.cosine(original.get(doc))), score, 1e-5));
      hits(searcher, new BoostQuery(unscored, 3)).forEach((doc, score) -> assertEquals(3 * original.get(doc), score,
          1e-5));
    }
  }

  public void testGapLooksAtTheList() throws IOException {
    for (int i = 0; i < 10; i++) {
      Document document = new Document();
      document.add(new StringField("id", "" + i, Field.Store.YES));
      double angle = i < 4 ? i * 0.02 : 1 + i * 0.02;
      document.add(new KnnFloatVectorField("vector", new float[] {(float) Math.cos(angle), (float) Math.sin(angle)},
          similarity));
      writer.addDocument(document);
      if (i % 3 == 2) {
        writer.commit();
      }
    }
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      float[] query = {1, 0};
      QueryCut gap = CutOffs.create("gap", null, null).on(query);
      Query filter = RelevanceFilterQuery.of(nearest(query, 10), similarity, gap, Score.ORIGINAL);
      assertEquals(4, searcher.count(filter));
      CheckHits.checkExplanations(filter, "id", searcher);
    }
    float[] query = {1, 0};
    QueryCut gap = CutOffs.create("gap", null, null).on(query);
    String message = expectThrows(IllegalArgumentException.class,
        () -> new RelevanceFilterQuery(MatchAllDocsQuery.INSTANCE, "vector", query, similarity, gap, Score.ORIGINAL))
        .getMessage();
    assertTrue(message, message.contains("needs a [nearest] query of the same vector"));
  }

  public void testOtherSimilaritiesAreFilteredByTheCosineOfTheVectors() throws IOException {
    similarity = RandomPicks.randomFrom(random(),
        List.of(VectorSimilarityFunction.EUCLIDEAN, VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
    List<float[]> vectors = index();
    Document zero = new Document();
    zero.add(new KnnFloatVectorField("vector", new float[DIMENSION], similarity));
    writer.addDocument(zero); // has no cosine
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = vector(2);
      QueryCut cut = CutOffs.create("min_cosine", 0.2, null).on(query);
      long expected = vectors.stream().filter(vector -> VectorUtil.cosine(query, vector) >= 0.2f).count();
      IndexSearcher searcher = new IndexSearcher(reader);
      assertEquals(expected,
          searcher.count(RelevanceFilterQuery.of(nearest(query, DOCUMENTS), similarity, cut, Score.RELEVANCE)));
      assertEquals(expected, searcher.count(new RelevanceFilterQuery(MatchAllDocsQuery.INSTANCE, "vector", query,
          similarity, cut, Score.RELEVANCE)));
    }
  }

  public void testAroundAnyQueryOnlyItsHitsWithVectorsMatch() throws IOException {
    List<float[]> vectors = index();
    writer.addDocument(new Document());
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = vector(1);
      QueryCut cut = CutOffs.create("min_cosine", 0.1, null).on(query);
      int expected = 0;
      for (int id = 0; id < vectors.size(); id += 2) {
        expected += new CosineScale(similarity, query).cosine(similarity.compare(query, vectors.get(id))) >= 0.1 ? 1
            : 0;
      }
      Query filter = new RelevanceFilterQuery(IntPoint.newExactQuery("parity", 0), "vector", query, similarity, cut,
          Score.RELEVANCE);
      IndexSearcher searcher = new IndexSearcher(reader);
      assertEquals(expected, searcher.count(filter));
      QueryCut loose = CutOffs.create("min_cosine", -1d, null).on(query);
      assertEquals("a document without a vector is no hit", DOCUMENTS, searcher.count(
          new RelevanceFilterQuery(MatchAllDocsQuery.INSTANCE, "vector", query, similarity, loose, Score.RELEVANCE)));
      assertEquals("nor is any without the field", 0, searcher.count(
          new RelevanceFilterQuery(MatchAllDocsQuery.INSTANCE, "absent", query, similarity, loose, Score.RELEVANCE)));
    }
  }

  public void testScoresAreExplained() throws IOException {
    index(60);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = vector(1);
      QueryCut cut = adapter(CosineMap.LINEAR, 5, 0).on(query);
      for (Query in : List.of(nearest(query, DOCUMENTS), IntPoint.newExactQuery("parity", 0))) {
        for (Score score : Score.values()) {
          Query filter = new RelevanceFilterQuery(in, "vector", query, similarity, cut, score);
          IndexSearcher searcher = newSearcher(reader);
          CheckHits.checkExplanations(filter, "id", searcher);
          QueryUtils.check(random(), filter, searcher);
          Query both = new BooleanQuery.Builder().add(filter, Occur.SHOULD)
              .add(IntPoint.newExactQuery("parity", 0), Occur.FILTER)
              .build();
          CheckHits.checkExplanations(both, "id", searcher);
        }
      }
    }
  }

  public void testExplainNamesCosineParametersRelevanceAndCut() throws IOException {
    index();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = vector(1);
      IndexSearcher searcher = new IndexSearcher(reader);
      ScoreDoc[] all = searcher.search(nearest(query, DOCUMENTS), DOCUMENTS).scoreDocs;
      Query filter = RelevanceFilterQuery.of(nearest(query, DOCUMENTS), similarity,
          adapter(CosineMap.LINEAR, 5, 0).on(query), Score.RELEVANCE);
      String hit = searcher.explain(filter, all[0].doc).toString();
      for (String part : List.of("= cosine", "relevance", "cut, the smallest cosine", "parameter a", "parameter b",
          "parameter min_relevance", "nearest by")) {
        assertTrue(hit, hit.contains(part));
      }
      Explanation miss = searcher.explain(filter, all[DOCUMENTS - 1].doc);
      assertFalse(miss.isMatch());
      assertTrue(miss.toString(), miss.toString().contains("is below the cut"));
    }
  }

  public void testDeletedDocumentsNeverMatch() throws IOException {
    index();
    for (int id = 0; id < DOCUMENTS; id += 2) {
      writer.deleteDocuments(new Term("id", "" + id));
    }
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = vector(1);
      QueryCut loose = CutOffs.create("min_cosine", -1d, null).on(query);
      for (Query in : List.of(nearest(query, DOCUMENTS), MatchAllDocsQuery.INSTANCE)) {
        assertEquals(DOCUMENTS / 2, new IndexSearcher(reader)
            .count(new RelevanceFilterQuery(in, "vector", query, similarity, loose, Score.RELEVANCE)));
      }
    }
  }

  public void testEqualIfItDecidesEqually() {
    float[] query = vector(1);
    NearestQuery nearest = nearest(query, 5);
    QueryCut cut = CutOffs.create("min_cosine", 0.5, null).on(query);
    QueryCut other = CutOffs.create("min_cosine", 0.6, null).on(query);
    QueryUtils.checkEqual(RelevanceFilterQuery.of(nearest, similarity, cut, Score.RELEVANCE),
        RelevanceFilterQuery.of(nearest, similarity, CutOffs.create("min_cosine", 0.5, null).on(query),
            Score.RELEVANCE));
    QueryUtils.checkUnequal(RelevanceFilterQuery.of(nearest, similarity, cut, Score.RELEVANCE),
        RelevanceFilterQuery.of(nearest, similarity, other, Score.RELEVANCE));
    QueryUtils.checkUnequal(RelevanceFilterQuery.of(nearest, similarity, cut, Score.RELEVANCE),
        RelevanceFilterQuery.of(nearest, similarity, cut, Score.ORIGINAL));
    QueryUtils.checkUnequal(new RelevanceFilterQuery(new TermQuery(new Term("a", "b")), "vector", query, similarity,
        cut, Score.RELEVANCE), RelevanceFilterQuery.of(nearest, similarity, cut, Score.RELEVANCE));
  }

  public void testAZeroVectorIsRefused() {
    QueryCut cut = CutOffs.create("min_cosine", 0.5, null).on(new float[2]);
    expectThrows(IllegalArgumentException.class, () -> new RelevanceFilterQuery(MatchAllDocsQuery.INSTANCE, "vector",
        new float[2], similarity, cut, Score.RELEVANCE));
  }

  private QueryCut randomCut(float[] query) {
    return switch (random().nextInt(3)) {
      case 0 -> CutOffs.create("min_cosine", random().nextDouble() * 2 - 1, null).on(query);
      case 1 -> CutOffs.create("min_cosine", -1d, null).on(query);
      default -> adapter(RandomPicks.randomFrom(random(), CosineMap.values()), 1 + random().nextDouble() * 10,
          random().nextGaussian() * 2).withThreshold(0.3 + 0.4 * random().nextDouble()).on(query);
    };
  }

  private static CosineAdapter adapter(CosineMap map, double a, double b) {
    return CosineAdapter.constant(DIMENSION, new CosineCurve(map, a, b, 0.5, 0, 1), 0.5);
  }

  private static NearestQuery nearest(float[] query, int k) {
    return new NearestQuery("vector", query, new NearestOptions(k, DOCUMENTS, 0, random().nextBoolean(), 0), null);
  }

  private List<float[]> index() throws IOException {
    return index(DOCUMENTS);
  }

  private List<float[]> index(int documents) throws IOException {
    return index(writer, documents, 25);
  }

  private List<float[]> index(IndexWriter to, int documents, int inSegment) throws IOException {
    boolean unit = similarity == VectorSimilarityFunction.DOT_PRODUCT;
    List<float[]> vectors = new ArrayList<>();
    for (int id = 0; id < documents; id++) {
      Document document = new Document();
      document.add(new StringField("id", "" + id, Field.Store.YES));
      document.add(new IntPoint("parity", id % 2));
      vectors.add(vector(unit ? 1 : 0.5f + random().nextFloat()));
      document.add(new KnnFloatVectorField("vector", vectors.getLast(), similarity));
      to.addDocument(document);
      if (id % inSegment == inSegment - 1) {
        to.commit();
      }
    }
    return vectors;
  }

  private static float[] vector(float length) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    VectorUtil.l2normalize(vector);
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] *= length;
    }
    return vector;
  }

  private static Map<Integer, Float> hits(IndexSearcher searcher, Query query) throws IOException {
    Map<Integer, Float> hits = new HashMap<>();
    for (ScoreDoc hit : searcher.search(query, DOCUMENTS).scoreDocs) {
      hits.put(hit.doc, hit.score);
    }
    return hits;
  }
}
