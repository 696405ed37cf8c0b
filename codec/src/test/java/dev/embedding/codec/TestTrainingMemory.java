package dev.embedding.codec;

import static dev.embedding.codec.TestQuantizedVectorsFormat.MANY;
import static dev.embedding.codec.TestQuantizedVectorsFormat.config;
import static dev.embedding.codec.TestQuantizedVectorsFormat.document;
import static dev.embedding.codec.TestQuantizedVectorsFormat.randomVectors;
import static dev.embedding.codec.TestQuantizedVectorsFormat.search;

import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.codec.quantization.TrainedQuantizer;
import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.InfoStream;

/** Memory that is short makes samples smaller; no flush or merge fails of it, and all of it is given back. */
public class TestTrainingMemory extends LuceneTestCase {

  private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.COSINE;
  private static final int SEGMENT = MANY / 4;
  private static final List<VectorQuantizer> KINDS = List.of(Quantizers.of("binary", 1),
      Quantizers.of("product", 4, 12),
      Quantizers.of("product", 8, 6));

  /** What the format says while it writes. */
  private static final class Messages extends InfoStream {

    private final List<String> learned = new ArrayList<>();

    @Override
    public synchronized void message(String component, String message) {
      if (message.contains("learned for")) {
        learned.add(message);
      }
    }

    @Override
    public boolean isEnabled(String component) {
      return component.equals("QV");
    }

    @Override
    public void close() {}
  }

  private static IndexWriterConfig merging(VectorQuantizer quantizer, TrainingMemory memory) {
    return config(new QuantizedVectorsFormat(quantizer, memory)).setMergePolicy(new LogDocMergePolicy())
        .setMergeScheduler(new SerialMergeScheduler());
  }

  /** Four flushes and a merge that is too large for the codebooks of these. */
  private static void write(Directory directory, IndexWriterConfig config, float[][] vectors) throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < vectors.length; i++) {
        writer.addDocument(document(i, vectors[i], SIMILARITY));
        if (i % SEGMENT == SEGMENT - 1) {
          writer.flush();
        }
      }
      writer.forceMerge(1);
    }
  }

  /** A few are missed, as codes of 24 dimensions are off by more than is expected of them for one vector in fifty. */
  private static void assertFinds(Directory directory, float[][] vectors) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      LeafReader leaf = getOnlyLeafReader(reader);
      assertEquals(vectors.length, leaf.numDocs());
      int found = 0;
      for (int i = 0; i < 50; i++) {
        float[] query = vectors[random().nextInt(vectors.length)];
        float best = search(leaf, query, 1, 1_000, AcceptDocs.fromLiveDocs(null, leaf.maxDoc())).scoreDocs[0].score;
        found += Math.abs(1 - best) < 1e-5f ? 1 : 0;
      }
      assertTrue(found + " of 50", found >= 40);
    }
    TestUtil.checkIndex(directory);
  }

  public void testFlushAndMergeAskAndGiveBack() throws IOException {
    float[][] vectors = randomVectors(MANY);
    for (VectorQuantizer quantizer : KINDS) {
      CountingMemory memory = new CountingMemory(Long.MAX_VALUE);
      try (Directory directory = newDirectory()) {
        write(directory, merging(quantizer, memory), vectors);
        assertFinds(directory, vectors);
      }
      assertTrue(memory.isFree());
      assertTrue(quantizer.name() + ": " + memory.reservations(), memory.reservations() >= 5);
      long sample = SampleSize.of(quantizer, vectors[0].length, MANY).wanted() * 4L * vectors[0].length;
      assertTrue(memory.largest() + " for a sample of " + sample, memory.largest() >= sample);
    }
  }

  public void testShortMemoryMakesSamplesSmaller() throws IOException {
    float[][] vectors = randomVectors(MANY);
    VectorQuantizer quantizer = KINDS.get(random().nextInt(KINDS.size()));
    SampleSize size = SampleSize.of(quantizer, vectors[0].length, MANY);
    assertTrue(size.least() < size.wanted());
    long half = (size.leastBytes() + size.wantedBytes()) / 2;
    for (long limit : new long[] {0, half, Long.MAX_VALUE}) {
      CountingMemory memory = new CountingMemory(limit);
      Messages messages = new Messages();
      try (Directory directory = newDirectory()) {
        write(directory, merging(quantizer, memory).setInfoStream(messages), vectors);
        assertFinds(directory, vectors);
      }
      assertTrue(memory.isFree());
      int expected = limit == 0 ? size.least() : limit == half ? size.vectors(half) : size.wanted();
      String merged = messages.learned.getLast();
      assertTrue(merged,
          merged.contains("for " + MANY + " vectors from " + expected + " of them (" + size.wanted() + " wanted)"));
    }
  }

  public void testSampleGrowsWithTheMemory() {
    for (VectorQuantizer quantizer : KINDS) {
      for (int dimension : new int[] {1, 24, 384, 4_096, QuantizedVectorsFormat.MAX_DIMENSIONS}) {
        for (int vectors : new int[] {1, 500, SEGMENT, MANY, 10_000_000}) {
          SampleSize size = SampleSize.of(quantizer, dimension, vectors);
          assertTrue(size.toString(), 0 < size.least() && size.least() <= size.wanted() && size.wanted() <= vectors);
          assertTrue(size.toString(), (long) size.wanted() * dimension * Float.BYTES <= 64 << 20);
          assertEquals(size.least(), size.vectors(0));
          assertEquals(size.least(), size.vectors(size.leastBytes()));
          assertEquals(size.wanted(), size.vectors(size.wantedBytes()));
          assertEquals(size.wanted(), size.vectors(Long.MAX_VALUE));
        }
      }
    }
  }

  public void testNothingIsAskedForWhereNothingIsLearned() throws IOException {
    CountingMemory memory = new CountingMemory(0);
    float[][] vectors = randomVectors(300);
    try (Directory directory = newDirectory()) {
      write(directory, merging(Quantizers.of("product", 4, 12), memory), vectors);
      assertFinds(directory, vectors);
    }
    assertEquals(0, memory.reservations());
  }

  public void testAFailureGivesItBack() throws IOException {
    CountingMemory memory = new CountingMemory(Long.MAX_VALUE);
    float[][] vectors = randomVectors(300);
    try (Directory directory = newDirectory()) {
      IndexWriter writer = new IndexWriter(directory, merging(new Failing(Quantizers.of("binary", 1)), memory));
      for (int i = 0; i < vectors.length; i++) {
        writer.addDocument(document(i, vectors[i], SIMILARITY));
      }
      assertEquals("for the test", expectThrows(IllegalStateException.class, writer::flush).getMessage());
      writer.rollback();
    }
    assertEquals(1, memory.reservations());
    assertTrue(memory.isFree());
  }

  /** Cannot learn. */
  private record Failing(VectorQuantizer in) implements VectorQuantizer {

    @Override
    public String name() {
      return in.name();
    }

    @Override
    public int wireNumber() {
      return in.wireNumber();
    }

    @Override
    public int bits() {
      return in.bits();
    }

    @Override
    public int planes() {
      return in.planes();
    }

    @Override
    public int planeBytes(int dimension) {
      return in.planeBytes(dimension);
    }

    @Override
    public TrainedQuantizer learn(float[][] residuals, int dimension) {
      throw new IllegalStateException("for the test");
    }

    @Override
    public TrainedQuantizer restore(int dimension, float[] learned) {
      return in.restore(dimension, learned);
    }
  }
}
