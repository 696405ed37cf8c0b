package dev.embedding.multivector;

import static dev.embedding.codec.IndexFiles.read;
import static dev.embedding.codec.IndexFiles.write;

import dev.embedding.codec.FailingWrite;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Values of all lengths and densities, in all kinds of directories; and damaged files. */
public class TestTokenBlocksFormat extends LuceneTestCase {

  private static final String FIELD = "blocks";
  private static final String ID = "id";

  private static Codec codec(DocValuesFormat format) {
    return new Lucene104Codec() {
      @Override
      public DocValuesFormat getDocValuesFormatForField(String field) {
        return field.equals(FIELD) ? format : super.getDocValuesFormatForField(field);
      }
    };
  }

  private static IndexWriterConfig config(DocValuesFormat format) {
    return new IndexWriterConfig().setCodec(codec(format)).setMergePolicy(NoMergePolicy.INSTANCE);
  }

  private static IndexWriterConfig config() {
    return config(new TokenBlocksFormat());
  }

  private static DocValuesFormat lucenes() {
    return TestUtil.getDefaultDocValuesFormat();
  }

  /** Null for a document without one. */
  private static byte[][] randomValues(int count, int percent, int shortest, int longest) {
    byte[][] values = new byte[count][];
    for (int i = 0; i < count; i++) {
      if (random().nextInt(100) < percent) {
        values[i] = new byte[TestUtil.nextInt(random(), shortest, longest)];
        random().nextBytes(values[i]);
      }
    }
    return values;
  }

  private static Document document(int id, byte[] value) {
    Document document = new Document();
    document.add(new NumericDocValuesField(ID, id));
    document.add(new StringField(ID, "" + id, Field.Store.NO));
    if (value != null) {
      document.add(new BinaryDocValuesField(FIELD, new BytesRef(value)));
    }
    return document;
  }

