package dev.embedding.codec;

import static dev.embedding.codec.IndexFiles.read;
import static dev.embedding.codec.IndexFiles.write;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;

/** What Lucene's suite does not see, in segments large enough for codes and cells. */
public class TestQuantizedVectorsFormat extends LuceneTestCase {

  private static final int DIMENSION = 24;

  /** Enough for cells. */
  static final int MANY = Codebook.CELLS_FROM + 500;

  static QuantizedVectorsFormat randomFormat() {
    int bits = 1 << random().nextInt(4);
    if (bits >= 4 && random().nextBoolean()) {
      // Splits of 24 dimensions that are even, and such that are not.
      return new QuantizedVectorsFormat(Quantizers.of("product", bits, TestUtil.nextInt(random(), 9, 24)));
    }
    return new QuantizedVectorsFormat(Quantizers.of(bits == 8 ? "scalar" : "binary", bits));
  }

  static IndexWriterConfig config(QuantizedVectorsFormat format) {
    return new IndexWriterConfig().setCodec(TestUtil.alwaysKnnVectorsFormat(format))
        .setUseCompoundFile(false)
        .setMergePolicy(NoMergePolicy.INSTANCE);
  }

  static float[][] randomVectors(int count) {
    float[][] vectors = new float[count][DIMENSION];
    for (float[] vector : vectors) {
      double length = 0;
      for (int i = 0; i < DIMENSION; i++) {
        vector[i] = (float) random().nextGaussian() / (1 + i) + 0.2f;
        length += vector[i] * vector[i];
      }
      for (int i = 0; i < DIMENSION; i++) {
        vector[i] /= (float) Math.sqrt(length);
      }
    }
    return vectors;
  }

  static Document document(int id, float[] vector, VectorSimilarityFunction similarity) {
    Document document = new Document();
    document.add(new StringField("id", Integer.toString(id), Field.Store.YES));
    document.add(new KnnFloatVectorField("v", vector, similarity));
    return document;
  }

