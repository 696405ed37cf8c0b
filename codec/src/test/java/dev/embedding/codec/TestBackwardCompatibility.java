package dev.embedding.codec;

import dev.embedding.codec.kernel.Kernels;
import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.VectorUtil;

/**
 * Indices of every version of the format must open, be searched and be merged for ever. Each is a zip beside this test; a new one is written by
 *
 * <pre>  mvn -pl codec test -Dtest=TestBackwardCompatibility#testWriteIndex -Dtests.index=src/test/resources/index.VERSION.zip</pre>
 */
public class TestBackwardCompatibility extends LuceneTestCase {

  /** @param large vectors of the large segment */
  private record Index(String zip, int large, boolean isCurrent) {}

  /** The large segment of version 0 has cells and signs, those of later versions rows of neighbours as well. The small one has none of these. */
  private static final Index[] INDICES = {new Index("index.3.6.0.0.zip", 8_292, false),
      new Index("index.3.6.0.0-1.zip", 32_868, false), new Index("index.3.6.0.0-2.zip", 32_868, true)};

  private static final int DIMENSION = 8;

  private static final int LARGE = NeighbourFinder.FROM + 100;
  private static final int SMALL = 300;

  /** Documents of the large segment that have the other fields, enough for product quantization to learn from. */
  private static final int SOME = 2_100;

  private static KnnVectorsFormat format(String field) {
    return switch (field) {
      case "scalar" -> new QuantizedVectorsFormat(Quantizers.of("scalar", 8));
      case "product" -> new QuantizedVectorsFormat(Quantizers.of("product", 4, 4));
      case "codes" -> QuantizedVectorsFormat.codesOnly(Quantizers.of("binary", 4));
      default -> new QuantizedVectorsFormat(Quantizers.of("binary", 1));
    };
  }