  private static void index(Directory directory, byte[][] values) throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config())) {
      add(writer, values, 0);
    }
  }

  private static void add(IndexWriter writer, byte[][] values, int from) throws IOException {
    for (int i = from; i < values.length; i++) {
      writer.addDocument(document(i, values[i]));
    }
    writer.flush();
  }

  private static List<Directory> directories() throws IOException {
    // Chunks so small that some values lie in two of them.
    return List.of(new MMapDirectory(createTempDir()), new MMapDirectory(createTempDir(), 1 << 10),
        new NIOFSDirectory(createTempDir()), new ByteBuffersDirectory(), newDirectory());
  }

  /** By all ways of reading. */
  private static void assertValues(Directory directory, byte[][] values) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      for (LeafReaderContext context : reader.leaves()) {
        assertValues(context.reader(), values);
      }
    }
    TestUtil.checkIndex(directory);
  }

  private static void assertValues(LeafReader leaf, byte[][] values) throws IOException {
    ((CodecReader) leaf).checkIntegrity();
    Map<Integer, byte[]> expected = new HashMap<>();
    NumericDocValues ids = leaf.getNumericDocValues(ID);
    for (int doc = ids.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = ids.nextDoc()) {
      if (values[(int) ids.longValue()] != null) {
        expected.put(doc, values[(int) ids.longValue()]);
      }
    }
    BinaryDocValues all = leaf.getBinaryDocValues(FIELD);
    if (all == null) {
      assertTrue(expected.isEmpty());
      return;
    }
    int found = 0;
    for (int doc = all.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = all.nextDoc()) {
      assertEquals(new BytesRef(expected.get(doc)), all.binaryValue());
      found++;
    }
    assertEquals(expected.size(), found);
    BinaryDocValues some = leaf.getBinaryDocValues(FIELD);
    for (int doc = 0; doc < leaf.maxDoc(); doc += TestUtil.nextInt(random(), 1, 9)) {
      assertEquals(expected.containsKey(doc), some.advanceExact(doc));
      assertEquals(doc, some.docID());
      if (expected.containsKey(doc)) {
        assertEquals(new BytesRef(expected.get(doc)), some.binaryValue());
        assertInPlace(expected.get(doc), some);
      }
    }
    BinaryDocValues advanced = leaf.getBinaryDocValues(FIELD);
    for (int target = 0; target < leaf.maxDoc();) {
      int doc = advanced.advance(target);
      while (target < leaf.maxDoc() && !expected.containsKey(target)) {
        target++;
      }
      assertEquals(target == leaf.maxDoc() ? DocIdSetIterator.NO_MORE_DOCS : target, doc);
      target += TestUtil.nextInt(random(), 1, 9);
    }
  }

  private static void assertInPlace(byte[] expected, BinaryDocValues values) throws IOException {
    if (values instanceof TokenBlocks blocks) {
      assertArrayEquals(expected, blocks.segment().toArray(ValueLayout.JAVA_BYTE));
    }
  }

  public void testValuesComeBack() throws IOException {
    for (int[] lengths : new int[][] {{1, 200}, {0, 30}, {57, 57}, {0, 0}}) {
      for (int percent : new int[] {100, 60, 1}) {
        byte[][] values = randomValues(TestUtil.nextInt(random(), 1, 400), percent, lengths[0], lengths[1]);
        for (Directory directory : directories()) {
          try (directory) {
            index(directory, values);
            assertValues(directory, values);
          }
        }
      }
    }
  }

  /** More documents than a block of Lucene's lists holds. */
  public void testManyDocuments() throws IOException {
    byte[][] values = randomValues(150_000, random().nextBoolean() ? 100 : 3, 0, 3);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, values);
      assertValues(directory, values);
    }
  }

  public void testMappedValuesAreNotCopied() throws IOException {
    byte[][] values = randomValues(50, 100, 1, 100);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, values);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        TokenBlocks blocks = (TokenBlocks) getOnlyLeafReader(reader).getBinaryDocValues(FIELD);
        MemorySegment before = null;
        for (int doc = 0; doc < values.length; doc++) {
          assertTrue(blocks.advanceExact(doc));
          MemorySegment segment = blocks.segment();
          assertTrue(segment.isNative());
          assertTrue(before == null || before.address() + before.byteSize() == segment.address());
          before = segment;
        }
      }
    }
  }

  public void testMergesOfUnlikeSegments() throws IOException {
    for (boolean sorted : new boolean[] {false, true}) {
      byte[][] values = randomValues(900, 70, 0, 90);
      try (Directory directory = newDirectory()) {
        // As Lucene writes them, as we do, without the field, and with deleted documents.
        for (int part = 0; part < 3; part++) {
          try (IndexWriter writer = new IndexWriter(directory,
              sorted(config(part == 0 ? lucenes() : new TokenBlocksFormat()), sorted))) {
            for (int id = part * 300; id < part * 300 + 300; id++) {
              values[id] = part == 2 ? null : values[id];
              writer.addDocument(document(id, values[id]));
            }
            writer.flush();
            for (int id = part * 300; id < part * 300 + 300; id += 7) {
              writer.deleteDocuments(new Term(ID, "" + id));
            }
          }
        }
        assertValues(directory, values);
        for (DocValuesFormat format : List.of(new TokenBlocksFormat(), lucenes(), new TokenBlocksFormat())) {
          try (IndexWriter writer = new IndexWriter(directory,
              sorted(config(format), sorted).setMergePolicy(newLogMergePolicy()))) {
            writer.addDocument(document(0, values[0]));
            writer.forceMerge(1);
            writer.commit();
          }
          try (DirectoryReader reader = DirectoryReader.open(directory)) {
            BinaryDocValues merged = getOnlyLeafReader(reader).getBinaryDocValues(FIELD);
            assertEquals(format instanceof TokenBlocksFormat, merged instanceof TokenBlocks);
          }
          assertValues(directory, values);
        }
      }
    }
  }

  private static IndexWriterConfig sorted(IndexWriterConfig config, boolean sorted) {
    return sorted ? config.setIndexSort(new Sort(new SortField(ID, SortField.Type.LONG, true))) : config;
  }

  public void testAllDeletedAndNoneLeftWithAValue() throws IOException {
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config().setMergePolicy(newLogMergePolicy()))) {
      for (int id = 0; id < 20; id++) {
        writer.addDocument(document(id, new byte[] {1, 2, 3}));
      }
      writer.addDocument(document(20, null));
      writer.commit();
      for (int id = 0; id < 20; id++) {
        writer.deleteDocuments(new Term(ID, "" + id));
      }
      writer.forceMerge(1);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        BinaryDocValues values = getOnlyLeafReader(reader).getBinaryDocValues(FIELD);
        assertTrue(values == null || values.nextDoc() == DocIdSetIterator.NO_MORE_DOCS);
      }
      writer.deleteDocuments(new Term(ID, "20"));
      writer.forceMerge(1);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        assertEquals(0, reader.numDocs());
      }
    }
  }

  public void testUpdatesOfValues() throws IOException {
    byte[][] values = randomValues(300, 80, 0, 50);
    try (Directory directory = newDirectory()) {
      index(directory, values);
      for (int round = 0; round < 3; round++) {
        try (IndexWriter writer = new IndexWriter(directory, config())) {
          for (int i = 0; i < 30; i++) {
            int id = random().nextInt(values.length);
            values[id] = randomValues(1, 100, 0, 80)[0];
            writer.updateBinaryDocValue(new Term(ID, "" + id), FIELD, new BytesRef(values[id]));
          }
        }
        assertValues(directory, values);
      }
    }
  }

  public void testOtherTypesAreRefused() throws IOException {
    BytesRef bytes = new BytesRef("x");
    for (Field field : List.of(new NumericDocValuesField(FIELD, 1), new SortedNumericDocValuesField(FIELD, 1),
        new SortedDocValuesField(FIELD, bytes), new SortedSetDocValuesField(FIELD, bytes))) {
      try (Directory directory = newDirectory(); IndexWriter writer = new IndexWriter(directory, config())) {
        Document document = new Document();
        document.add(field);
        writer.addDocument(document);
        UnsupportedOperationException e = expectThrows(UnsupportedOperationException.class, writer::flush);
        assertTrue(e.getMessage(), e.getMessage().contains("binary doc values only") && e.getMessage().contains(FIELD));
        writer.rollback();
      }
    }
  }

  private static List<String> ours(Directory directory) throws IOException {
    List<String> files = new ArrayList<>();
    for (String file : directory.listAll()) {
      if (file.endsWith(".etm") || file.endsWith(".etb")) {
        files.add(file);
      }
    }
    assertEquals(files.toString(), 2, files.size());
    return files;
  }

  /** Files outside of a compound file. */
  private static Directory uncompounded(byte[][] values) throws IOException {
    Directory directory = new MMapDirectory(createTempDir());
    try (IndexWriter writer = new IndexWriter(directory, config().setUseCompoundFile(false))) {
      add(writer, values, 0);
    }
    return directory;
  }

  private static void readAll(Directory directory) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      LeafReader leaf = getOnlyLeafReader(reader);
      TokenBlocks values = (TokenBlocks) leaf.getBinaryDocValues(FIELD);
      for (int doc = 0; doc < leaf.maxDoc(); doc++) {
        values.prefetch(doc);
        if (values.advanceExact(doc)) {
          values.segment();
          values.binaryValue();
        }
      }
    }
  }

  private interface Damage {

    byte[] apply(byte[] bytes);
  }

  private static void assertSeen(int times, Damage damage) throws IOException {
    try (Directory directory = uncompounded(randomValues(500, 70, 1, 40))) {
      for (String file : ours(directory)) {
        byte[] bytes = read(directory, file);
        for (int i = 0; i < times; i++) {
          write(directory, file, damage.apply(bytes.clone()));
          IOException e = expectThrows(IOException.class, () -> {
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
              ((CodecReader) getOnlyLeafReader(reader)).checkIntegrity();
            }
          });
          assertTrue(e.toString(), (e + " " + e.getCause()).contains(file));
        }
        write(directory, file, bytes);
      }
      readAll(directory);
    }
  }

  public void testFlippedBitsAreSeen() throws IOException {
    assertSeen(200, bytes -> {
      bytes[random().nextInt(bytes.length)] ^= (byte) (1 << random().nextInt(8));
      return bytes;
    });
  }

  public void testTruncatedFilesAreSeen() throws IOException {
    assertSeen(100, bytes -> Arrays.copyOf(bytes, random().nextInt(bytes.length)));
  }

  /** With a right checksum: whatever is read then is wrong in a way that does no harm. */
  public void testForgedNumbersNeitherCrashNorAllocate() throws IOException {
    int[] forged = {-1, 0, 1, 31, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE};
    Random random = random();
    int seen = 0;
    try (Directory directory = uncompounded(randomValues(500, 70, 1, 40))) {
      for (String file : ours(directory)) {
        byte[] bytes = read(directory, file);
        int header = CodecUtil.indexHeaderLength(
            file.endsWith(".etm") ? TokenBlocksFormat.META_CODEC : TokenBlocksFormat.BLOCKS_CODEC,
            TokenBlocksFormat.NAME + "_0");
        for (int i = 0; i < 500; i++) {
          byte[] copy = bytes.clone();
          int at = header + random.nextInt(bytes.length - CodecUtil.footerLength() - header - 4);
          if (random.nextBoolean()) {
            ByteBuffer.wrap(copy).putInt(at, forged[random.nextInt(forged.length)]);
          } else {
            copy[at] = (byte) random.nextInt();
          }
          CRC32 crc = new CRC32();
          crc.update(copy, 0, copy.length - Long.BYTES);
          ByteBuffer.wrap(copy).putLong(copy.length - Long.BYTES, crc.getValue());
          write(directory, file, copy);
          try {
            readAll(directory);
          } catch (IOException e) {
            seen++;
          } catch (AssertionError e) {
            // Lucene asserts, in tests only, that a list of documents goes on.
            assertEquals(IndexedDISI.class.getName(), e.getStackTrace()[0].getClassName());
          }
        }
        write(directory, file, bytes);
      }
    }
    assertTrue("" + seen, seen > 100);
  }

  /** A file of the same name and a right checksum, from another index. */
  public void testFilesOfAnotherIndexAreSeen() throws IOException {
    byte[][] values = randomValues(100, 100, 1, 40);
    try (Directory one = uncompounded(values); Directory other = uncompounded(values)) {
      for (String file : ours(one)) {
        byte[] right = read(one, file);
        write(one, file, read(other, file));
        IOException e = expectThrows(IOException.class, () -> DirectoryReader.open(one).close());
        assertTrue(e.toString(), e.toString().contains(file));
        write(one, file, right);
      }
      assertValues(one, values);
    }
  }

  /** What was committed before the failure stays, and the directory, which sees files left open, closes. */
  public void testFailuresWhileFlushingAndMerging() throws IOException {
    byte[][] values = randomValues(200, 60, 0, 90);
    FailingWrite counting = new FailingWrite(TokenBlocksWriter.class, -1);
    flushAndMerge(values, counting);
    assertTrue(counting.calls() > 0);
    for (int i = 0; i < 10; i++) {
      FailingWrite failure = new FailingWrite(TokenBlocksWriter.class, random().nextInt(counting.calls()));
      expectThrows(IOException.class, () -> flushAndMerge(values, failure));
    }
  }

  private static void flushAndMerge(byte[][] values, FailingWrite failure) throws IOException {
    try (MockDirectoryWrapper directory = newMockDirectory()) {
      index(directory, values);
      failure.setDoFail();
      directory.failOn(failure);
      IndexWriter writer = new IndexWriter(directory,
          config().setMergePolicy(newLogMergePolicy()).setMergeScheduler(new SerialMergeScheduler()));
      try {
        add(writer, values, 0);
        writer.forceMerge(1);
      } finally {
        failure.clearDoFail();
        writer.rollback();
        assertValues(directory, values);
      }
    }
  }

  /** The JVM must survive it, and reading either ends well or says that the segment is closed. */
  public void testReaderClosedWhileVectorsAreCompared() throws Exception {
    TokenVectors vectors = TestFixedDimensionalEncoder.randomVectors(random(), 50, 8);
    MaxSim maxSim = new MaxSim(vectors);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      byte[][] values = new byte[100][];
      Arrays.fill(values, TokenBlock.encode(vectors).bytes);
      index(directory, values);
      for (int round = 0; round < 10; round++) {
        DirectoryReader reader = DirectoryReader.open(directory);
        LeafReader leaf = getOnlyLeafReader(reader);
        AtomicReference<Throwable> unexpected = new AtomicReference<>();
        CountDownLatch comparing = new CountDownLatch(2);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
          MaxSim.Scorer scorer = maxSim.scorer(leaf, FIELD);
          MultiVectorField.Reader source = MultiVectorField.reader(leaf, FIELD, 8);
          threads.add(new Thread(() -> compareUntilClosed(scorer, source, comparing, unexpected)));
        }
        threads.forEach(Thread::start);
        comparing.await();
        reader.close();
        for (Thread thread : threads) {
          thread.join();
        }
        if (unexpected.get() != null) {
          throw new AssertionError("not the exception of a closed segment", unexpected.get());
        }
      }
    }
  }

  private static void compareUntilClosed(MaxSim.Scorer scorer, MultiVectorField.Reader source, CountDownLatch comparing,
      AtomicReference<Throwable> unexpected) {
    try {
      for (int i = 0;; i++) {
        scorer.prefetchEstimate(0);
        scorer.estimate(0);
        scorer.maxSim(0);
        source.vectors(0);
        if (i == 10) {
          comparing.countDown();
        }
      }
    } catch (AlreadyClosedException e) {
      // As it should end.
    } catch (Throwable t) {
      unexpected.set(t);
      comparing.countDown();
    }
  }
}