  static void index(Directory directory, QuantizedVectorsFormat format, float[][] vectors,
      VectorSimilarityFunction similarity)
      throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config(format))) {
      for (int i = 0; i < vectors.length; i++) {
        writer.addDocument(document(i, vectors[i], similarity));
      }
    }
  }

  static TopDocs search(LeafReader reader, float[] query, int k, int beam, AcceptDocs accept)
      throws IOException {
    TopKnnCollector collector = new TopKnnCollector(beam, Integer.MAX_VALUE,
        new RescoreStrategy(k, RescoreStrategy.BY_ERROR_BOUND));
    reader.searchNearestVectors("v", query, collector, accept);
    return collector.topDocs();
  }

  static Cells cells(LeafReader reader) {
    return cells(reader, "v");
  }

  static Cells cells(LeafReader reader, String field) {
    KnnVectorsReader vectors = ((CodecReader) reader).getVectorReader();
    return ((CellsReader) ((PerFieldKnnVectorsFormat.FieldsReader) vectors).getFieldReader(field)).cells(field);
  }

  private static Set<Integer> exact(float[][] vectors, float[] query, VectorSimilarityFunction similarity, int k,
      FixedBitSet passing) {
    Integer[] order = new Integer[vectors.length];
    float[] scores = new float[vectors.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
      scores[i] = passing == null || passing.get(i) ? similarity.compare(query, vectors[i]) : -1;
    }
    Arrays.sort(order, (a, b) -> Float.compare(scores[b], scores[a]));
    return new HashSet<>(Arrays.asList(order).subList(0, k));
  }

  public void testFindsTheNearestWithFullScoresForEverySimilarity() throws IOException {
    float[][] vectors = randomVectors(MANY);
    for (VectorSimilarityFunction similarity : VectorSimilarityFunction.values()) {
      try (Directory directory = random().nextBoolean() ? newDirectory() : new MMapDirectory(createTempDir())) {
        index(directory, randomFormat(), vectors, similarity);
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          LeafReader leaf = getOnlyLeafReader(reader);
          assertTrue(cells(leaf).cells() > 1);
          int found = 0;
          for (float[] query : randomVectors(20)) {
            TopDocs top = search(leaf, query, 10, 200, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()));
            Set<Integer> expected = exact(vectors, query, similarity, 10, null);
            for (ScoreDoc hit : Arrays.copyOf(top.scoreDocs, 10)) {
              assertEquals(similarity.compare(query, vectors[hit.doc]), hit.score, 1e-5f);
              found += expected.contains(hit.doc) ? 1 : 0;
            }
          }
          assertTrue(similarity + ": " + found + " of 200", found >= 150);
        }
      }
    }
  }

  /** Vectors that are much closer to their centre than to others are told apart by the centre, which must be no guess. */
  public void testTheNearestOfTightClustersAreFound() throws IOException {
    float[][] centres = randomVectors(MANY / 30);
    float[][] vectors = new float[MANY][];
    for (int i = 0; i < MANY; i++) {
      vectors[i] = near(centres[i % centres.length]);
    }
    try (Directory directory = new MMapDirectory(createTempDir())) {
      VectorSimilarityFunction similarity = VectorSimilarityFunction.DOT_PRODUCT;
      index(directory, new QuantizedVectorsFormat(Quantizers.of("binary", 1)), vectors, similarity);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        int found = 0;
        for (int i = 0; i < 40; i++) {
          float[] query = near(centres[random().nextInt(centres.length)]);
          Set<Integer> expected = exact(vectors, query, similarity, 10, null);
          TopDocs top = search(leaf, query, 10, 60, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()));
          for (ScoreDoc hit : Arrays.copyOf(top.scoreDocs, 10)) {
            found += expected.contains(hit.doc) ? 1 : 0;
          }
        }
        assertTrue(found + " of 400", found >= 370);
      }
    }
  }

  private static float[] near(float[] centre) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = centre[i] + 0.003f * (float) random().nextGaussian();
    }
    return VectorEncoder.normalize(VectorSimilarityFunction.COSINE, vector);
  }

  public void testFilterIsObeyedAndFilled() throws IOException {
    float[][] vectors = randomVectors(MANY);
    VectorSimilarityFunction similarity = VectorSimilarityFunction.COSINE;
    try (Directory directory = newDirectory()) {
      index(directory, randomFormat(), vectors, similarity);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        for (int passing : new int[] {5, 100, 400, 1_000, 4_000}) {
          FixedBitSet bits = new FixedBitSet(MANY);
          while (bits.cardinality() < passing) {
            bits.set(random().nextInt(MANY));
          }
          float[] query = vectors[random().nextInt(MANY)];
          TopDocs top = search(leaf, query, 10, 300,
              AcceptDocs.fromIteratorSupplier(() -> new BitSetIterator(bits, passing), null, MANY));
          assertTrue(top.scoreDocs.length >= Math.min(10, passing));
          Set<Integer> expected = exact(vectors, query, similarity, Math.min(10, passing), bits);
          int found = 0;
          for (int i = 0; i < Math.min(10, passing); i++) {
            assertTrue(bits.get(top.scoreDocs[i].doc));
            found += expected.contains(top.scoreDocs[i].doc) ? 1 : 0;
          }
          assertTrue(passing + ": " + found, found >= 0.7 * Math.min(10, passing));
        }
      }
    }
  }

  public void testFewVectorsFarApartAreFoundBySigns() throws IOException {
    float[][] vectors = randomVectors(MANY);
    VectorSimilarityFunction similarity = RandomPicks.randomFrom(random(), VectorSimilarityFunction.values());
    try (Directory directory = newDirectory()) {
      index(directory, new QuantizedVectorsFormat(Quantizers.of("binary", 1 << random().nextInt(3))), vectors,
          similarity);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        FixedBitSet bits = new FixedBitSet(MANY);
        while (bits.cardinality() < 500) {
          bits.set(random().nextInt(MANY));
        }
        float[] query = vectors[random().nextInt(MANY)];
        TopKnnCollector collector = new TopKnnCollector(100, Integer.MAX_VALUE, new RescoreStrategy(10, 0));
        assertTrue(SignSearch.isShorter(cells(leaf), collector, 500));
        assertFalse(SignSearch.isShorter(cells(leaf), collector, MANY));
        leaf.searchNearestVectors("v", query, collector,
            AcceptDocs.fromIteratorSupplier(() -> new BitSetIterator(bits, 500), null, MANY));
        assertEquals(500, collector.visitedCount());
        Set<Integer> expected = exact(vectors, query, similarity, 10, bits);
        ScoreDoc[] hits = collector.topDocs().scoreDocs;
        long found = Arrays.stream(hits).limit(10).filter(hit -> expected.contains(hit.doc)).count();
        assertTrue(similarity + ": " + found, found >= 6);
      }
    }
  }

  public void testMergeOfOneCodebookCopiesItsCodes() throws IOException {
    float[][] vectors = randomVectors(MANY);
    QuantizedVectorsFormat format = randomFormat();
    try (Directory directory = newDirectory()) {
      index(directory, format, vectors, VectorSimilarityFunction.EUCLIDEAN);
      CodebookHash hash;
      byte[][] codes = new byte[MANY][];
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        Cells cells = cells(getOnlyLeafReader(reader));
        hash = cells.hash();
        readCodes(cells, codes);
      }
      try (IndexWriter writer = new IndexWriter(directory, config(format).setMergePolicy(newLogMergePolicy()))) {
        writer.deleteDocuments(new Term("id", "0"), new Term("id", "77"));
        writer.addDocument(document(MANY, vectors[5], VectorSimilarityFunction.EUCLIDEAN));
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        assertEquals(hash, cells(leaf).hash());
        byte[][] merged = new byte[leaf.maxDoc()][];
        readCodes(cells(leaf), merged);
        for (int doc = 0; doc < merged.length; doc++) {
          int id = Integer.parseInt(leaf.storedFields().document(doc).get("id"));
          assertArrayEquals(codes[id == MANY ? 5 : id], merged[doc]);
        }
      }
    }
  }

  private static void readCodes(Cells cells, byte[][] codes) throws IOException {
    StoredCodes stored = new StoredCodes(cells);
    for (int i = 0; i < cells.vectors(); i++) {
      CodeRow row = new CodeRow(cells.quantizer().planes() * cells.quantizer().planeBytes(DIMENSION),
          cells.signBytes());
      stored.read(i, row);
      ByteBuffersDataOutput out = new ByteBuffersDataOutput();
      row.write(out);
      codes[i] = out.toArrayCopy();
    }
  }

  public void testCopyingReadsNoFloats() throws IOException {
    Codebook codebook;
    float[][] vectors = randomVectors(2_500);
    try (Directory directory = newDirectory()) {
      index(directory, randomFormat(), vectors, VectorSimilarityFunction.DOT_PRODUCT);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        Cells cells = cells(getOnlyLeafReader(reader));
        codebook = cells.codebook();
        StoredCodes stored = new StoredCodes(cells);
        CellsWriter.CodeSource source = new CellsWriter.CodeSource(new VectorSource() {
          @Override
          public int size() {
            return vectors.length;
          }

          @Override
          public float[] vector(int ordinal) {
            throw new AssertionError("a float was read");
          }

          @Override
          public boolean hasCode(int ordinal) {
            return true;
          }

          @Override
          public void copy(int ordinal, CodeRow row) throws IOException {
            stored.read(ordinal, row);
          }
        }, codebook);
        VectorEncoder encoder = new VectorEncoder(codebook.similarity(), codebook.quantizer(), codebook.mean(),
            false, 1);
        for (int i = 0; i < vectors.length; i++) {
          encoder.encode(vectors[i], null);
          assertArrayEquals(encoder.code(), source.get(i).code);
        }
      }
    }
  }

  public void testSegmentsOfDifferentCodebooksMerge() throws IOException {
    float[][] vectors = randomVectors(MANY + 3_000);
    QuantizedVectorsFormat format = randomFormat();
    try (Directory directory = newDirectory()) {
      try (IndexWriter writer = new IndexWriter(directory, config(format))) {
        for (int i = 0; i < vectors.length; i++) {
          writer.addDocument(document(i, vectors[i], VectorSimilarityFunction.COSINE));
          if (i == MANY || i == MANY + 20) {
            writer.flush();
          }
        }
      }
      QuantizedVectorsFormat other = randomFormat();
      try (IndexWriter writer = new IndexWriter(directory, config(other).setMergePolicy(newLogMergePolicy()))) {
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        assertEquals(other.quantizer(), cells(leaf).quantizer());
        int found = 0;
        for (int i = 0; i < 30; i++) {
          int doc = random().nextInt(vectors.length);
          found += search(leaf, vectors[doc], 10, 200,
              AcceptDocs.fromLiveDocs(null, leaf.maxDoc())).scoreDocs[0].doc == doc ? 1 : 0;
        }
        assertTrue(found + " of 30", found >= 27);
      }
    }
  }

  public void testTooFewVectorsToLearnFromAreAllScored() throws IOException {
    float[][] vectors = randomVectors(2_600);
    VectorSimilarityFunction similarity = VectorSimilarityFunction.EUCLIDEAN;
    QuantizedVectorsFormat format = new QuantizedVectorsFormat(Quantizers.of("product", 4, 8));
    try (Directory directory = newDirectory()) {
      try (IndexWriter writer = new IndexWriter(directory, config(format))) {
        for (int i = 0; i < vectors.length; i++) {
          writer.addDocument(document(i, vectors[i], similarity));
          if (i % 1_300 == 1_299) {
            writer.flush();
          }
        }
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = reader.leaves().getFirst().reader();
        assertNull(cells(leaf));
        float[] query = randomVectors(1)[0];
        Set<Integer> expected = exact(Arrays.copyOf(vectors, 1_300), query, similarity, 10, null);
        for (ScoreDoc hit : search(leaf, query, 10, 10, AcceptDocs.fromLiveDocs(null, leaf.maxDoc())).scoreDocs) {
          assertTrue(expected.contains(hit.doc));
        }
      }
      try (IndexWriter writer = new IndexWriter(directory, config(format).setMergePolicy(newLogMergePolicy()))) {
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        assertEquals(format.quantizer(), cells(getOnlyLeafReader(reader)).quantizer());
        checkAndSearch(directory, vectors[0]);
      }
    }
  }

  public void testTheSameVectorsGiveTheSameCodes() throws IOException {
    float[][] vectors = randomVectors(MANY);
    QuantizedVectorsFormat format = randomFormat();
    CodebookHash hash = null;
    byte[][] codes = new byte[MANY][];
    for (int turn = 0; turn < 2; turn++) {
      try (Directory directory = newDirectory()) {
        index(directory, format, vectors, VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT);
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          Cells cells = cells(getOnlyLeafReader(reader));
          byte[][] again = new byte[MANY][];
          readCodes(cells, again);
          if (turn == 1) {
            assertEquals(hash, cells.hash());
            assertTrue(Arrays.deepEquals(codes, again));
          }
          hash = cells.hash();
          codes = again;
        }
      }
    }
  }

  public void testEverythingDeletedMergesToNothing() throws IOException {
    try (Directory directory = newDirectory()) {
      QuantizedVectorsFormat format = randomFormat();
      index(directory, format, randomVectors(600), VectorSimilarityFunction.COSINE);
      try (IndexWriter writer = new IndexWriter(directory, config(format).setMergePolicy(newLogMergePolicy()))) {
        Document document = new Document();
        document.add(new StringField("id", "other", Field.Store.YES));
        writer.addDocument(document);
        for (int i = 0; i < 600; i++) {
          writer.deleteDocuments(new Term("id", Integer.toString(i)));
        }
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        FloatVectorValues values = leaf.getFloatVectorValues("v");
        assertTrue(values == null || values.size() == 0);
        assertEquals(0,
            search(leaf, new float[DIMENSION], 5, 5, AcceptDocs.fromLiveDocs(null, leaf.maxDoc())).scoreDocs.length);
      }
    }
  }

  public void testDegenerateVectorsHaveFiniteScores() throws IOException {
    for (float scale : new float[] {0, 1e-15f, 1, 1e12f}) {
      for (VectorSimilarityFunction similarity : new VectorSimilarityFunction[] {VectorSimilarityFunction.EUCLIDEAN,
          VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT}) {
        float[][] vectors = randomVectors(900);
        for (float[] vector : vectors) {
          for (int j = 0; j < DIMENSION; j++) {
            vector[j] *= scale;
          }
        }
        for (int i = 0; i < vectors.length; i += TestUtil.nextInt(random(), 1, 4)) {
          vectors[i] = vectors[0];
        }
        try (Directory directory = newDirectory()) {
          index(directory, randomFormat(), vectors, similarity);
          try (DirectoryReader reader = DirectoryReader.open(directory)) {
            LeafReader leaf = getOnlyLeafReader(reader);
            TopDocs top = search(leaf, vectors[7], 10, 100, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()));
            assertTrue(top.scoreDocs.length >= 10);
            for (ScoreDoc hit : top.scoreDocs) {
              assertTrue(Float.isFinite(hit.score));
            }
          }
        }
      }
    }
  }

  public void testOversampleSaysHowManyAreScoredAgain() throws IOException {
    float[][] vectors = randomVectors(2_000);
    try (Directory directory = newDirectory()) {
      index(directory, new QuantizedVectorsFormat(Quantizers.of("binary", 1 << random().nextInt(3))), vectors,
          VectorSimilarityFunction.COSINE);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        TopKnnCollector collector = new TopKnnCollector(100, Integer.MAX_VALUE, new RescoreStrategy(10, 2.5f));
        leaf.searchNearestVectors("v", vectors[3], collector, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()));
        assertEquals(25, collector.topDocs().scoreDocs.length);
        RescoreStrategy quarter = new RescoreStrategy(10, 2.5f).inSegment(0.25f);
        collector = new TopKnnCollector(100, Integer.MAX_VALUE, quarter);
        leaf.searchNearestVectors("v", vectors[3], collector, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()));
        assertEquals((int) quarter.part(25), collector.topDocs().scoreDocs.length);
      }
    }
    expectThrows(IllegalArgumentException.class, () -> new RescoreStrategy(0, 1));
    expectThrows(IllegalArgumentException.class, () -> new RescoreStrategy(1, 0.5f));
    expectThrows(IllegalArgumentException.class, () -> new RescoreStrategy(1, Float.NaN));
  }

  public void testASegmentRarelyHasMoreThanItsPartOfTheBest() {
    RescoreStrategy all = new RescoreStrategy(10, 0);
    assertEquals(10, all.part(10), 0);
    assertEquals(1, all.inSegment(0).part(10), 0);
    for (int iteration = 0; iteration < 20; iteration++) {
      float share = random().nextFloat();
      int count = 1 + random().nextInt(200);
      double part = all.inSegment(share).part(count);
      assertTrue(part >= 1 && part <= count);
      assertEquals(all, all.inSegment(share).inSegment(1));
      int more = 0;
      for (int turn = 0; turn < 1_000; turn++) {
        int inSegment = 0;
        for (int i = 0; i < count; i++) {
          inSegment += random().nextFloat() < share ? 1 : 0;
        }
        more += inSegment > part ? 1 : 0;
      }
      assertTrue(more + " of 1,000 have more than " + part + " of " + count, more < 50);
    }
    expectThrows(IllegalArgumentException.class, () -> all.inSegment(1.01f));
    expectThrows(IllegalArgumentException.class, () -> all.inSegment(Float.NaN));
  }

  public void testSearchesLeaveNothingBehind() throws IOException {
    float[][] vectors = randomVectors(3_000);
    try (Directory one = newDirectory(); Directory other = newDirectory()) {
      index(one, randomFormat(), vectors, VectorSimilarityFunction.COSINE);
      try (DirectoryReader reader = DirectoryReader.open(one)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        AcceptDocs all = AcceptDocs.fromLiveDocs(null, leaf.maxDoc());
        ScoreDoc[] first = search(leaf, vectors[1], 10, 50, all).scoreDocs;
        index(other, randomFormat(), randomVectors(500), VectorSimilarityFunction.EUCLIDEAN);
        search(leaf, vectors[2], 10, 50, all);
        ScoreDoc[] again = search(leaf, vectors[1], 10, 50, all).scoreDocs;
        assertEquals(first.length, again.length);
        for (int i = 0; i < first.length; i++) {
          assertEquals(first[i].doc, again[i].doc);
          assertEquals(first[i].score, again[i].score, 0);
        }
      }
    }
  }

  private static void checkAndSearch(Directory directory, float[] query) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      LeafReader leaf = getOnlyLeafReader(reader);
      search(leaf, query, 10, 200, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()));
      ((CodecReader) leaf).checkIntegrity();
    }
  }

  private interface Damage {

    byte[] apply(byte[] bytes);
  }

  private void assertSeen(int vectors, int times, Damage damage) throws IOException {
    float[][] data = randomVectors(vectors);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, randomFormat(), data, VectorSimilarityFunction.COSINE);
      for (String file : directory.listAll()) {
        if (file.endsWith(".eqm") || file.endsWith(".eqb") || file.endsWith(".eqc")) {
          byte[] bytes = read(directory, file);
          for (int i = 0; i < times; i++) {
            write(directory, file, damage.apply(bytes.clone()));
            IOException e = expectThrows(IOException.class, () -> checkAndSearch(directory, data[0]));
            String trace = e + " " + e.getCause();
            assertTrue(trace, trace.contains(file));
          }
          write(directory, file, bytes);
        }
      }
      checkAndSearch(directory, data[0]);
    }
  }

  public void testFlippedBitsAreSeen() throws IOException {
    Damage flip = bytes -> {
      bytes[random().nextInt(bytes.length)] ^= (byte) (1 << random().nextInt(8));
      return bytes;
    };
    assertSeen(700, 100, flip);
    assertSeen(MANY, 20, flip);
  }

  public void testMissingEndsAreSeen() throws IOException {
    assertSeen(700, 50, bytes -> Arrays.copyOf(bytes, random().nextInt(bytes.length)));
  }

  /** The checksum is right, so that only the reader's own checks are left; what they cannot see may give wrong hits, but no other failure. */
  public void testForgedNumbersNeitherCrashNorAllocate() throws IOException {
    float[][] data = randomVectors(MANY);
    int[] forged = {-1, 0, 1, 31, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE};
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, randomFormat(), data, VectorSimilarityFunction.DOT_PRODUCT);
      for (String file : directory.listAll()) {
        if (file.endsWith(".eqm") || file.endsWith(".eqb") || file.endsWith(".eqc")) {
          byte[] bytes = read(directory, file);
          int header = bytes.length - CodecUtil.footerLength() > 200 ? 60 : 40;
          for (int i = 0; i < 150; i++) {
            byte[] copy = bytes.clone();
            int at = header + random().nextInt(bytes.length - CodecUtil.footerLength() - header - 4);
            ByteBuffer.wrap(copy).putInt(at, forged[random().nextInt(forged.length)]);
            CRC32 crc = new CRC32();
            crc.update(copy, 0, copy.length - Long.BYTES);
            ByteBuffer.wrap(copy).putLong(copy.length - Long.BYTES, crc.getValue());
            write(directory, file, copy);
            try {
              checkAndSearch(directory, data[0]);
            } catch (CorruptIndexException e) {
              assertTrue(e.toString(), (e + " " + e.getCause()).contains(file.substring(0, file.indexOf('.'))));
            }
          }
          write(directory, file, bytes);
        }
      }
    }
  }
}
