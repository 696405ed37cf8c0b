package dev.embedding.multivector;

import dev.embedding.codec.IndexFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/**
 * Documents of many vectors must be read and merged for ever, both with blocks in Lucene's doc values, as they were first, and in
 * a {@link TokenBlocksFormat}. Each index is a zip beside this test and has a segment of either; a new one is written by
 *
 * <pre>  mvn -pl codec test -Dtest=TestBlocksBackwardCompatibility#testWriteIndex -Dtests.index=codec/src/test/resources/blocks.VERSION.zip</pre>
 */
public class TestBlocksBackwardCompatibility extends LuceneTestCase {

  private static final String[] INDICES = {"blocks.3.6.0.0.zip"};

  private static final int DIMENSION = 8;
  private static final int DOCUMENTS = 120;
  private static final String[] FIELDS = {"bytes", "floats"};

  private static IndexWriterConfig config(boolean ours) {
    return new IndexWriterConfig().setCodec(new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return MultiVectorField.encodingFormat();
      }

      @Override
      public DocValuesFormat getDocValuesFormatForField(String field) {
        return ours ? MultiVectorField.blocksFormat() : super.getDocValuesFormatForField(field);
      }
    });
  }

  /** The vectors of a document, the same for ever; eight bits a number hold them exactly. */
  private static TokenVectors vectors(int doc) {
    SplittableRandom random = new SplittableRandom(doc);
    float[] values = new float[DIMENSION * random.nextInt(1, 20)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % DIMENSION == doc % DIMENSION ? 127 : random.nextInt(-127, 128);
    }
    return new TokenVectors(DIMENSION, values);
  }

  private static boolean hasVectors(int doc) {
    return doc % 5 != 4;
  }

  private static Document document(int doc) {
    Document document = new Document();
    if (hasVectors(doc)) {
      FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(new EncodingOptions(4, 2, DIMENSION, 42),
          DIMENSION);
      MultiVectorField.fields("bytes", vectors(doc), encoder, 8).forEach(document::add);
      MultiVectorField.fields("floats", vectors(doc), encoder, 32).forEach(document::add);
    }
    return document;
  }

  public void testWriteIndex() throws IOException {
    String zip = System.getProperty("tests.index", "");
    assumeFalse("writes an index where -Dtests.index names a zip", zip.isEmpty());
    Path folder = createTempDir();
    try (Directory directory = FSDirectory.open(folder)) {
      for (boolean ours : new boolean[] {false, true}) {
        try (IndexWriter writer = new IndexWriter(directory, config(ours).setMergePolicy(NoMergePolicy.INSTANCE))) {
          for (int doc = ours ? DOCUMENTS / 2 : 0; doc < (ours ? DOCUMENTS : DOCUMENTS / 2); doc++) {
            writer.addDocument(document(doc));
          }
        }
      }
    }
    IndexFiles.zip(folder, Path.of(zip));
  }

  public void testIndicesOfAllVersionsOpenAndMerge() throws IOException {
    for (String index : INDICES) {
      Path folder = createTempDir();
      try (InputStream zip = getClass().getResourceAsStream("/" + index)) {
        TestUtil.unzip(zip, folder);
      }
      try (Directory directory = new MMapDirectory(folder)) {
        check(directory, false, true);
        try (IndexWriter writer = new IndexWriter(directory, config(true))) {
          writer.forceMerge(1);
        }
        check(directory, true);
      }
    }
  }

  /** @param ours whether the blocks of each segment are in our format */
  private static void check(Directory directory, boolean... ours) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertEquals(DOCUMENTS, reader.maxDoc());
      assertEquals(ours.length, reader.leaves().size());
      for (LeafReaderContext context : reader.leaves()) {
        LeafReader leaf = context.reader();
        ((CodecReader) leaf).checkIntegrity();
        for (String field : FIELDS) {
          BinaryDocValues blocks = leaf.getBinaryDocValues(field);
          assertEquals(ours[context.ord], blocks instanceof TokenBlocks);
          MultiVectorField.Reader vectors = MultiVectorField.reader(leaf, field, DIMENSION);
          for (int doc = 0; doc < leaf.maxDoc(); doc++) {
            int number = context.docBase + doc;
            assertEquals(hasVectors(number) ? vectors(number) : null, vectors.vectors(doc));
          }
          MaxSim.Scorer scorer = new MaxSim(vectors(0)).scorer(leaf, field);
          for (int doc = 0; doc < leaf.maxDoc(); doc++) {
            assertEquals(hasVectors(context.docBase + doc), scorer.maxSim(doc) <= vectors(0).count() + 1e-3f);
          }
        }
      }
    }
  }
}