  private static IndexWriterConfig config() {
    return new IndexWriterConfig().setCodec(new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return format(field);
      }
    });
  }

  /** The vector of a document, the same for ever. */
  private static float[] vector(int doc) {
    SplittableRandom random = new SplittableRandom(doc);
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = random.nextInt(-16, 17) / 16f;
    }
    vector[doc % DIMENSION] = 1;
    return vector;
  }

  private static VectorSimilarityFunction similarity(String field) {
    return switch (field) {
      case "scalar" -> VectorSimilarityFunction.COSINE;
      case "product" -> VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
      default -> VectorSimilarityFunction.EUCLIDEAN;
    };
  }

  private static Document document(int doc) {
    Document document = new Document();
    document.add(new KnnFloatVectorField("binary", vector(doc), similarity("binary")));
    if (doc < SOME || doc >= LARGE) {
      for (String field : new String[] {"scalar", "product", "codes"}) {
        document.add(new KnnFloatVectorField(field, vector(doc), similarity(field)));
      }
    }
    return document;
  }

  public void testWriteIndex() throws IOException {
    String zip = System.getProperty("tests.index", "");
    assumeFalse("writes an index where -Dtests.index names a zip", zip.isEmpty());
    Path folder = createTempDir();
    try (Directory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, config().setMergePolicy(NoMergePolicy.INSTANCE))) {
      for (int doc = 0; doc < LARGE + SMALL; doc++) {
        writer.addDocument(document(doc));
        if (doc == LARGE - 1) {
          writer.flush();
        }
      }
    }
    IndexFiles.zip(folder, Path.of(zip));
  }

  public void testIndicesOfAllVersionsOpenAndMerge() throws IOException {
    for (Index index : INDICES) {
      CodebookHash before;
      List<String> codes;
      Path folder = createTempDir();
      try (InputStream zip = getClass().getResourceAsStream("/" + index.zip)) {
        TestUtil.unzip(zip, folder);
      }
      try (Directory directory = new MMapDirectory(folder)) {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          assertEquals(2, reader.leaves().size());
          check(reader, index.large);
          LeafReader large = reader.leaves().getFirst().reader();
          Cells cells = TestQuantizedVectorsFormat.cells(large, "binary");
          assertEquals(index.large >= NeighbourFinder.FROM, cells.keepsNeighbours());
          if (cells.keepsNeighbours()) {
            checkNeighbours(cells, large.getFloatVectorValues("binary"));
          }
          checkCentres(cells);
          before = cells.hash();
          codes = codes(reader);
        }
        try (IndexWriter writer = new IndexWriter(directory, config())) {
          writer.forceMerge(1);
        }
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          assertEquals(1, reader.leaves().size());
          check(reader, index.large);
          Cells cells = TestQuantizedVectorsFormat.cells(getOnlyLeafReader(reader), "binary");
          checkCentres(cells);
          // Older centres are not written any more.
          assertEquals(index.isCurrent, before.equals(cells.hash()));
          assertEquals(index.isCurrent ? index.large : index.large + SMALL, cells.codebook().trainedOn());
          assertEquals(codes, codes(reader));
        }
      }
    }
  }

  private static void check(DirectoryReader reader, int large) throws IOException {
    assertEquals(large + SMALL, reader.maxDoc());
    for (LeafReaderContext context : reader.leaves()) {
      LeafReader leaf = context.reader();
      ((CodecReader) leaf).getVectorReader().checkIntegrity();
      for (String field : new String[] {"binary", "scalar", "product", "codes"}) {
        FloatVectorValues values = leaf.getFloatVectorValues(field);
        int found = 0;
        for (int turn = 0; turn < 20; turn++) {
          int ordinal = random().nextInt(values.size());
          float[] vector = vector(context.docBase + values.ordToDoc(ordinal));
          if (!field.equals("codes")) {
            assertArrayEquals(vector, values.vectorValue(ordinal), 0);
          }
          found += findsItself(leaf, field, vector, values.ordToDoc(ordinal)) ? 1 : 0;
        }
        assertTrue(found + " of 20 by " + field, found >= 12);
      }
    }
  }

  /** The codes of which no vectors are kept, and which a merge must copy. */
  private static List<String> codes(DirectoryReader reader) throws IOException {
    List<String> codes = new ArrayList<>();
    for (LeafReaderContext context : reader.leaves()) {
      Cells cells = TestQuantizedVectorsFormat.cells(context.reader(), "codes");
      StoredCodes stored = new StoredCodes(cells);
      CodeRow row = new CodeRow(cells.quantizer().planes() * stored.planeBytes());
      for (int ordinal = 0; ordinal < cells.vectors(); ordinal++) {
        stored.read(ordinal, row);
        codes.add(Arrays.toString(row.code) + " " + row.base + " " + row.factor + " " + row.topFactor);
      }
    }
    return codes;
  }

  /** Products with centres are about those that their codes give. */
  private static void checkCentres(Cells cells) throws IOException {
    float[] farAlongTheMean = new float[DIMENSION];
    Arrays.fill(farAlongTheMean, 10);
    Query query = cells.query(farAlongTheMean);
    CellOrder order = CellOrder.of(cells, query, Kernels.best());
    CentreProducts products = cells.centreProducts(query, Kernels.best());
    double squares = 0;
    double errors = 0;
    for (int cell = 0; cell < cells.cells(); cell++) {
      float product = products.of(cell);
      squares += product * product;
      errors += Math.pow(product - order.product(cell), 2);
    }
    assertTrue(errors + " of " + squares, errors < 0.2 * squares);
  }

  /** Neighbours are much nearer than other vectors. */
  private static void checkNeighbours(Cells cells, FloatVectorValues values) throws IOException {
    BlockInput rows = cells.openNeighbours();
    int[] row = new int[cells.neighbourLayout().neighbours()];
    double toNeighbours = 0;
    double toOthers = 0;
    for (int turn = 0; turn < 50; turn++) {
      int ordinal = random().nextInt(values.size());
      float[] vector = values.vectorValue(ordinal).clone();
      rows.seek(ordinal, 1);
      cells.neighbourLayout().read(rows.segment(), rows.offset(), row);
      for (int neighbour : row) {
        toNeighbours += VectorUtil.squareDistance(vector, values.vectorValue(neighbour));
        toOthers += VectorUtil.squareDistance(vector, values.vectorValue(random().nextInt(values.size())));
      }
    }
    assertTrue(toNeighbours + " and " + toOthers, toNeighbours < 0.3 * toOthers);
  }

  /** Other vectors may be as close by four bits, or have a larger product. */
  private static boolean findsItself(LeafReader leaf, String field, float[] vector, int doc) throws IOException {
    TopKnnCollector collector = new TopKnnCollector(100, Integer.MAX_VALUE);
    leaf.searchNearestVectors(field, vector, collector, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()));
    var hits = collector.topDocs().scoreDocs;
    boolean isFirst = field.equals("binary") || field.equals("scalar");
    boolean found = false;
    for (int i = 0; i < (isFirst ? 1 : hits.length); i++) {
      found |= hits[i].doc == doc || (isFirst && hits[i].score == 1);
    }
    return found;
  }
}
