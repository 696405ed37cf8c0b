package dev.embedding.codec;

import static dev.embedding.codec.IndexFiles.read;
import static dev.embedding.codec.IndexFiles.write;
import static dev.embedding.codec.TestQuantizedVectorsFormat.config;
import static dev.embedding.codec.TestQuantizedVectorsFormat.document;
import static dev.embedding.codec.TestQuantizedVectorsFormat.randomVectors;
import static dev.embedding.codec.TestQuantizedVectorsFormat.search;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.NamedThreadFactory;
import org.junit.AfterClass;
import org.junit.BeforeClass;

/** Rows of neighbours: how they are made, kept and followed. */
public class TestNeighbours extends LuceneTestCase {

  /** Enough for rows. */
  private static final int MANY = NeighbourFinder.FROM + 100;

  /** Vectors that are the same. */
  private static final int EQUAL = 150;

  private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.DOT_PRODUCT;

  private static VectorSimilarityFunction similarity;
  private static float[][] vectors;
  private static Directory shared;

  @BeforeClass
  public static void indexOnce() throws IOException {
    similarity = RandomPicks.randomFrom(random(), VectorSimilarityFunction.values());
    vectors = randomVectors(MANY);
    shared = new MMapDirectory(createTempDir());
    index(shared, new QuantizedVectorsFormat(randomQuantizer()), vectors, similarity);
  }

  @AfterClass
  public static void close() throws IOException {
    shared.close();
    shared = null;
    vectors = null;
  }

  private static VectorQuantizer randomQuantizer() {
    int bits = 1 << random().nextInt(4);
    return Quantizers.of(bits == 8 ? "scalar" : "binary", bits);
  }

