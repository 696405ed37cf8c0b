package dev.embedding.codec;

import static dev.embedding.codec.IndexFiles.read;
import static dev.embedding.codec.IndexFiles.write;
import static dev.embedding.codec.TestQuantizedVectorsFormat.MANY;
import static dev.embedding.codec.TestQuantizedVectorsFormat.config;
import static dev.embedding.codec.TestQuantizedVectorsFormat.document;
import static dev.embedding.codec.TestQuantizedVectorsFormat.index;
import static dev.embedding.codec.TestQuantizedVectorsFormat.randomFormat;
import static dev.embedding.codec.TestQuantizedVectorsFormat.randomVectors;
import static dev.embedding.codec.TestQuantizedVectorsFormat.search;

import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Failures from outside: writes that end in the middle, files of another index, readers closed under a search. */
public class TestQuantizedVectorsFailures extends LuceneTestCase {

  private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.COSINE;

  private static AcceptDocs all(LeafReader leaf) {
    return AcceptDocs.fromLiveDocs(null, leaf.maxDoc());
  }

  private static void assertFindsItself(Directory directory, float[][] vectors) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertEquals(vectors.length, reader.numDocs());
      for (LeafReaderContext leaf : reader.leaves()) {
        int doc = random().nextInt(leaf.reader().maxDoc());
        ScoreDoc[] hits = search(leaf.reader(), vectors[leaf.docBase + doc], 1, 1_000, all(leaf.reader())).scoreDocs;
        assertEquals(1, hits[0].score, 1e-5f);
      }
    }
    TestUtil.checkIndex(directory);
  }

  private interface Change {

    void apply(IndexWriter writer) throws IOException;
  }

  /** What was committed before the failure stays, and the directory, which sees files left open, closes. */
  private static void assertSurvives(Change change) throws IOException {
    assertSurvives(CellsWriter.class, 1, 5, change);
  }

  private static void assertSurvives(Class<?> writing, int every, int failures, Change change) throws IOException {
    float[][] committed = randomVectors(500);
    FailingWrite counting = new FailingWrite(writing, -1, every);
    apply(committed, change, counting);
    assertTrue(counting.calls() > 0);
    for (int i = 0; i < failures; i++) {
      FailingWrite failure = new FailingWrite(writing, random().nextInt(counting.calls()), every);
      expectThrows(IOException.class, () -> apply(committed, change, failure));
    }
  }

  private static void apply(float[][] committed, Change change, FailingWrite failure) throws IOException {
    try (MockDirectoryWrapper directory = newMockDirectory()) {
      CountingMemory memory = new CountingMemory(Long.MAX_VALUE);
      QuantizedVectorsFormat format = new QuantizedVectorsFormat(Quantizers.of("binary", 1), memory);
      try (IndexWriter writer = new IndexWriter(directory, config(format))) {
        addFlushed(writer, committed);
      }
      failure.setDoFail();
      directory.failOn(failure);
      IndexWriter writer = new IndexWriter(directory,
          config(format).setMergePolicy(newLogMergePolicy()).setMergeScheduler(new SerialMergeScheduler()));
      try {
        change.apply(writer);
      } finally {
        failure.clearDoFail();
        writer.rollback();
        assertTrue(memory.isFree());
        assertFindsItself(directory, committed);
      }
    }
  }

  private static void addFlushed(IndexWriter writer, float[][] vectors) throws IOException {
    for (int i = 0; i < vectors.length; i++) {
      writer.addDocument(document(i, vectors[i], SIMILARITY));
    }
    writer.flush();
  }

  public void testFailureWhileFlushing() throws IOException {
    float[][] more = randomVectors(400);
    assertSurvives(writer -> addFlushed(writer, more));
  }

  public void testFailureWhileWritingRowsOfNeighbours() throws IOException {
    float[][] more = randomVectors(NeighbourFinder.FROM);
    assertSurvives(NeighbourFinder.class, 101, 4, writer -> addFlushed(writer, more));
  }

  public void testFailureWhileMerging() throws IOException {
    float[][] more = randomVectors(400);
    assertSurvives(writer -> {
      addFlushed(writer, more);
      writer.forceMerge(1);
    });
  }

  public void testPowerLossKeepsTheLastCommit() throws IOException {
    float[][] committed = randomVectors(600);
    try (MockDirectoryWrapper directory = newMockDirectory()) {
      IndexWriter writer = new IndexWriter(directory, config(randomFormat()));
      addFlushed(writer, committed);
      writer.commit();
      addFlushed(writer, randomVectors(300));
      directory.crash();
      expectThrows(IOException.class, writer::commit);
      directory.clearCrash();
      assertFindsItself(directory, committed);
    }
  }

  /** A file of the same name and a right checksum, from another index. */
  public void testFilesOfAnotherIndexAreSeen() throws IOException {
    float[][] vectors = randomVectors(500);
    try (Directory one = new MMapDirectory(createTempDir()); Directory other = new MMapDirectory(createTempDir())) {
      QuantizedVectorsFormat format = randomFormat();
      index(one, format, vectors, SIMILARITY);
      index(other, format, vectors, SIMILARITY);
      for (String file : one.listAll()) {
        if (file.endsWith(".eqm") || file.endsWith(".eqb") || file.endsWith(".eqc")) {
          byte[] right = read(one, file);
          write(one, file, read(other, file));
          IOException e = expectThrows(IOException.class, () -> DirectoryReader.open(one).close());
          assertTrue(e.toString(), e.toString().contains(file));
          write(one, file, right);
        }
      }
      assertFindsItself(one, vectors);
    }
  }

  /** The JVM must survive it, and a search either ends well or says that the segment is closed. */
  public void testReaderClosedUnderASearch() throws Exception {
    float[][] vectors = randomVectors(MANY);
    try (Directory directory = new MMapDirectory(createTempDir())) {
      index(directory, randomFormat(), vectors, SIMILARITY);
      for (int round = 0; round < 10; round++) {
        DirectoryReader reader = DirectoryReader.open(directory);
        LeafReader leaf = getOnlyLeafReader(reader);
        AtomicReference<Throwable> unexpected = new AtomicReference<>();
        CountDownLatch searching = new CountDownLatch(2);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
          Thread thread = new Thread(() -> searchUntilClosed(leaf, vectors, searching, unexpected));
          thread.start();
          threads.add(thread);
        }
        searching.await();
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

  private static void searchUntilClosed(LeafReader leaf, float[][] vectors, CountDownLatch searching,
      AtomicReference<Throwable> unexpected) {
    try {
      for (int i = 0;; i++) {
        search(leaf, vectors[i % vectors.length], 10, 100, all(leaf));
        searching.countDown();
      }
    } catch (AlreadyClosedException e) {
      // As it should end.
    } catch (Throwable t) {
      unexpected.set(t);
      searching.countDown();
    }
  }
}
