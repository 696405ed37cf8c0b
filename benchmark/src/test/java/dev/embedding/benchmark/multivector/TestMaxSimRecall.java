package dev.embedding.benchmark.multivector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.util.VectorUtil;

import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;
import dev.embedding.search.MaxSimOptions;
import dev.embedding.search.MaxSimQuery;

/** What {@code max_sim} must find at least. Real documents are read from the folder {@code -Dbenchmark.data}. */
public class TestMaxSimRecall extends LuceneTestCase {
  private static final String FIELD = "tokens";

  /** Whatever the hyperplanes. Truth is MaxSim of the vectors that came in. */
  public void testFivePercentOfRealDocumentsAreEnough() throws IOException {
    Path folder = folder("multi-npl");
    Corpus corpus = Corpus.read(folder, 64);
    List<int[]> truth = truth(folder, corpus.queries().size());
    int candidates = corpus.documents().size() / 20;
    for (long seed : new long[] {42, 1, 2, 3}) {
      List<int[]> found = search(corpus, encoder(corpus, seed), 100, candidates);
      assertAtLeast("recall@10 with seed " + seed, 0.98, recall(truth, found, 10));
      assertAtLeast("recall@100 with seed " + seed, 0.95, recall(truth, found, 100));
    }
  }

  public void testWhatOneVectorCannotDo() throws IOException {
    Corpus corpus = Corpus.read(folder("multi-limit"), 64);
    FixedDimensionalEncoder encoder = encoder(corpus, 42);
    assertAtLeast("recall@2", 0.95, judged(corpus, search(corpus, encoder, 2, MaxSimOptions.DEFAULT_CANDIDATES)));
    double pooled = judged(corpus, pooled(corpus));
    assertTrue("recall@2 of a pooled vector: " + pooled, pooled < 0.3);
  }

  /** Unlike real ones, these documents are so many that the encodings have to choose. */
  public void testWhatOneVectorCannotDoAmongManyDocuments() throws IOException {
    Corpus corpus = Corpus.limit(0);
    double found = judged(corpus,
        search(corpus, encoder(corpus, 42), 2, MaxSimOptions.DEFAULT_CANDIDATES));
    assertAtLeast("recall@2", 0.95, found);
  }

  /** Five percent again, of vectors that have much in common. */
  public void testTheCentreHelpsWhereVectorsHaveMuchInCommon() throws IOException {
    Corpus corpus = Corpus.anisotropic(0.6).firstQueries(40);
    FixedDimensionalEncoder plain = encoder(corpus, 42);
    FixedDimensionalEncoder centred = new FixedDimensionalEncoder(plain.options(), corpus.dimension(), corpus.mean());
    int documents = corpus.documents().size();
    List<int[]> truth = search(corpus, plain, 10, documents);
    double with = recall(truth, search(corpus, centred, 10, documents / 20), 10);
    double without = recall(truth, search(corpus, plain, 10, documents / 20), 10);
    assertAtLeast("recall@10", 0.95, with);
    assertTrue("recall@10 without centre: " + without, without < with - 0.05);
  }

  private static void assertAtLeast(String what, double floor, double value) {
    assertTrue(what + ": " + value, value >= floor);
  }

  private static Path folder(String name) {
    Path folder = Path.of(System.getProperty("benchmark.data", "")).resolve(name);
    assumeTrue("no folder [" + folder + "]; -Dbenchmark.data says where it is", Files.isDirectory(folder));
    return folder;
  }

  /** The 100 best documents of each query. */
  private static List<int[]> truth(Path folder, int queries) throws IOException {
    IntBuffer ids = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("truth.ids.i32")))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asIntBuffer();
    List<int[]> truth = new ArrayList<>();
    for (int query = 0; query < queries; query++) {
      int[] best = new int[100];
      ids.get(best);
      truth.add(best);
    }
    return truth;
  }

  private static FixedDimensionalEncoder encoder(Corpus corpus, long seed) {
    EncodingOptions usual = EncodingOptions.DEFAULT;
    int projected = Math.min(usual.projectionDimension(), corpus.dimension());
    return new FixedDimensionalEncoder(
        new EncodingOptions(usual.repetitions(), usual.partitionBits(), projected, seed), corpus.dimension());
  }

  private static List<int[]> search(Corpus corpus, FixedDimensionalEncoder encoder, int k, int candidates)
      throws IOException {
    try (Directory directory = FSDirectory.open(createTempDir())) {
      index(directory, corpus, encoder);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        List<int[]> found = new ArrayList<>();
        for (TokenVectors query : corpus.queries()) {
          MaxSimOptions options = new MaxSimOptions(k, candidates, true);
          ScoreDoc[] hits = searcher.search(new MaxSimQuery(FIELD, query, encoder, options, null), k).scoreDocs;
          int[] docs = new int[hits.length];
          for (int i = 0; i < hits.length; i++) {
            docs[i] = hits[i].doc;
          }
          found.add(docs);
        }
        return found;
      }
    }
  }

  private static void index(Directory directory, Corpus corpus, FixedDimensionalEncoder encoder) throws IOException {
    // without merges, which may change the order of documents
    IndexWriterConfig config = new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE)
        .setCodec(new Lucene104Codec() {
          @Override
          public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return MultiVectorField.encodingFormat();
          }
        });
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (TokenVectors tokens : corpus.documents()) {
        Document document = new Document();
        MultiVectorField.fields(FIELD, tokens, encoder, 8).forEach(document::add);
        writer.addDocument(document);
      }
    }
  }

  private static List<int[]> pooled(Corpus corpus) {
    FixedDimensionalEncoder pooling = new FixedDimensionalEncoder(
        new EncodingOptions(1, 0, corpus.dimension(), 0), corpus.dimension());
    List<float[]> documents = corpus.documents().stream().map(pooling::encodeDocument).toList();
    List<int[]> found = new ArrayList<>();
    for (TokenVectors query : corpus.queries()) {
      float[] pooledQuery = pooling.encodeQuery(query);
      float[] products = new float[documents.size()];
      for (int doc = 0; doc < products.length; doc++) {
        products[doc] = VectorUtil.dotProduct(pooledQuery, documents.get(doc));
      }
      found.add(IntStream.range(0, products.length)
          .boxed()
          .sorted(Comparator.comparingDouble(doc -> -products[doc]))
          .limit(2)
          .mapToInt(Integer::intValue)
          .toArray());
    }
    return found;
  }

  private static double recall(List<int[]> truth, List<int[]> found, int k) {
    double sum = 0;
    for (int query = 0; query < truth.size(); query++) {
      Set<Integer> best = IntStream.of(truth.get(query)).limit(k).boxed().collect(Collectors.toSet());
      sum += (double) IntStream.of(found.get(query)).limit(k).filter(best::contains).count() / k;
    }
    return sum / truth.size();
  }

  /** Each query has two relevant documents. */
  private static double judged(Corpus corpus, List<int[]> found) {
    double sum = 0;
    for (int query = 0; query < found.size(); query++) {
      Set<Integer> relevant = corpus.relevant().get(query).keySet();
      assertEquals(2, relevant.size());
      sum += IntStream.of(found.get(query)).limit(2).filter(relevant::contains).count() / 2.0;
    }
    return sum / found.size();
  }
}
