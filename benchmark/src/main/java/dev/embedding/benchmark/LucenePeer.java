package dev.embedding.benchmark;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.RescoreStrategy;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.search.NearestOptions;
import dev.embedding.search.NearestQuery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorsFormat.ScalarEncoding;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;

/**
 * A vectors format of Lucene's or of ours. All documents are searched by the queries that users have, which give each segment a part of the beam; where a
 * filter is given every segment is searched with the whole beam, so that evaluating the filter is no part of what is measured.
 */
final class LucenePeer implements Peer {

  private static final String FIELD = "vector";
  private static final int MAX_CONNECTIONS = 16;
  private static final int BEAM_WIDTH = 100;
  private static final int FLUSHES = 4;

  /** Who looks so widely wants the highest recall, which needs all of the beam in full precision. */
  private static final int WIDE_BEAM = 640;

  private final String name;
  private Directory directory;
  private DirectoryReader reader;
  private IndexSearcher searcher;
  private FixedBitSet[] accepted;

  LucenePeer(String name) {
    this.name = name;
  }

  private boolean isOurs() {
    return name.startsWith("ours");
  }

  private KnnVectorsFormat format() {
    return switch (name) {
      case "lucene-float" -> new Lucene99HnswVectorsFormat(MAX_CONNECTIONS, BEAM_WIDTH);
      case "lucene-1bit" -> new Lucene104HnswScalarQuantizedVectorsFormat(ScalarEncoding.SINGLE_BIT_QUERY_NIBBLE,
          MAX_CONNECTIONS, BEAM_WIDTH);
      case "lucene-4bit" ->
        new Lucene104HnswScalarQuantizedVectorsFormat(ScalarEncoding.PACKED_NIBBLE, MAX_CONNECTIONS, BEAM_WIDTH);
      case "lucene-7bit" ->
        new Lucene104HnswScalarQuantizedVectorsFormat(ScalarEncoding.SEVEN_BIT, MAX_CONNECTIONS, BEAM_WIDTH);
      case "ours-1bit" -> new QuantizedVectorsFormat(Quantizers.of("binary", 1));
      case "ours-2bit" -> new QuantizedVectorsFormat(Quantizers.of("binary", 2));
      case "ours-4bit" -> new QuantizedVectorsFormat(Quantizers.of("binary", 4));
      case "ours-8bit" -> new QuantizedVectorsFormat(Quantizers.of("scalar", 8));
      case String product when product.matches("ours-pq-[48]bit-\\d+") -> product(product.split("-", -1));
      default -> throw new IllegalArgumentException("no such peer: " + name);
    };
  }

  /** The last part of the name is the bytes of a code. */
  private static KnnVectorsFormat product(String[] name) {
    int bits = name[2].charAt(0) - '0';
    return new QuantizedVectorsFormat(Quantizers.of("product", bits, Integer.parseInt(name[3]) * 8 / bits));
  }

  @Override
  public List<Knob> knobs(int k) {
    List<Knob> knobs = new ArrayList<>();
    for (int beam : BEAMS) {
      if (beam >= k) {
        if (isOurs() || name.equals("lucene-float")) {
          knobs.add(new Knob(beam, 0));
        } else {
          for (int oversample : beam < WIDE_BEAM ? new int[] {1, 2, 3, 5, 1_000} : new int[] {1_000}) {
            knobs.add(new Knob(beam, oversample));
          }
        }
      }
    }
    return knobs;
  }

  /** Ours reads all cells then. */
  @Override
  public Knob codesAlone() {
    return new Knob(isOurs() ? 10_000 : 960, 1);
  }

