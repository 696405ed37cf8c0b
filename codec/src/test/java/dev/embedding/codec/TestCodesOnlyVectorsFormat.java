package dev.embedding.codec;

import static dev.embedding.codec.IndexFiles.read;
import static dev.embedding.codec.IndexFiles.write;

import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.FixedBitSet;

/** {@link QuantizedVectorsFormat#codesOnly}. */
public class TestCodesOnlyVectorsFormat extends LuceneTestCase {

  private int dimension;
  private int bits;
  private VectorSimilarityFunction similarity;
  private final Map<Integer, float[]> indexed = new HashMap<>();

  @Override
  public void setUp() throws Exception {
    super.setUp();
    dimension = TestUtil.nextInt(random(), 1, 150);
    bits = 1 << random().nextInt(4);
    similarity = VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
  }

  private QuantizedVectorsFormat format() {
    return QuantizedVectorsFormat.codesOnly(Quantizers.of(bits == 8 ? "scalar" : "binary", bits));
  }

  private IndexWriterConfig config() {
    return new IndexWriterConfig().setCodec(TestUtil.alwaysKnnVectorsFormat(format()))
        .setUseCompoundFile(false)
        .setMergePolicy(NoMergePolicy.INSTANCE);
  }

  private static float[] gaussian(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return vector;
  }

  /** @param sparse whether some documents have no vector */
  private void index(IndexWriter writer, int from, int to, boolean sparse) throws IOException {
    for (int id = from; id < to; id++) {
      Document document = new Document();
      document.add(new StringField("id", "" + id, Field.Store.YES));
      document.add(new NumericDocValuesField("order", -id));
      if (!sparse || random().nextInt(3) > 0) {
        indexed.put(id, gaussian(dimension));
        document.add(new KnnFloatVectorField("v", indexed.get(id), similarity));
      }
      writer.addDocument(document);
    }
    writer.commit();
  }

  private static int id(LeafReader leaf, int doc) throws IOException {
    return Integer.parseInt(leaf.storedFields().document(doc).get("id"));
  }

  /** The estimate of each document, checked to be that of the vector which the codes stand for. */
  private Map<Integer, Float> checkedEstimates(LeafReader leaf, float[] query) throws IOException {
    TopKnnCollector collector = new TopKnnCollector(leaf.maxDoc(), Integer.MAX_VALUE);
    leaf.searchNearestVectors("v", query, collector, AcceptDocs.fromLiveDocs(leaf.getLiveDocs(), leaf.maxDoc()));
    Map<Integer, Float> estimates = new HashMap<>();
    for (ScoreDoc hit : collector.topDocs().scoreDocs) {
      estimates.put(hit.doc, hit.score);
    }
    FloatVectorValues values = leaf.getFloatVectorValues("v");
    KnnVectorValues.DocIndexIterator docs = values.iterator();
    int live = 0;
    double length = Math.sqrt(product(query, query));
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      assertEquals(doc, values.ordToDoc(docs.index()));
      if (leaf.getLiveDocs() == null || leaf.getLiveDocs().get(doc)) {
        live++;
        float[] vector = values.vectorValue(docs.index());
        float estimate = toProduct(estimates.get(doc));
        double tolerance = 0.1 * length * Math.sqrt(product(vector, vector)) + 1e-4;
        assertEquals(product(query, vector), estimate, bits == 1 ? tolerance : tolerance / 10);
      }
    }
    assertEquals(live, estimates.size());
    return estimates;
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static float toProduct(float score) {
    return score < 1 ? 1 - 1 / score : score - 1;
  }