  private static void index(Directory directory, QuantizedVectorsFormat format, float[][] data,
      VectorSimilarityFunction function) throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config(format).setRAMBufferSizeMB(256))) {
      for (int i = 0; i < data.length; i++) {
        writer.addDocument(document(i, data[i], function));
      }
    }
  }

  /** The files of the commit only: the test framework may put others beside them. */
  private static void copy(Directory from, Directory to) throws IOException {
    for (String file : SegmentInfos.readLatestCommit(from).files(true)) {
      to.copyFrom(from, file, file, IOContext.DEFAULT);
    }
  }

  private static AcceptDocs all(LeafReader leaf) {
    return AcceptDocs.fromLiveDocs(leaf.getLiveDocs(), leaf.maxDoc());
  }

  private static int[][] rows(Cells cells) throws IOException {
    NeighbourLayout layout = cells.neighbourLayout();
    BlockInput input = cells.openNeighbours();
    int[][] rows = new int[cells.vectors()][layout.neighbours()];
    for (int ordinal = 0; ordinal < rows.length; ordinal++) {
      input.seek(ordinal, 1);
      layout.read(input.segment(), input.offset(), rows[ordinal]);
    }
    return rows;
  }

  private static int[] nearest(float[] query, int count) {
    float[] scores = new float[vectors.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = similarity.compare(query, vectors[i]);
    }
    return IntStream.range(0, vectors.length)
        .boxed()
        .sorted(Comparator.comparing((Integer i) -> -scores[i]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  public void testRowsHaveTheNearestOfOtherCells() throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(shared)) {
      Cells cells = TestQuantizedVectorsFormat.cells(getOnlyLeafReader(reader));
      Cells.Positions positions = cells.openPositions();
      int[][] rows = rows(cells);
      int found = 0;
      int wanted = 0;
      for (int turn = 0; turn < 50; turn++) {
        int ordinal = random().nextInt(MANY);
        int cell = cells.blocks().cellAt(positions.of(ordinal));
        Set<Integer> row = new HashSet<>();
        for (int neighbour : rows[ordinal]) {
          assertTrue("twice: " + neighbour, row.add(neighbour) || neighbour == ordinal);
          assertTrue(neighbour == ordinal || cells.blocks().cellAt(positions.of(neighbour)) != cell);
        }
        for (int near : nearest(vectors[ordinal], 8)) {
          if (cells.blocks().cellAt(positions.of(near)) != cell) {
            wanted++;
            found += row.contains(near) ? 1 : 0;
          }
        }
      }
      assertTrue(found + " of " + wanted, wanted > 20 && 2 * found >= wanted);
    }
  }

  /** As many vectors are read as the beam asks, yet more of the nearest are found than lie in the cells that are read. */
  public void testASearchFindsWhatIsInOtherCells() throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(shared)) {
      LeafReader leaf = getOnlyLeafReader(reader);
      int found = 0;
      for (int turn = 0; turn < 30; turn++) {
        float[] query = vectors[random().nextInt(MANY)].clone();
        query[0] += 0.01f;
        int[] expected = nearest(query, 10);
        Set<Integer> hits = new HashSet<>();
        for (ScoreDoc hit : Arrays.copyOf(search(leaf, query, 10, 20, all(leaf)).scoreDocs, 10)) {
          assertEquals(similarity.compare(query, vectors[hit.doc]), hit.score, 1e-5f);
          assertTrue("twice: " + hit.doc, hits.add(hit.doc));
        }
        for (int doc : expected) {
          found += hits.contains(doc) ? 1 : 0;
        }
      }
      assertTrue(similarity + ": " + found + " of 300", found >= 210);
    }
  }

  public void testFiltersAndDeletesAreObeyed() throws IOException {
    FixedBitSet deleted = new FixedBitSet(MANY);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      copy(shared, directory);
      try (IndexWriter writer = new IndexWriter(directory, config(new QuantizedVectorsFormat()))) {
        for (int i = 0; i < 3_000; i++) {
          int doc = random().nextInt(MANY);
          deleted.set(doc);
          writer.deleteDocuments(new Term("id", Integer.toString(doc)));
        }
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        FixedBitSet bits = new FixedBitSet(MANY);
        for (int doc = 0; doc < MANY; doc++) {
          if (random().nextInt(3) > 0) {
            bits.set(doc);
          }
        }
        for (int turn = 0; turn < 20; turn++) {
          float[] query = vectors[random().nextInt(MANY)];
          for (ScoreDoc hit : search(leaf, query, 10, 30, all(leaf)).scoreDocs) {
            assertFalse(deleted.get(hit.doc));
          }
          AcceptDocs filtered = AcceptDocs.fromIteratorSupplier(() -> new BitSetIterator(bits, bits.cardinality()),
              leaf.getLiveDocs(), MANY);
          ScoreDoc[] hits = search(leaf, query, 10, 30, filtered).scoreDocs;
          assertTrue(hits.length >= 10);
          for (ScoreDoc hit : hits) {
            assertTrue(bits.get(hit.doc) && !deleted.get(hit.doc));
          }
        }
      }
    }
  }

  public void testASearchThatIsEndedFollowsNobody() throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(shared)) {
      LeafReader leaf = getOnlyLeafReader(reader);
      for (int limit : new int[] {1, 100, 1_000}) {
        TopKnnCollector collector = new TopKnnCollector(20, limit, new RescoreStrategy(10, 0));
        leaf.searchNearestVectors("v", vectors[0], collector, all(leaf));
        assertTrue(collector.earlyTerminated());
        assertTrue(collector.visitedCount() <= limit + 32);
      }
    }
  }

  /** Neighbours are followed from fewer than the 50 that are wanted; from all of these they would be half as many again. */
  public void testManyResultsAreLookedForAroundTheBestOfThem() throws IOException {
    int most = NeighbourSearch.mostFollowed(MANY);
    assertTrue(most < 50);
    try (DirectoryReader reader = DirectoryReader.open(shared)) {
      LeafReader leaf = getOnlyLeafReader(reader);
      long few = 0;
      long many = 0;
      for (int i = 0; i < 40; i++) {
        float[] query = vectors[random().nextInt(MANY)];
        few += followed(leaf, query, most);
        many += followed(leaf, query, 50);
      }
      assertTrue(few + " and " + many, few > 0 && many < 1.25 * few);
    }
  }

  /** How many vectors are looked at besides those that are read with their cells, with a beam of 50. */
  private static long followed(LeafReader leaf, float[] query, int k) throws IOException {
    TopKnnCollector all = new TopKnnCollector(50, Integer.MAX_VALUE, new RescoreStrategy(k, 0));
    leaf.searchNearestVectors("v", query, all, all(leaf));
    TopKnnCollector read = new TopKnnCollector(50, Integer.MAX_VALUE, new RescoreStrategy(k, 0));
    new CellSearch(TestQuantizedVectorsFormat.cells(leaf), query, null, null, read, null, null, MANY).scan();
    return all.visitedCount() - read.visitedCount();
  }

  /** Of a million vectors a hundred results are followed, from as many codes as a few results need; unless a filter keeps neighbours away. */
  public void testManyResultsOfManyVectorsAreReachedFromFewCodes() {
    int vectors = 1_000_000;
    TopKnnCollector collector = new TopKnnCollector(1_000, Integer.MAX_VALUE);
    long all = CellSearch.budget(collector, vectors);
    int most = NeighbourSearch.mostFollowed(vectors);
    assertTrue(most >= 100);
    assertEquals(all, CellSearch.budgetToFollow(collector, vectors, vectors, 10));
    assertEquals(all * 32 / 100, CellSearch.budgetToFollow(collector, vectors, vectors, 100));
    // From no more than so many neighbours are followed: the others need as many codes as ever.
    assertEquals(all * (1_000 - most + 32) / 1_000, CellSearch.budgetToFollow(collector, vectors, vectors, 1_000));
    int passing = vectors / 2;
    assertEquals(CellSearch.budget(collector, passing),
        CellSearch.budgetToFollow(collector, passing, vectors, 100));
  }

  /**
   * Rows must depend neither on the run, nor on how many of them are made at once. But Lucene's products may differ in the last bit once they are compiled,
   * and then a few rows differ, and among equal vectors all may.
   */
  public void testTheSameVectorsGiveTheSameRows() throws IOException {
    float[][] some = randomVectors(MANY);
    Arrays.fill(some, 0, EQUAL, some[0]);
    VectorQuantizer quantizer = randomQuantizer();
    List<int[][]> rows = new ArrayList<>();
    for (TrainingMemory memory : new TrainingMemory[] {TrainingMemory.UNLIMITED, TrainingMemory.UNLIMITED,
        new LittleForRows()}) {
      try (Directory directory = new MMapDirectory(createTempDir())) {
        index(directory, new QuantizedVectorsFormat(quantizer, memory), some, SIMILARITY);
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          rows.add(rows(TestQuantizedVectorsFormat.cells(getOnlyLeafReader(reader))));
        }
      }
    }
    assertAlike(rows, 2 * EQUAL);
  }

  private static void assertAlike(List<int[][]> rows, int unlikeAtMost) {
    for (int[][] others : rows) {
      long unlike = IntStream.range(0, others.length)
          .filter(i -> !Arrays.equals(rows.getFirst()[i], others[i]))
          .count();
      assertTrue(unlike + " rows are not the same", unlike <= unlikeAtMost);
    }
  }

  public void testTheThreadsOfAMergeGiveTheSameRows() throws IOException {
    QuantizedVectorsFormat format = new QuantizedVectorsFormat(randomQuantizer());
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    ExecutorService pool = Executors.newFixedThreadPool(3, new NamedThreadFactory("merge"));
    Executor threaded = task -> pool.execute(() -> {
      threads.add(Thread.currentThread());
      task.run();
    });
    List<int[][]> rows = new ArrayList<>();
    try (Directory halves = new MMapDirectory(createTempDir())) {
      index(halves, format, Arrays.copyOf(vectors, MANY / 2), SIMILARITY);
      index(halves, format, Arrays.copyOfRange(vectors, MANY / 2, MANY), SIMILARITY);
      try (IndexWriter writer = new IndexWriter(halves, config(format))) {
        for (int i = 0; i < 40; i++) {
          writer.deleteDocuments(new Term("id", Integer.toString(random().nextInt(MANY / 2))));
        }
      }
      for (Executor executor : List.<Executor>of(Runnable::run, threaded)) {
        try (Directory directory = new MMapDirectory(createTempDir())) {
          copy(halves, directory);
          try (IndexWriter writer = new IndexWriter(directory, config(format).setMergePolicy(newLogMergePolicy())
              .setMergeScheduler(new IntraMergeScheduler(executor)))) {
            writer.forceMerge(1);
          }
          try (DirectoryReader reader = DirectoryReader.open(directory)) {
            rows.add(rows(TestQuantizedVectorsFormat.cells(getOnlyLeafReader(reader))));
          }
        }
      }
    } finally {
      TestUtil.shutdownExecutorService(pool);
    }
    assertAlike(rows, MANY / 500);
    assertFalse(threads.isEmpty());
  }

  /** Gives threads to a merge however small it is. */
  private static final class IntraMergeScheduler extends SerialMergeScheduler {

    private final Executor executor;

    IntraMergeScheduler(Executor executor) {
      this.executor = executor;
    }

    @Override
    public Executor getIntraMergeExecutor(MergePolicy.OneMerge merge) {
      return executor;
    }
  }

  /** Gives what is wanted, but to rows only the least. */
  private static final class LittleForRows implements TrainingMemory {

    @Override
    public long reserve(long wanted, long least) {
      return wanted == (long) MANY * NeighbourLinker.ROW_BYTES ? least : wanted;
    }

    @Override
    public void release(long bytes) {}
  }

  public void testUnlikeSegmentsMerge() throws IOException {
    float[][] some = randomVectors(MANY + 1_000);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      int[] ends = {15_000, 24_000, 25_000, MANY + 1_000};
      int next = 0;
      for (int end : ends) {
        VectorQuantizer quantizer = random().nextInt(4) == 0 ? Quantizers.of("product", 4, 12) : randomQuantizer();
        try (IndexWriter writer = new IndexWriter(directory, config(new QuantizedVectorsFormat(quantizer)))) {
          for (; next < end; next++) {
            writer.addDocument(document(next, some[next], SIMILARITY));
          }
        }
      }
      QuantizedVectorsFormat format = new QuantizedVectorsFormat(randomQuantizer());
      try (IndexWriter writer = new IndexWriter(directory, config(format).setMergePolicy(newLogMergePolicy()))) {
        for (int i = 0; i < 500; i++) {
          writer.deleteDocuments(new Term("id", Integer.toString(i)));
        }
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        assertTrue(TestQuantizedVectorsFormat.cells(leaf).keepsNeighbours());
        assertVectorsAreFound(leaf, some);
      }
      TestUtil.checkIndex(directory);
      try (IndexWriter writer = new IndexWriter(directory, config(format).setMergePolicy(newLogMergePolicy()))) {
        writer.deleteAll();
        writer.addDocument(document(0, some[0], SIMILARITY));
        writer.forceMerge(1);
      }
      TestUtil.checkIndex(directory);
    }
  }

  /** Most are the nearest to themselves that a search finds. */
  private static void assertVectorsAreFound(LeafReader leaf, float[][] data) throws IOException {
    int found = 0;
    for (int turn = 0; turn < 30; turn++) {
      int doc = random().nextInt(leaf.maxDoc());
      int id = Integer.parseInt(leaf.storedFields().document(doc).get("id"));
      found += search(leaf, data[id], 1, 50, all(leaf)).scoreDocs[0].doc == doc ? 1 : 0;
    }
    assertTrue(found + " of 30", found >= 20);
  }

  public void testEqualVectors() throws IOException {
    float[][] equal = new float[MANY][];
    Arrays.fill(equal, randomVectors(1)[0]);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, new QuantizedVectorsFormat(randomQuantizer()), equal, SIMILARITY);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        ScoreDoc[] hits = search(leaf, equal[0], 10, 10, all(leaf)).scoreDocs;
        assertEquals(10, hits.length);
        for (ScoreDoc hit : hits) {
          assertEquals(SIMILARITY.compare(equal[0], equal[0]), hit.score, 1e-5f);
        }
      }
    }
  }

  public void testOnlyLargeSegmentsWithSignsHaveRows() throws IOException {
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, new QuantizedVectorsFormat(randomQuantizer()), randomVectors(TestQuantizedVectorsFormat.MANY),
          SIMILARITY);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        Cells cells = TestQuantizedVectorsFormat.cells(getOnlyLeafReader(reader));
        assertTrue(cells.keepsSigns());
        assertFalse(cells.keepsNeighbours());
      }
    }
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, new QuantizedVectorsFormat(Quantizers.of("product", 4, 12)), vectors, SIMILARITY);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        assertFalse(TestQuantizedVectorsFormat.cells(leaf).keepsNeighbours());
        assertVectorsAreFound(leaf, vectors);
      }
    }
  }

  /** The checksum is right, so that only the search can see that there is no such ordinal. */
  public void testForgedRowsAreSeen() throws IOException {
    try (Directory directory = new MMapDirectory(createTempDir())) {
      copy(shared, directory);
      String file = Arrays.stream(directory.listAll()).filter(name -> name.endsWith(".eqc")).findAny().orElseThrow();
      byte[] bytes = read(directory, file);
      int end = bytes.length - CodecUtil.footerLength();
      Arrays.fill(bytes, end - MANY * EliasFanoNeighbours.of(NeighbourFinder.ROW, MANY).bytes(), end, (byte) 0);
      CRC32 crc = new CRC32();
      crc.update(bytes, 0, bytes.length - Long.BYTES);
      ByteBuffer.wrap(bytes).putLong(bytes.length - Long.BYTES, crc.getValue());
      write(directory, file, bytes);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        CorruptIndexException e = expectThrows(CorruptIndexException.class,
            () -> search(leaf, vectors[3], 10, 10, all(leaf)));
        assertTrue(e.toString(), e.toString().contains("no such ordinal") && e.toString().contains(file));
      }
    }
  }

  private static int randomVectorCount() {
    return 1 + (random().nextInt(Integer.MAX_VALUE) >>> random().nextInt(31));
  }

  private static int[] randomOrdinals(int count, int vectors) {
    int[] ordinals = new int[count];
    Arrays.setAll(ordinals, i -> random().nextInt(10) == 0 ? vectors - 1 : random().nextInt(vectors));
    return ordinals;
  }

  private static int[] readRow(NeighbourLayout layout, byte[] row) {
    int[] ordinals = new int[layout.neighbours()];
    layout.read(MemorySegment.ofArray(row), 0, ordinals);
    return ordinals;
  }

  public void testRowsGiveBackWhatWasWritten() {
    for (int turn = 0; turn < 500; turn++) {
      int vectors = randomVectorCount();
      int count = 1 + random().nextInt(EliasFanoNeighbours.MAX_NEIGHBOURS);
      EliasFanoNeighbours layout = EliasFanoNeighbours.of(count, vectors);
      byte[] row = new byte[layout.bytes()];
      random().nextBytes(row);
      int[] ordinals = randomOrdinals(count, vectors);
      int[] expected = ordinals.clone();
      Arrays.sort(expected);
      layout.write(ordinals, row);
      assertArrayEquals(expected, readRow(layout, row));
      // What tells apart so many ordinals in any order takes at least this: the logarithm of N^n / n!.
      double least = 0;
      for (int i = 1; i <= count; i++) {
        least += Math.log(Math.max(1, (double) vectors / i)) / Math.log(2);
      }
      assertTrue(row.length + " bytes, " + least + " bits", row.length <= Math.max(8, (least + 1.1 * count) / 8 + 1));
    }
    assertEquals(0, EliasFanoNeighbours.of(0, MANY).bytes());
  }

  /** Files of version 1 have them. */
  public void testRowsOfFixedWidthAreRead() {
    for (int turn = 0; turn < 500; turn++) {
      int vectors = randomVectorCount();
      int count = 1 + random().nextInt(FixedWidthNeighbours.MAX_NEIGHBOURS);
      FixedWidthNeighbours layout = FixedWidthNeighbours.of(count, vectors);
      int[] ordinals = randomOrdinals(count, vectors);
      BitSet bits = new BitSet();
      for (int i = 0; i < count; i++) {
        for (int bit = 0; bit < layout.bits(); bit++) {
          bits.set(i * layout.bits() + bit, (ordinals[i] >>> bit & 1) == 1);
        }
      }
      assertArrayEquals(ordinals, readRow(layout, Arrays.copyOf(bits.toByteArray(), layout.bytes())));
      assertTrue(layout.bytes() <= Math.max(Long.BYTES, (count * layout.bits() + 7) / 8));
    }
    assertEquals(0, FixedWidthNeighbours.of(0, MANY).bytes());
  }

  public void testOrdinalSetIsASet() {
    OrdinalSet set = new OrdinalSet();
    for (int turn = 0; turn < 3; turn++) {
      Set<Integer> expected = new HashSet<>();
      int range = 1 << TestUtil.nextInt(random(), 1, 30);
      for (int i = 0; i < 5_000; i++) {
        int ordinal = random().nextInt(range);
        assertEquals(expected.add(ordinal), set.add(ordinal));
      }
      set.clear();
    }
  }

  public void testNearestListKeepsTheClosest() {
    NearestList list = new NearestList(16);
    for (int turn = 0; turn < 50; turn++) {
      list.clear();
      int count = random().nextInt(60);
      float[] closeness = new float[count];
      for (int i = 0; i < count; i++) {
        closeness[i] = random().nextInt(20);
        list.offer(i, closeness[i]);
      }
      int[] expected = IntStream.range(0, count)
          .boxed()
          .sorted(Comparator.comparing((Integer i) -> -closeness[i]))
          .limit(16)
          .mapToInt(Integer::intValue)
          .toArray();
      assertEquals(expected.length, list.size());
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], list.ordinal(i));
      }
    }
  }
}