  private Codec codec() {
    KnnVectorsFormat format = format();
    return new FilterCodec("Lucene104", new Lucene104Codec()) {
      @Override
      public KnnVectorsFormat knnVectorsFormat() {
        return new PerFieldKnnVectorsFormat() {
          @Override
          public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return format;
          }
        };
      }
    };
  }

  @Override
  public void build(DataSet data, Path folder, int segments) throws IOException {
    try (Directory out = new MMapDirectory(folder)) {
      IndexWriterConfig flushing = config().setMergePolicy(NoMergePolicy.INSTANCE).setRAMBufferSizeMB(1900);
      long start = Worker.cpuNanos();
      try (IndexWriter writer = new IndexWriter(out, flushing)) {
        int flushEvery = (data.documents.length + FLUSHES - 1) / FLUSHES;
        for (int i = 0; i < data.documents.length; i++) {
          Document document = new Document();
          document.add(new KnnFloatVectorField(FIELD, data.documents[i], VectorSimilarityFunction.DOT_PRODUCT));
          writer.addDocument(document);
          if ((i + 1) % flushEvery == 0) {
            writer.flush();
          }
        }
      }
      long flushed = Worker.cpuNanos();
      try (IndexWriter writer = new IndexWriter(out, config().setMergePolicy(new LogDocMergePolicy()))) {
        writer.forceMerge(segments);
      }
      Worker.saveBuildCost(folder, flushed - start, Worker.cpuNanos() - flushed);
    }
  }

  private IndexWriterConfig config() {
    return new IndexWriterConfig().setCodec(codec())
        .setUseCompoundFile(false)
        .setMergeScheduler(new SerialMergeScheduler());
  }

  @Override
  public void open(DataSet data, Path folder) throws IOException {
    directory = new MMapDirectory(folder);
    reader = DirectoryReader.open(directory);
    searcher = new IndexSearcher(reader);
    searcher.setQueryCache(null);
  }

  @Override
  public void filter(FixedBitSet passing) {
    accepted = null;
    if (passing != null) {
      accepted = new FixedBitSet[reader.leaves().size()];
      for (LeafReaderContext leaf : reader.leaves()) {
        FixedBitSet bits = new FixedBitSet(leaf.reader().maxDoc());
        for (int i = 0; i < bits.length(); i++) {
          if (passing.get(leaf.docBase + i)) {
            bits.set(i);
          }
        }
        accepted[leaf.ord] = bits;
      }
    }
  }

  @Override
  public int[] search(float[] query, int k, Knob knob) throws IOException {
    boolean rescores = !isOurs() && knob.oversample() > 0;
    int count = rescores ? (int) Math.min(knob.beam(), (long) k * knob.oversample()) : k;
    ScoreDoc[] found = accepted == null ? searcher.search(query(query, k, knob), count).scoreDocs
        : searchLeaves(query, k, knob, count);
    if (rescores) {
      rescore(query, found);
    }
    return Arrays.stream(found).limit(k).mapToInt(hit -> hit.doc).toArray();
  }

  private Query query(float[] query, int k, Knob knob) {
    return isOurs()
        ? new NearestQuery(FIELD, query, new NearestOptions(k, knob.beam(), knob.oversample(), false, 0), null)
        : new KnnFloatVectorQuery(FIELD, query, knob.beam());
  }

  private ScoreDoc[] searchLeaves(float[] query, int k, Knob knob, int count) throws IOException {
    ScoreDoc[] found = new ScoreDoc[0];
    for (LeafReaderContext leaf : reader.leaves()) {
      KnnCollector collector = isOurs()
          ? new TopKnnCollector(knob.beam(), Integer.MAX_VALUE, new RescoreStrategy(k, knob.oversample()))
          : new TopKnnCollector(knob.beam(), Integer.MAX_VALUE);
      leaf.reader().searchNearestVectors(FIELD, query, collector, accept(leaf));
      found = merge(found, collector.topDocs().scoreDocs, leaf.docBase, count);
    }
    return found;
  }

  private AcceptDocs accept(LeafReaderContext leaf) {
    FixedBitSet bits = accepted[leaf.ord];
    int count = bits.cardinality();
    return AcceptDocs.fromIteratorSupplier(() -> new BitSetIterator(bits, count), null, leaf.reader().maxDoc());
  }

  /** Scores documents in full precision, and sorts them, best first. */
  private void rescore(float[] query, ScoreDoc[] docs) throws IOException {
    Arrays.sort(docs, (a, b) -> a.doc - b.doc);
    int next = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      int end = leaf.docBase + leaf.reader().maxDoc();
      FloatVectorValues values = leaf.reader().getFloatVectorValues(FIELD);
      VectorScorer scorer = values.rescorer(query);
      for (; next < docs.length && docs[next].doc < end; next++) {
        scorer.iterator().advance(docs[next].doc - leaf.docBase);
        docs[next].score = scorer.score();
      }
    }
    Arrays.sort(docs, (a, b) -> Float.compare(b.score, a.score));
  }

  private static ScoreDoc[] merge(ScoreDoc[] one, ScoreDoc[] other, int docBase, int k) {
    ScoreDoc[] all = Arrays.copyOf(one, one.length + other.length);
    for (int i = 0; i < other.length; i++) {
      all[one.length + i] = new ScoreDoc(other[i].doc + docBase, other[i].score);
    }
    if (one.length > 0) {
      Arrays.sort(all, (a, b) -> Float.compare(b.score, a.score));
    }
    return all.length > k ? Arrays.copyOf(all, k) : all;
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
  }
}
