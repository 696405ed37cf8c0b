package dev.embedding.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FilterBinaryDocValues;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexInput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.tests.util.LuceneTestCase;

import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;

/**
 * A search asks the directory for the blocks of its candidates ahead of reading them, each once and in the order of the
 * file. Document i has i + 1 vectors, so that the length of what is read tells which document it is of.
 */
public class TestMaxSimPrefetch extends LuceneTestCase {
  private static final String FIELD = "tokens";
  private static final int DIMENSION = 4;
  private static final int DOCUMENTS = 150;

  private final FixedDimensionalEncoder encoder = new FixedDimensionalEncoder(new EncodingOptions(4, 2, 4, 42),
      DIMENSION);
  private final List<Access> accesses = new ArrayList<>();

  /** Of the file with the blocks. */
  private record Access(boolean ahead, long offset, long length) {}

  private static Codec codec(boolean prefetches) {
    return new Lucene104Codec() {
      @Override
      public DocValuesFormat getDocValuesFormatForField(String field) {
        return prefetches ? MultiVectorField.blocksFormat() : super.getDocValuesFormatForField(field);
      }

      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return MultiVectorField.encodingFormat();
      }
    };
  }

  private static TokenVectors vectors(int count) {
    float[] values = new float[count * DIMENSION];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random().nextGaussian();
    }
    return new TokenVectors(DIMENSION, values);
  }

  /** In two segments, with documents that have no vectors between the others. */
  private void index(Directory directory, Codec codec, int tokenBits) throws IOException {
    IndexWriterConfig config = new IndexWriterConfig().setCodec(codec).setMergePolicy(NoMergePolicy.INSTANCE);
    try (IndexWriter writer = new IndexWriter(directory, config.setUseCompoundFile(false))) {
      for (int i = 0; i < DOCUMENTS; i++) {
        Document document = new Document();
        MultiVectorField.fields(FIELD, vectors(i + 1), encoder, tokenBits).forEach(document::add);
        document.add(new IntPoint("even", i % 2));
        writer.addDocument(document);
        if (i % 5 == 0) {
          writer.addDocument(new Document());
        }
        if (i == DOCUMENTS / 3) {
          writer.flush();
        }
      }
    }
  }

  /** Records what is asked for and read of the file with the blocks, in our format or Lucene's. */
  private final class Recording extends FilterDirectory {
    Recording(Directory in) {
      super(in);
    }

    @Override
    public IndexInput openInput(String name, IOContext context) throws IOException {
      IndexInput input = super.openInput(name, context);
      return name.endsWith(".etb") || name.endsWith(".dvd") ? new RecordingInput(input, 0) : input;
    }
  }

  private final class RecordingInput extends FilterIndexInput {
    private final long start;

    RecordingInput(IndexInput in, long start) {
      super("recording " + in, in);
      this.start = start;
    }

    @Override
    public RecordingInput clone() {
      return new RecordingInput(in.clone(), start);
    }

    @Override
    public IndexInput slice(String description, long offset, long length) throws IOException {
      return new RecordingInput(in.slice(description, offset, length), start + offset);
    }

    @Override
    public void prefetch(long offset, long length) {
      accesses.add(new Access(true, start + offset, length));
    }

    @Override
    public void readBytes(byte[] bytes, int offset, int length) throws IOException {
      accesses.add(new Access(false, start + getFilePointer(), length));
      super.readBytes(bytes, offset, length);
    }
  }

  /** What has the length of a block, or of the floats: how many vectors the document has. */
  private static int vectors(Access access, int header, int bytesEach) {
    boolean whole = access.length > header && (access.length - header) % bytesEach == 0;
    return whole ? (int) (access.length - header) / bytesEach : -1;
  }

  private List<Integer> documents(boolean ahead) {
    return accesses.stream()
        .filter(access -> access.ahead == ahead)
        .map(access -> vectors(access, 12, DIMENSION + 6) - 1)
        .filter(document -> document >= 0)
        .toList();
  }

  private MaxSimQuery query(int k, int candidates, Query filter) {
    return new MaxSimQuery(FIELD, vectors(3), encoder, new MaxSimOptions(k, candidates, true), filter);
  }

  private void assertAskedFor(List<Integer> expected) {
    assertEquals(expected, documents(true));
    assertEquals(expected, documents(false));
    List<Integer> asked = new ArrayList<>();
    int read = 0;
    long lastOffset = -1;
    for (Access access : accesses) {
      int document = vectors(access, 12, DIMENSION + 6) - 1;
      if (document >= 0 && access.ahead) {
        asked.add(document);
        // The second segment has a file of its own.
        assertTrue(document == expected.get(0) || document > DOCUMENTS / 3 || access.offset > lastOffset);
        lastOffset = access.offset;
      } else if (document >= 0) {
        assertEquals(document, (int) asked.get(read++));
        assertTrue("" + (asked.size() - read), asked.size() - read < MaxSimSearch.AHEAD);
      }
    }
  }

  public void testEveryDocumentOnceAndAhead() throws IOException {
    try (Directory directory = new Recording(newFSDirectory(createTempDir()))) {
      index(directory, codec(true), 8);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        accesses.clear();
        new IndexSearcher(reader).search(query(10, DOCUMENTS, null), 10);
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
          all.add(i);
        }
        assertAskedFor(all);
        accesses.clear();
        new IndexSearcher(reader).search(query(10, DOCUMENTS, IntPoint.newExactQuery("even", 0)), 10);
        all.removeIf(i -> i % 2 != 0);
        assertAskedFor(all);
      }
    }
  }

  public void testOnlyCandidates() throws IOException {
    try (Directory directory = new Recording(newFSDirectory(createTempDir()))) {
      index(directory, codec(true), 8);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        MaxSimQuery query = query(50, 50, null);
        accesses.clear();
        TopDocs hits = new IndexSearcher(reader).search(query, 50);
        List<Access> searched = List.copyOf(accesses);
        TreeSet<Integer> candidates = new TreeSet<>();
        for (ScoreDoc hit : hits.scoreDocs) {
          candidates.add(document(reader, hit.doc));
        }
        accesses.clear();
        accesses.addAll(searched);
        assertEquals(50, candidates.size());
        assertAskedFor(List.copyOf(candidates));
      }
    }
  }

  private static int document(DirectoryReader reader, int doc) throws IOException {
    LeafReaderContext leaf = reader.leaves().get(ReaderUtil.subIndex(doc, reader.leaves()));
    return MultiVectorField.reader(leaf.reader(), FIELD, DIMENSION).vectors(doc - leaf.docBase).count() - 1;
  }

  /** The floats are asked for of the few that the bytes leave undecided. */
  public void testFloatsOfTheUndecided() throws IOException {
    try (Directory directory = new Recording(newFSDirectory(createTempDir()))) {
      index(directory, codec(true), 32);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        accesses.clear();
        new IndexSearcher(reader).search(query(5, DOCUMENTS, null), 5);
        List<Access> floats = accesses.stream()
            .filter(a -> vectors(a, 0, DIMENSION * Float.BYTES) > 0 && vectors(a, 12, DIMENSION + 6) < 0)
            .toList();
        List<Long> asked = floats.stream().filter(Access::ahead).map(Access::length).toList();
        assertEquals(asked, floats.stream().filter(access -> access.ahead == false).map(Access::length).toList());
        assertTrue("" + asked, asked.size() > 2 && asked.size() < DOCUMENTS);
        for (int i = 1; i < asked.size(); i++) {
          assertTrue(asked.get(i - 1) < asked.get(i));
        }
      }
    }
  }

  /** A reader that wraps doc values gives the same answers. */
  public void testWrappedDocValuesAreCopied() throws IOException {
    try (Directory directory = new Recording(newFSDirectory(createTempDir()))) {
      index(directory, codec(true), 8);
      MaxSimQuery query = query(20, DOCUMENTS, null);
      try (DirectoryReader reader = DirectoryReader.open(directory); DirectoryReader wrapped = new Wrapping(reader)) {
        ScoreDoc[] expected = new IndexSearcher(reader).search(query, 20).scoreDocs;
        accesses.clear();
        ScoreDoc[] found = new IndexSearcher(wrapped).search(query, 20).scoreDocs;
        assertEquals(List.of(), documents(true));
        assertEquals(DOCUMENTS, documents(false).size());
        for (int i = 0; i < 20; i++) {
          assertEquals(expected[i].doc, found[i].doc);
          assertEquals(expected[i].score, found[i].score, 0);
        }
      }
    }
  }

  public void testBlocksInLucenesFormatAreCopied() throws IOException {
    try (Directory directory = new Recording(newFSDirectory(createTempDir()))) {
      index(directory, codec(false), 8);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        accesses.clear();
        assertEquals(20, new IndexSearcher(reader).search(query(20, DOCUMENTS, null), 20).scoreDocs.length);
        assertEquals(List.of(), documents(true));
        assertEquals(DOCUMENTS, documents(false).size());
      }
    }
  }

  /** Wraps doc values, as a reader does that hides some. */
  private static final class Wrapping extends FilterDirectoryReader {
    Wrapping(DirectoryReader in) throws IOException {
      super(in, new SubReaderWrapper() {
        @Override
        public LeafReader wrap(LeafReader leaf) {
          return new FilterLeafReader(leaf) {
            @Override
            public BinaryDocValues getBinaryDocValues(String field) throws IOException {
              BinaryDocValues values = super.getBinaryDocValues(field);
              return values == null ? null : new FilterBinaryDocValues(values) {
              };
            }

            @Override
            public CacheHelper getCoreCacheHelper() {
              return null;
            }

            @Override
            public CacheHelper getReaderCacheHelper() {
              return null;
            }
          };
        }
      });
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
      return new Wrapping(in);
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return null;
    }
  }
}
