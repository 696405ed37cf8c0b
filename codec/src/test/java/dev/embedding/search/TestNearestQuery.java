package dev.embedding.search;

import static org.apache.lucene.search.DocIdSetIterator.NO_MORE_DOCS;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.quantization.Quantizers;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.QueryBitSetProducer;
import org.apache.lucene.search.join.ScoreMode;
import org.apache.lucene.search.join.ToParentBlockJoinQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.VectorUtil;

/** Every answer is compared with a plain loop over all vectors. */
public class TestNearestQuery extends LuceneTestCase {
  private static final int DIMENSION = 8;

  private VectorSimilarityFunction similarity;
  private Directory directory;
  private IndexWriter writer;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    similarity = RandomPicks.randomFrom(random(), VectorSimilarityFunction.values());
    directory = newDirectory();
    writer = new IndexWriter(directory, config());
  }

  private static IndexWriterConfig config() {
    return new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE);
  }

  @Override
  public void tearDown() throws Exception {
    writer.close();
    directory.close();
    super.tearDown();
  }

  public void testFindsTheNearestOfAllSegments() throws IOException {
    index(300, 40);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertTrue(reader.leaves().size() > 1);
      float[] query = randomUnitVector();
      assertBest(reader, query, 10, doc -> true, new NearestQuery("vector", query, exact(10), null));
      assertBest(reader, query, 10, doc -> true, new NearestQuery("vector", query, wide(10), null));
    }
  }

  /** A segment is asked for its share of the best, and one that has all of them is asked again. */
  public void testAllOfTheBestInOneSegment() throws IOException {
    KnnVectorsFormat format = random().nextBoolean()
        ? new QuantizedVectorsFormat(Quantizers.of("scalar", 8))
        : new Lucene99HnswVectorsFormat();
    try (Directory other = newDirectory();
        IndexWriter codes = new IndexWriter(other, config().setCodec(TestUtil.alwaysKnnVectorsFormat(format)))) {
      float[] query = randomUnitVector();
      for (int id = 0; id < 2_000; id++) {
        Document document = new Document();
        document.add(new StringField("id", "" + id, Field.Store.YES));
        document.add(new KnnFloatVectorField("vector", vectorOf(id, query), similarity));
        codes.addDocument(document);
        if (id % 500 == 499) {
          codes.commit();
        }
      }
      try (DirectoryReader reader = DirectoryReader.open(codes)) {
        assertEquals(4, reader.leaves().size());
        assertBest(reader, query, 100, id -> true, new NearestQuery("vector", query, wide(100), null));
      }
    }
  }

  /** Those of the third segment of 500 are drawn to the query. */
  private static float[] vectorOf(int id, float[] query) {
    float[] vector = randomUnitVector();
    for (int i = 0; i < DIMENSION && id / 500 == 2; i++) {
      vector[i] += 2 * query[i];
    }
    return VectorUtil.l2normalize(vector);
  }

  public void testKIsFilledFromWhatTheFilterLeaves() throws IOException {
    index(400, 100);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = randomUnitVector();
      for (int modulus : new int[] {1, 2, 10, 100}) {
        Query filter = IntPoint.newExactQuery("mod" + modulus, 0);
        assertBest(reader, query, 10, id -> id % modulus == 0, new NearestQuery("vector", query, wide(10), filter));
        assertBest(reader, query, 10, id -> id % modulus == 0, new NearestQuery("vector", query, exact(10), filter));
      }
    }
  }

  public void testDeletedDocumentsNeverMatch() throws IOException {
    index(200, 50);
    for (int id = 0; id < 200; id += 2) {
      writer.deleteDocuments(new Term("id", "" + id));
    }
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = randomUnitVector();
      assertBest(reader, query, 20, id -> id % 2 == 1, new NearestQuery("vector", query, wide(20), null));
      assertBest(reader, query, 20, id -> id % 2 == 1, new NearestQuery("vector", query, exact(20), null));
    }
  }

  public void testAllDeleted() throws IOException {
    index(20, 10);
    for (int id = 0; id < 20; id++) {
      writer.deleteDocuments(new Term("id", "" + id));
    }
    writer.addDocument(new Document());
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertEquals(0, new IndexSearcher(reader).count(new NearestQuery("vector", randomUnitVector(), wide(5), null)));
    }
  }

  /** What a security plugin does: a reader that shows fewer live documents than there are. */
  public void testDocumentsHiddenByTheReaderNeverMatchAndKIsStillFilled() throws IOException {
    index(300, 60);
    try (DirectoryReader reader = hideOdd(DirectoryReader.open(writer))) {
      float[] query = randomUnitVector();
      assertBest(reader, query, 30, id -> id % 2 == 0, new NearestQuery("vector", query, wide(30), null));
      assertBest(reader, query, 30, id -> id % 2 == 0, new NearestQuery("vector", query, exact(30), null));
    }
  }

  public void testMinScoreDropsWhatIsBelow() throws IOException {
    index(200, 50);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = randomUnitVector();
      List<Hit> all = bruteForce(reader, query, id -> true);
      float minScore = all.get(4).score;
      TopDocs found = new IndexSearcher(reader)
          .search(
              new NearestQuery("vector", query, new NearestOptions(50, 200, 0, random().nextBoolean(), minScore), null),
              50);
      assertEquals(all.stream().filter(hit -> hit.score >= minScore).count(), found.scoreDocs.length);
    }
  }

  public void testMinScoreAboveAllLeavesNothing() throws IOException {
    index(50, 50);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      NearestOptions options = new NearestOptions(10, 100, 0, random().nextBoolean(), 1e9f);
      assertEquals(0, new IndexSearcher(reader).count(new NearestQuery("vector", randomUnitVector(), options, null)));
    }
  }

  public void testBestChildOfEachParent() throws IOException {
    indexParents(40, 5);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = randomUnitVector();
      BitSetProducer parents = new QueryBitSetProducer(new TermQuery(new Term("kind", "parent")));
      List<Hit> all = bruteForce(reader, query, id -> true);
      Set<Integer> seenParents = new HashSet<>();
      List<Hit> best = all.stream().filter(hit -> seenParents.add(hit.id / 5)).limit(10).toList();
      for (NearestOptions options : List.of(exact(10), new NearestOptions(10, 200, 0, false, 0))) {
        NearestQuery nearest = new NearestQuery("vector", query, options, null, parents, r -> null);
        IndexSearcher searcher = new IndexSearcher(reader);
        assertSameHits(best, hits(searcher, nearest, 100));
        Query join = new ToParentBlockJoinQuery(nearest, parents, ScoreMode.Max);
        assertEquals("k parents", 10, searcher.count(join));
      }
    }
  }

  public void testFieldInSomeSegmentsOnly() throws IOException {
    writer.addDocument(new Document());
    writer.commit();
    index(30, 10);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = randomUnitVector();
      assertBest(reader, query, 5, id -> true, new NearestQuery("vector", query, wide(5), null));
      assertEquals(0, new IndexSearcher(reader).count(new NearestQuery("absent", query, exact(5), null)));
      assertEquals(0, new IndexSearcher(reader).count(new NearestQuery("absent", query, wide(5), null)));
    }
  }

  public void testEmptyIndex() throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertEquals(0, new IndexSearcher(reader).count(new NearestQuery("vector", randomUnitVector(), wide(5), null)));
    }
  }

  public void testFilterThatMatchesNothing() throws IOException {
    index(30, 10);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      for (Query none : List.of(MatchNoDocsQuery.INSTANCE, new TermQuery(new Term("id", "no such")))) {
        NearestOptions options = random().nextBoolean() ? exact(5) : wide(5);
        assertEquals(0, new IndexSearcher(reader).count(new NearestQuery("vector", randomUnitVector(), options, none)));
      }
    }
  }

  public void testOneSearchServesScoringAndExplaining() throws IOException {
    index(100, 30);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      AtomicInteger searches = new AtomicInteger();
      NearestQuery query = new NearestQuery("vector", randomUnitVector(), wide(5), null, null, r -> {
        searches.incrementAndGet();
        return null;
      });
      IndexSearcher searcher = new IndexSearcher(reader);
      for (ScoreDoc hit : searcher.search(query, 5).scoreDocs) {
        searcher.explain(query, hit.doc);
      }
      assertEquals(1, searches.get());
      index(10, 10);
      try (DirectoryReader newer = DirectoryReader.open(writer)) {
        new IndexSearcher(newer).count(query);
      }
      assertEquals("another reader is searched anew", 2, searches.get());
    }
  }

  public void testExplainNamesSimilarityScoreAndPath() throws IOException {
    similarity = VectorSimilarityFunction.COSINE;
    index(100, 100);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      float[] query = randomUnitVector();
      IndexSearcher searcher = new IndexSearcher(reader);
      NearestQuery nearest = new NearestQuery("vector", query, exact(3), null);
      TopDocs top = searcher.search(nearest, 3);
      String text = searcher.explain(nearest, top.scoreDocs[1].doc).toString();
      assertTrue(text, text.contains("(1 + cosine) / 2"));
      assertTrue(text, text.contains("exact scan"));
      assertTrue(text, text.contains("2 = rank among the hits"));
      List<Hit> all = bruteForce(reader, query, id -> true);
      Explanation miss = searcher.explain(nearest, all.get(50).doc);
      assertFalse(miss.isMatch());
      assertTrue(miss.toString(), miss.toString().contains("not among the 3 hits"));
    }
  }

  public void testScoresAreExplained() throws IOException {
    index(60, 20);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      // k as large as the index: the check compares hits with those of each segment alone
      Query nearest = new NearestQuery("vector", randomUnitVector(), wide(60), null);
      IndexSearcher searcher = newSearcher(reader);
      CheckHits.checkExplanations(nearest, "id", searcher);
      QueryUtils.check(random(), nearest, searcher);
      BooleanQuery both = new BooleanQuery.Builder().add(nearest, Occur.SHOULD)
          .add(IntPoint.newExactQuery("mod2", 0), Occur.FILTER)
          .build();
      CheckHits.checkExplanations(both, "id", searcher);
    }
  }

  public void testTimeLimitEndsTheSearch() throws IOException {
    index(500, 500);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      for (NearestOptions options : List.of(exact(100), new NearestOptions(100, 500, 0, false, 0))) {
        AtomicInteger polls = new AtomicInteger();
        NearestQuery query = new NearestQuery("vector", randomUnitVector(), options, null, null, r -> () -> {
          polls.incrementAndGet();
          return true;
        });
        int found = new IndexSearcher(reader).count(query);
        assertTrue("found " + found, polls.get() > 0 && found < 500);
      }
    }
  }

  public void testCancellationIsThrownOutOfTheSearch() throws IOException {
    index(500, 500);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      for (NearestOptions options : List.of(exact(10), wide(10))) {
        NearestQuery query = new NearestQuery("vector", randomUnitVector(), options, null, null, r -> () -> {
          throw new IllegalStateException("cancelled");
        });
        expectThrows(IllegalStateException.class, () -> new IndexSearcher(reader).count(query));
      }
    }
  }

  public void testOptionsNameTheirRange() {
    assertMessage("[k] must be between 1 and 10000, got 0", () -> NearestOptions.ofK(0));
    assertMessage("[k] must be between 1 and 10000, got 10001", () -> NearestOptions.ofK(10_001));
    assertMessage("[candidates] must be between [k] (10) and 10000, got 9",
        () -> new NearestOptions(10, 9, 0, false, 0));
    assertMessage("[oversample] must be between 1 and 100.0", () -> new NearestOptions(1, 9, 0.5f, false, 0));
    assertMessage("[oversample] must be between 1 and 100.0", () -> new NearestOptions(1, 9, Float.NaN, false, 0));
    assertMessage("[min_score] must be a finite number", () -> new NearestOptions(1, 9, 0, false, Float.NaN));
    assertMessage("[min_score] must be a finite number", () -> new NearestOptions(1, 9, 0, false, -1));
  }

  public void testSimilarityInvertsTheScore() {
    float[] a = {0.6f, 0.8f};
    float[] b = {-0.28f, 0.96f};
    assertEquals(0.6f,
        Similarity.fromScore(VectorSimilarityFunction.COSINE, VectorSimilarityFunction.COSINE.compare(a, b)), 1e-6f);
    assertEquals(0.6f,
        Similarity.fromScore(VectorSimilarityFunction.DOT_PRODUCT, VectorSimilarityFunction.DOT_PRODUCT.compare(a, b)),
        1e-6f);
    assertEquals(0.8f,
        Similarity.fromScore(VectorSimilarityFunction.EUCLIDEAN, VectorSimilarityFunction.EUCLIDEAN.compare(a, b)),
        1e-6f);
    for (float scale : new float[] {-3, -0.5f, 0.5f, 3}) {
      float[] scaled = {b[0] * scale, b[1] * scale};
      float score = VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT.compare(a, scaled);
      assertEquals(0.6f * scale, Similarity.fromScore(VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT, score), 1e-5f);
    }
  }

  private static void assertMessage(String expected, org.junit.function.ThrowingRunnable call) {
    String message = expectThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message, message.startsWith(expected));
  }

  private static NearestOptions exact(int k) {
    return new NearestOptions(k, k, 0, true, 0);
  }

  /** A beam as wide as the whole index: an approximate search that misses nothing, but for what the graph cuts off. */
  private static NearestOptions wide(int k) {
    return new NearestOptions(k, 1000, 0, false, 0);
  }

  private void index(int documents, int perSegment) throws IOException {
    for (int id = 0; id < documents; id++) {
      Document document = new Document();
      document.add(new StringField("id", "" + id, Field.Store.YES));
      for (int modulus : new int[] {1, 2, 10, 100}) {
        document.add(new IntPoint("mod" + modulus, id % modulus));
      }
      document.add(new KnnFloatVectorField("vector", randomUnitVector(), similarity));
      writer.addDocument(document);
      if (id % perSegment == perSegment - 1) {
        writer.commit();
      }
    }
  }

  private void indexParents(int parents, int children) throws IOException {
    for (int parent = 0; parent < parents; parent++) {
      List<Document> block = new ArrayList<>();
      for (int child = 0; child < children; child++) {
        Document document = new Document();
        document.add(new StoredField("id", "" + (parent * children + child)));
        document.add(new KnnFloatVectorField("vector", randomUnitVector(), similarity));
        block.add(document);
      }
      Document document = new Document();
      document.add(new StringField("kind", "parent", Field.Store.NO));
      block.add(document);
      writer.addDocuments(block);
      if (parent % 15 == 14) {
        writer.commit();
      }
    }
  }

  private static float[] randomUnitVector() {
    float[] vector = new float[DIMENSION];
    double norm = 0;
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random().nextGaussian();
      norm += vector[i] * vector[i];
    }
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] /= (float) Math.sqrt(norm);
    }
    return vector;
  }

  private record Hit(int id, int doc, float score) {}

  private void assertBest(IndexReader reader, float[] query, int k, IntPredicate accepted, Query nearest)
      throws IOException {
    List<Hit> expected = bruteForce(reader, query, accepted);
    assertSameHits(expected.subList(0, Math.min(k, expected.size())), hits(new IndexSearcher(reader), nearest, 1000));
  }

  private static void assertSameHits(List<Hit> expected, List<Hit> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals("score at rank " + i, expected.get(i).score, found.get(i).score, 1e-5f);
    }
  }

  private static List<Hit> hits(IndexSearcher searcher, Query query, int size) throws IOException {
    StoredFields stored = searcher.storedFields();
    List<Hit> hits = new ArrayList<>();
    for (ScoreDoc hit : searcher.search(query, size).scoreDocs) {
      hits.add(new Hit(Integer.parseInt(stored.document(hit.doc).get("id")), hit.doc, hit.score));
    }
    return hits;
  }

  private List<Hit> bruteForce(IndexReader reader, float[] query, IntPredicate accepted) throws IOException {
    List<Hit> all = new ArrayList<>();
    for (LeafReaderContext context : reader.leaves()) {
      FloatVectorValues values = context.reader().getFloatVectorValues("vector");
      if (values == null) {
        continue;
      }
      Bits live = context.reader().getLiveDocs();
      KnnVectorValues.DocIndexIterator iterator = values.iterator();
      for (int doc = iterator.nextDoc(); doc != NO_MORE_DOCS; doc = iterator.nextDoc()) {
        int id = Integer.parseInt(context.reader().storedFields().document(doc).get("id"));
        if ((live == null || live.get(doc)) && accepted.test(id)) {
          all.add(new Hit(id, context.docBase + doc, similarity.compare(query, values.vectorValue(iterator.index()))));
        }
      }
    }
    all.sort(Comparator.comparingDouble(hit -> -hit.score));
    return all;
  }

  private static DirectoryReader hideOdd(DirectoryReader in) throws IOException {
    return new HidingReader(in);
  }

  private static final class HidingReader extends FilterDirectoryReader {
    HidingReader(DirectoryReader in) throws IOException {
      super(in, new SubReaderWrapper() {
        @Override
        public LeafReader wrap(LeafReader reader) {
          return new HidingLeaf(reader);
        }
      });
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
      return new HidingReader(in);
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return null;
    }
  }

  private static final class HidingLeaf extends FilterLeafReader {
    private final FixedBitSet visible;

    HidingLeaf(LeafReader in) {
      super(in);
      visible = new FixedBitSet(in.maxDoc());
      try {
        for (int doc = 0; doc < in.maxDoc(); doc++) {
          if (Integer.parseInt(in.storedFields().document(doc).get("id")) % 2 == 0) {
            visible.set(doc);
          }
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public Bits getLiveDocs() {
      return visible;
    }

    @Override
    public int numDocs() {
      return visible.cardinality();
    }

    @Override
    public CacheHelper getCoreCacheHelper() {
      return null;
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return null;
    }
  }
}
