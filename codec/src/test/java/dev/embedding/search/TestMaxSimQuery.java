package dev.embedding.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.codecs.asserting.AssertingCodec;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;

import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MaxSim;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;

/** Every answer is compared with a plain loop in double precision over all vectors that were indexed. */
public class TestMaxSimQuery extends LuceneTestCase {
  private static final String FIELD = "tokens";

  private int dimension;
  private int tokenBits;
  private FixedDimensionalEncoder encoder;
  private Directory directory;
  private IndexWriter writer;
  private final Map<Integer, TokenVectors> indexed = new HashMap<>();

  @Override
  public void setUp() throws Exception {
    super.setUp();
    dimension = TestUtil.nextInt(random(), 4, 40);
    tokenBits = random().nextBoolean() ? 8 : 32;
    float[] centre = random().nextBoolean() ? null : vectors(1).normalized().values();
    encoder = new FixedDimensionalEncoder(new EncodingOptions(4, 2, Math.min(8, dimension), 42), dimension, centre);
    directory = random().nextBoolean() ? newDirectory() : new MMapDirectory(createTempDir());
    writer = new IndexWriter(directory, config());
  }

  private static IndexWriterConfig config() {
    return new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE).setCodec(new SomeBlocksCodec());
  }

  /** Writes the doc values of some fields of some segments in the format for blocks, and others as Lucene does. */
  private static final class SomeBlocksCodec extends AssertingCodec {
    private final Random random = new Random(random().nextLong());

    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      return MultiVectorField.encodingFormat();
    }

    @Override
    public DocValuesFormat getDocValuesFormatForField(String field) {
      return random.nextBoolean() ? MultiVectorField.blocksFormat() : super.getDocValuesFormatForField(field);
    }
  }

  @Override
  public void tearDown() throws Exception {
    writer.close();
    directory.close();
    super.tearDown();
  }

  public void testEnoughCandidatesGiveTheExactAnswer() throws IOException {
    index(300, 70);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertTrue(reader.leaves().size() > 1);
      for (int k : new int[] {1, 10, 299, 1_000}) {
        TokenVectors query = vectors(TestUtil.nextInt(random(), 1, 40));
        assertBest(reader, query, k, id -> true, query(query, k, Math.max(300, k), null));
      }
    }
  }

  /** As many candidates as fit without all documents being compared, so that the encodings choose. */
  public void testCandidatesOfAllSegmentsAreComparedTogether() throws IOException {
    index(300, 70);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      TokenVectors query = vectors(5);
      List<Hit> found = hits(reader, query(query, 10, 299, null));
      assertEquals(10, found.size());
      Map<Integer, Float> exact = new HashMap<>();
      bruteForce(reader, query, id -> true).forEach(hit -> exact.put(hit.id, hit.score));
      for (int i = 0; i < found.size(); i++) {
        assertEquals(exact.get(found.get(i).id), found.get(i).score, 1e-5f);
        assertTrue(i == 0 || found.get(i - 1).score >= found.get(i).score);
      }
      assertEquals(12, new IndexSearcher(reader).count(query(query, 12, 12, null)));
    }
  }

  public void testFilterIsFilledUp() throws IOException {
    index(400, 90);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      TokenVectors query = vectors(7);
      for (int modulus : new int[] {1, 2, 10, 100}) {
        Query filter = IntPoint.newExactQuery("mod" + modulus, 0);
        IntPredicate accepted = id -> id % modulus == 0;
        assertBest(reader, query, 10, accepted, query(query, 10, 400, filter));
        List<Hit> few = hits(reader, query(query, 3, 3, filter));
        assertEquals(3, few.size());
        assertTrue(few.stream().allMatch(hit -> accepted.test(hit.id)));
      }
      assertEquals(0, hits(reader, query(query, 10, 400, MatchNoDocsQuery.INSTANCE)).size());
    }
  }

  public void testDeletedDocumentsNeverMatch() throws IOException {
    index(200, 50);
    for (int id = 0; id < 200; id += 2) {
      writer.deleteDocuments(new Term("id", "" + id));
    }
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      TokenVectors query = vectors(3);
      assertBest(reader, query, 20, id -> id % 2 == 1, query(query, 20, 300, null));
      assertEquals(100, new IndexSearcher(reader).count(query(query, 199, 199, null)));
    }
  }

  public void testAllDeleted() throws IOException {
    index(20, 10);
    writer.deleteAll();
    writer.addDocument(new Document());
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertEquals(0, new IndexSearcher(reader).count(query(vectors(3), 5, 5, null)));
    }
  }

  public void testEmptyIndexAndAbsentField() throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertEquals(0, new IndexSearcher(reader).count(query(vectors(3), 5, 5, null)));
    }
    writer.addDocument(new Document());
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      assertEquals(0, searcher.count(query(vectors(3), 5, 5, null)));
      assertFalse(searcher.explain(query(vectors(3), 5, 5, null), 0).isMatch());
    }
  }

  public void testDocumentsAndSegmentsWithoutTheFieldAndTheirMerge() throws IOException {
    writer.addDocument(new Document());
    writer.commit();
    index(60, 20);
    for (int i = 0; i < 20; i++) {
      writer.addDocument(new Document());
    }
    writer.commit();
    TokenVectors query = vectors(4);
    List<Hit> before;
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertBest(reader, query, 10, id -> true, query(query, 10, 100, null));
      before = hits(reader, query(query, 10, 30, null));
    }
    writer.close();
    writer = new IndexWriter(directory, config().setMergePolicy(newTieredMergePolicy()));
    writer.forceMerge(1);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertEquals(1, reader.leaves().size());
      assertBest(reader, query, 10, id -> true, query(query, 10, 100, null));
      List<Hit> after = hits(reader, query(query, 10, 30, null));
      assertEquals(before.stream().map(Hit::id).toList(), after.stream().map(Hit::id).toList());
    }
  }

  public void testEqualDocumentsComeInTheirOrder() throws IOException {
    TokenVectors same = vectors(6);
    for (int id = 0; id < 40; id++) {
      add(id, same);
      if (id % 15 == 14) {
        writer.commit();
      }
    }
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      List<Integer> found = hits(reader, query(vectors(4), 40, 40, null)).stream().map(Hit::id).toList();
      for (int id = 0; id < 40; id++) {
        assertEquals(id, (int) found.get(id));
      }
    }
  }

  public void testWithoutRerankScoresAreThoseOfTheEncodings() throws IOException {
    index(100, 30);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      TokenVectors query = vectors(5);
      MaxSimOptions options = new MaxSimOptions(20, 50, false);
      List<Hit> found = hits(reader, new MaxSimQuery(FIELD, query, encoder, options, null));
      assertEquals(20, found.size());
      float[] encoded = encoder.encodeQuery(query.normalized());
      for (Hit hit : found) {
        float[] document = encoder.encodeDocument(indexed.get(hit.id).normalized());
        double estimate = encoder.productWithCentre(encoded);
        for (int i = 0; i < encoded.length; i++) {
          estimate += encoded[i] * document[i];
        }
        assertEquals((5 + estimate / 4) / 2, hit.score, 1);
      }
    }
  }

  public void testOneVectorManyEqualVectorsAndZeros() throws IOException {
    add(0, vectors(1));
    TokenVectors one = vectors(1);
    float[][] many = new float[2_048][];
    Arrays.fill(many, one.values());
    add(1, TokenVectors.of(dimension, many));
    add(2, new TokenVectors(dimension, new float[3 * dimension]));
    add(3, new TokenVectors(dimension, new float[0]));
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      List<Hit> found = hits(reader, query(one, 10, 10, null));
      assertEquals(3, found.size());
      assertEquals(1, found.get(0).id);
      assertEquals(1, found.get(0).score, tokenBits == 8 ? 1e-3 : 1e-6);
      assertBest(reader, one, 10, id -> true, query(one, 10, 10, null));
      assertEquals(0.5f, score(found, 2), 0);
    }
  }

  private static float score(List<Hit> hits, int id) {
    return hits.stream().filter(hit -> hit.id == id).findAny().orElseThrow().score;
  }

  public void testHiddenDocumentsNeverMatchAndHiddenFieldsHaveNone() throws IOException {
    index(200, 60);
    TokenVectors query = vectors(3);
    try (DirectoryReader reader = new HidingReader(DirectoryReader.open(writer), false)) {
      assertBest(reader, query, 20, id -> id % 2 == 0, query(query, 20, 300, null));
      assertEquals(90, new IndexSearcher(reader).count(query(query, 90, 90, null)));
    }
    try (DirectoryReader reader = new HidingReader(DirectoryReader.open(writer), true)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      assertEquals(0, searcher.count(query(query, 20, 300, null)));
      assertEquals(0, searcher.count(query(query, 20, 20, null)));
      assertFalse(searcher.explain(query(query, 20, 20, null), 0).isMatch());
      Query all = new MaxSimScoreQuery(FIELD, query, MatchAllDocsQuery.INSTANCE);
      assertEquals(0, searcher.search(all, 1).scoreDocs[0].score, 0);
      assertEquals(0, searcher.explain(all, 0).getValue().floatValue(), 0);
    }
  }

  public void testATimeLimitEndsTheSearch() throws IOException {
    index(300, 150);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      AtomicInteger polls = new AtomicInteger();
      int limit = random().nextInt(200);
      MaxSimQuery query = new MaxSimQuery(FIELD, vectors(3), encoder, new MaxSimOptions(50, 100, true), null,
          r -> () -> polls.incrementAndGet() > limit);
      int found = new IndexSearcher(reader).count(query);
      assertTrue(polls.get() > 0);
      assertTrue(found <= 50);
      MaxSimQuery none = new MaxSimQuery(FIELD, vectors(3), encoder, new MaxSimOptions(50, 300, true), null,
          r -> () -> true);
      assertEquals(0, new IndexSearcher(reader).count(none));
    }
  }

  public void testExplanations() throws IOException {
    index(120, 40);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      TokenVectors vectors = vectors(3);
      for (MaxSimQuery query : List.of(query(vectors, 10, 30, null), query(vectors, 10, 200, null),
          new MaxSimQuery(FIELD, vectors, encoder, new MaxSimOptions(10, 30, false), null))) {
        CheckHits.checkExplanations(query, FIELD, searcher, true);
        ScoreDoc[] hits = searcher.search(query, 10).scoreDocs;
        String text = searcher.explain(query, hits[3].doc).toString();
        assertTrue(text, text.contains("4 = rank among the hits of the shard"));
        assertTrue(text, text.contains("MaxSim, computed as the sum of cosines from:"));
        assertTrue(text, text.contains("of the document, the most similar one to the query's ["));
      }
      Explanation explained = searcher.explain(query(vectors, 10, 30, null),
          searcher.search(query(vectors, 10, 30, null), 1).scoreDocs[0].doc);
      assertTrue(explained.toString(), explained.toString().contains("rank among the candidates by the encodings"));
      Query scored = new MaxSimScoreQuery(FIELD, vectors, IntPoint.newExactQuery("mod2", 0));
      CheckHits.checkExplanations(scored, FIELD, searcher, true);
    }
  }

  public void testIsAQuery() throws IOException {
    index(60, 20);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      TokenVectors vectors = vectors(3);
      QueryUtils.check(random(), query(vectors, 60, 70, null), searcher);
      QueryUtils.check(random(), new MaxSimScoreQuery(FIELD, vectors, IntPoint.newExactQuery("mod2", 0)), searcher);
      MaxSimQuery query = query(vectors, 60, 70, null);
      QueryUtils.checkEqual(query, query(TokenVectors.of(dimension, vectors.vector(0), vectors.vector(1),
          vectors.vector(2)), 60, 70, null));
      QueryUtils.checkUnequal(query, query(vectors(3), 60, 70, null));
      QueryUtils.checkUnequal(query, query(vectors, 60, 71, null));
      QueryUtils.checkUnequal(query, query(vectors, 60, 70, MatchAllDocsQuery.INSTANCE));
    }
  }

  public void testScoresTheHitsOfAnyQuery() throws IOException {
    index(200, 60);
    writer.addDocument(document(200, null));
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      TokenVectors query = vectors(4);
      Query inner = IntPoint.newExactQuery("mod10", 0);
      List<Hit> found = hits(reader, new MaxSimScoreQuery(FIELD, query, inner));
      List<Hit> expected = bruteForce(reader, query, id -> id % 10 == 0);
      assertSameHits(expected, found.subList(0, 20));
      assertEquals(new Hit(200, found.get(20).doc, 0), found.get(20));
    }
  }

  public void testMatchesSumUpToMaxSim() throws IOException {
    index(30, 30);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      LeafReaderContext leaf = reader.leaves().get(0);
      TokenVectors query = vectors(9);
      MaxSim.Scorer scorer = new MaxSim(query).scorer(leaf.reader(), FIELD);
      for (int doc = 0; doc < 30; doc++) {
        List<MaxSim.Match> matches = scorer.matches(doc);
        double sum = matches.stream().mapToDouble(MaxSim.Match::similarity).sum();
        assertEquals(scorer.maxSim(doc), sum, 1e-4);
        assertEquals(9, matches.stream().mapToInt(match -> match.queryVectors().size()).sum());
        for (int i = 1; i < matches.size(); i++) {
          assertTrue(matches.get(i - 1).similarity() >= matches.get(i).similarity());
        }
      }
    }
  }

  /** The eight bits differ from the floats by no more than the bound. */
  public void testEstimatesAreWithinTheirError() throws IOException {
    tokenBits = 32;
    index(50, 50);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      MaxSim.Scorer scorer = new MaxSim(vectors(9)).scorer(reader.leaves().get(0).reader(), FIELD);
      float largest = 0;
      for (int doc = 0; doc < 50; doc++) {
        float estimate = scorer.estimate(doc);
        float error = scorer.error();
        largest = Math.max(largest, Math.abs(estimate - scorer.maxSim(doc)));
        assertTrue(Math.abs(estimate - scorer.maxSim(doc)) <= error);
      }
      assertTrue(largest > 0);
    }
  }

  public void testVectorsComeBack() throws IOException {
    index(40, 20);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      for (LeafReaderContext context : reader.leaves()) {
        MultiVectorField.Reader vectors = MultiVectorField.reader(context.reader(), FIELD, dimension);
        for (int doc = 0; doc < context.reader().maxDoc(); doc++) {
          TokenVectors expected = indexed.get(id(context.reader(), doc));
          if (tokenBits == 32) {
            assertEquals(expected, vectors.vectors(doc));
          } else {
            assertArrayEquals(expected.values(), vectors.vectors(doc).values(), 0.05f);
          }
        }
      }
    }
  }

  public void testADamagedBlockIsSeen() throws IOException {
    Document document = new Document();
    MultiVectorField.fields(FIELD, vectors(3), encoder, 8).stream().skip(1).forEach(document::add);
    document.add(new BinaryDocValuesField(FIELD, new BytesRef(new byte[30])));
    writer.addDocument(document);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      expectThrows(CorruptIndexException.class,
          () -> new IndexSearcher(reader).count(query(vectors(3), 5, 5, null)));
    }
  }

  public void testAQueryOfAnotherDimension() throws IOException {
    index(3, 3);
    TokenVectors other = new TokenVectors(dimension + 1, new float[dimension + 1]);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      Query query = new MaxSimScoreQuery(FIELD, other, MatchAllDocsQuery.INSTANCE);
      IllegalArgumentException e = expectThrows(IllegalArgumentException.class,
          () -> new IndexSearcher(reader).search(query, 3));
      assertTrue(e.getMessage(), e.getMessage().contains("[" + FIELD + "]"));
    }
  }

  public void testOptions() {
    expectThrows(IllegalArgumentException.class, () -> new MaxSimOptions(0, 10, true));
    expectThrows(IllegalArgumentException.class, () -> new MaxSimOptions(10, 9, true));
    expectThrows(IllegalArgumentException.class, () -> new MaxSimOptions(10_001, 10_001, true));
    expectThrows(IllegalArgumentException.class, () -> new MaxSimOptions(10, 10_001, true));
    assertEquals(1_000, MaxSimOptions.ofK(1_000).candidates());
    expectThrows(IllegalArgumentException.class, () -> query(new TokenVectors(dimension, new float[0]), 1, 1, null));
    expectThrows(IllegalArgumentException.class, () -> MultiVectorField.fields(FIELD, vectors(1), encoder, 16));
  }

  private MaxSimQuery query(TokenVectors query, int k, int candidates, Query filter) {
    return new MaxSimQuery(FIELD, query, encoder, new MaxSimOptions(k, candidates, true), filter);
  }

  private TokenVectors vectors(int count) {
    float[] values = new float[count * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random().nextGaussian();
    }
    return new TokenVectors(dimension, values);
  }

  private void index(int documents, int perSegment) throws IOException {
    for (int id = 0; id < documents; id++) {
      add(id, vectors(TestUtil.nextInt(random(), 1, 30)));
      if (id % perSegment == perSegment - 1) {
        writer.commit();
      }
    }
  }

  private void add(int id, TokenVectors vectors) throws IOException {
    writer.addDocument(document(id, vectors));
  }

  private Document document(int id, TokenVectors vectors) {
    Document document = new Document();
    document.add(new StringField("id", "" + id, Field.Store.NO));
    document.add(new StoredField("id", "" + id));
    for (int modulus : new int[] {1, 2, 10, 100}) {
      document.add(new IntPoint("mod" + modulus, id % modulus));
    }
    if (vectors != null) {
      indexed.put(id, vectors);
      MultiVectorField.fields(FIELD, vectors, encoder, tokenBits).forEach(document::add);
    }
    return document;
  }

  private record Hit(int id, int doc, float score) {}

  private void assertBest(IndexReader reader, TokenVectors query, int k, IntPredicate accepted, Query maxSim)
      throws IOException {
    List<Hit> expected = bruteForce(reader, query, accepted);
    assertSameHits(expected.subList(0, Math.min(k, expected.size())), hits(reader, maxSim));
  }

  private static void assertSameHits(List<Hit> expected, List<Hit> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals("score at rank " + i, expected.get(i).score, found.get(i).score, 1e-5f * (1 + found.get(i).score));
    }
  }

  private static List<Hit> hits(IndexReader reader, Query query) throws IOException {
    List<Hit> hits = new ArrayList<>();
    for (ScoreDoc hit : new IndexSearcher(reader).search(query, 2_000).scoreDocs) {
      hits.add(new Hit(id(reader, hit.doc), hit.doc, hit.score));
    }
    return hits;
  }

  private static int id(IndexReader reader, int doc) throws IOException {
    String id = reader.storedFields().document(doc).get("id");
    return id == null ? -1 : Integer.parseInt(id);
  }

  /** By the vectors that came in, or with eight bits by those that are read back. */
  private List<Hit> bruteForce(IndexReader reader, TokenVectors query, IntPredicate accepted) throws IOException {
    List<Hit> all = new ArrayList<>();
    for (LeafReaderContext context : reader.leaves()) {
      Bits live = context.reader().getLiveDocs();
      MultiVectorField.Reader kept = MultiVectorField.reader(context.reader(), FIELD, dimension);
      for (int doc = 0; doc < context.reader().maxDoc(); doc++) {
        TokenVectors document = kept.vectors(doc);
        int id = id(context.reader(), doc);
        if (document != null && (live == null || live.get(doc)) && accepted.test(id)) {
          TokenVectors vectors = tokenBits == 8 ? document : indexed.get(id);
          double maxSim = oracle(query, vectors);
          all.add(new Hit(id, context.docBase + doc, (float) ((query.count() + maxSim) / 2)));
        }
      }
    }
    all.sort(Comparator.comparingDouble(hit -> -hit.score));
    return all;
  }

  private static double oracle(TokenVectors query, TokenVectors document) {
    double sum = 0;
    for (int i = 0; i < query.count(); i++) {
      double best = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < document.count(); j++) {
        best = Math.max(best, cosine(query.vector(i), document.vector(j)));
      }
      sum += best;
    }
    return sum;
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
    }
    return squaresA == 0 || squaresB == 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
  }

  /** Shows even documents only, or all but not the field. */
  private static final class HidingReader extends FilterDirectoryReader {
    private final boolean hidesField;

    HidingReader(DirectoryReader in, boolean hidesField) throws IOException {
      super(in, new SubReaderWrapper() {
        @Override
        public LeafReader wrap(LeafReader reader) {
          return new HidingLeaf(reader, hidesField);
        }
      });
      this.hidesField = hidesField;
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
      return new HidingReader(in, hidesField);
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return null;
    }
  }

  private static final class HidingLeaf extends FilterLeafReader {
    private final FixedBitSet visible;
    private final boolean hidesField;

    HidingLeaf(LeafReader in, boolean hidesField) {
      super(in);
      this.hidesField = hidesField;
      visible = new FixedBitSet(in.maxDoc());
      try {
        for (int doc = 0; doc < in.maxDoc(); doc++) {
          if (hidesField || id(in, doc) % 2 == 0) {
            visible.set(doc);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Bits getLiveDocs() {
      return visible;
    }

    @Override
    public FieldInfos getFieldInfos() {
      List<FieldInfo> shown = new ArrayList<>();
      for (FieldInfo info : in.getFieldInfos()) {
        if (hidesField == false || info.name.equals(FIELD) == false) {
          shown.add(info);
        }
      }
      return new FieldInfos(shown.toArray(FieldInfo[]::new));
    }

    @Override
    public BinaryDocValues getBinaryDocValues(String field) throws IOException {
      return hidesField && field.equals(FIELD) ? null : super.getBinaryDocValues(field);
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