  public void testVectorsAreNearWhatWasIndexed() throws IOException {
    dimension = TestUtil.nextInt(random(), 64, 300);
    try (Directory directory = newDirectory(); IndexWriter writer = new IndexWriter(directory, config())) {
      index(writer, 0, 200, random().nextBoolean());
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        FloatVectorValues values = leaf.getFloatVectorValues("v");
        assertEquals(indexed.size(), values.size());
        KnnVectorValues.DocIndexIterator docs = values.iterator();
        double cosines = 0;
        for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
          float[] expected = indexed.get(id(leaf, doc));
          float[] actual = values.vectorValue(docs.index());
          cosines += product(expected, actual) / Math.sqrt(product(expected, expected) * product(actual, actual));
        }
        double[] least = {0, 0.78, 0.92, 0, 0.99, 0, 0, 0, 0.999};
        assertTrue(cosines / values.size() > least[bits]);
        checkedEstimates(leaf, gaussian(dimension));
      }
    }
  }

  /** A merge gives the very codes that a segment of the same documents would have. */
  public void testMergesCopyCodes() throws IOException {
    float[] query = gaussian(dimension);
    try (Directory directory = newDirectory()) {
      Map<Integer, Float> before = new HashMap<>();
      try (IndexWriter writer = new IndexWriter(directory, config())) {
        index(writer, 0, 50, true);
        index(writer, 50, 51, false);
        index(writer, 51, 130, false);
        writer.addDocument(new Document());
        writer.commit();
        for (int id = 0; id < 130; id += 3) {
          writer.deleteDocuments(new Term("id", "" + id));
        }
        try (DirectoryReader reader = DirectoryReader.open(writer)) {
          for (var context : reader.leaves()) {
            if (context.reader().getFieldInfos().fieldInfo("v") != null) {
              for (var entry : checkedEstimates(context.reader(), query).entrySet()) {
                before.put(id(context.reader(), entry.getKey()), entry.getValue());
              }
            }
          }
        }
      }
      try (IndexWriter writer = new IndexWriter(directory, config().setMergePolicy(newLogMergePolicy()))) {
        writer.forceMerge(1);
        try (DirectoryReader reader = DirectoryReader.open(writer)) {
          LeafReader leaf = getOnlyLeafReader(reader);
          Map<Integer, Float> after = new HashMap<>();
          for (var entry : checkedEstimates(leaf, query).entrySet()) {
            after.put(id(leaf, entry.getKey()), entry.getValue());
          }
          assertEquals(before, after);
        }
      }
    }
  }

  public void testSortedSegmentsAndTheirMerge() throws IOException {
    float[] query = gaussian(dimension);
    Sort sort = new Sort(new SortField("order", SortField.Type.INT));
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory,
            config().setIndexSort(sort).setMergePolicy(newLogMergePolicy()))) {
      index(writer, 0, 40, true);
      index(writer, 40, 90, true);
      writer.forceMerge(1);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        assertEquals(89, id(leaf, 0));
        Map<Integer, Float> estimates = checkedEstimates(leaf, query);
        assertEquals(indexed.size(), estimates.size());
        double above = 0;
        for (var entry : estimates.entrySet()) {
          above += product(query, indexed.get(id(leaf, entry.getKey()))) * toProduct(entry.getValue());
        }
        assertTrue(above > 0);
      }
    }
  }

  public void testOnlyAcceptedDocumentsAreFound() throws IOException {
    try (Directory directory = newDirectory(); IndexWriter writer = new IndexWriter(directory, config())) {
      index(writer, 0, 300, random().nextBoolean());
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        for (int step : new int[] {1, 3, 50, 301}) {
          FixedBitSet accepted = new FixedBitSet(300);
          int expected = 0;
          for (int doc = 0; doc < 300; doc += step) {
            accepted.set(doc);
            expected += indexed.containsKey(doc) ? 1 : 0;
          }
          TopKnnCollector collector = new TopKnnCollector(300, Integer.MAX_VALUE);
          leaf.searchNearestVectors("v", gaussian(dimension), collector, AcceptDocs.fromLiveDocs(accepted, 300));
          ScoreDoc[] hits = collector.topDocs().scoreDocs;
          assertEquals(expected, hits.length);
          for (ScoreDoc hit : hits) {
            assertTrue(accepted.get(hit.doc));
          }
        }
      }
    }
  }

  public void testNoFloatsAreStored() throws IOException {
    dimension = 128;
    bits = 1;
    try (Directory directory = newFSDirectory(createTempDir());
        IndexWriter writer = new IndexWriter(directory, config())) {
      index(writer, 0, 1_000, false);
      long bytes = 0;
      for (String file : directory.listAll()) {
        boolean ours = file.contains(QuantizedVectorsFormat.NAME);
        bytes += ours ? directory.fileLength(file) : 0;
      }
      assertTrue(bytes + " bytes", bytes < 1_024 * (16 + 12) + 2_000);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        KnnVectorsReader vectors = ((CodecReader) getOnlyLeafReader(reader)).getVectorReader();
        KnnVectorsReader ours = ((PerFieldKnnVectorsFormat.FieldsReader) vectors).getFieldReader("v");
        long offHeap = ours.getOffHeapByteSize(getOnlyLeafReader(reader).getFieldInfos().fieldInfo("v"))
            .values()
            .stream()
            .mapToLong(Long::longValue)
            .sum();
        assertTrue(offHeap > 1_000 * 16 && offHeap < bytes);
      }
    }
  }

  public void testDamagedFilesAreSeen() throws IOException {
    try (Directory directory = new MMapDirectory(createTempDir())) {
      try (IndexWriter writer = new IndexWriter(directory, config())) {
        index(writer, 0, 300, true);
      }
      List<String> files = new ArrayList<>(Arrays.asList(directory.listAll()));
      files.removeIf(file -> !file.matches(".*\\.eq[mbc]"));
      assertEquals(3, files.size());
      for (String file : files) {
        byte[] bytes = read(directory, file);
        for (int i = 0; i < 60; i++) {
          byte[] damaged = random().nextBoolean() ? bytes.clone()
              : Arrays.copyOf(bytes, random().nextInt(bytes.length));
          if (damaged.length == bytes.length) {
            damaged[random().nextInt(bytes.length)] ^= (byte) (1 << random().nextInt(8));
          }
          write(directory, file, damaged);
          IOException e = expectThrows(IOException.class, () -> check(directory));
          assertTrue(e.toString(), e instanceof CorruptIndexException || (e + " " + e.getCause()).contains(file));
        }
        write(directory, file, bytes);
      }
      check(directory);
    }
  }

  private void check(Directory directory) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      ((CodecReader) getOnlyLeafReader(reader)).checkIntegrity();
    }
  }
}
