package dev.embedding.benchmark;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.RescoreStrategy;
import dev.embedding.codec.quantization.Quantizers;
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
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;

/** A vectors format of Lucene's or of ours. Every segment is searched with the whole beam, and the best of all are taken. */
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
    ScoreDoc[] found = new ScoreDoc[0];
    for (LeafReaderContext leaf : reader.leaves()) {
      KnnCollector collector = isOurs()
          ? new TopKnnCollector(knob.beam(), Integer.MAX_VALUE, new RescoreStrategy(k, knob.oversample()))
          : new TopKnnCollector(knob.beam(), Integer.MAX_VALUE);
      leaf.reader().searchNearestVectors(FIELD, query, collector, accept(leaf));
      ScoreDoc[] docs = collector.topDocs().scoreDocs;
      if (knob.oversample() > 0) {
        docs = rescore(leaf, query, docs, (int) Math.min(docs.length, (long) k * knob.oversample()));
      }
      found = merge(found, docs, leaf.docBase, k);
    }
    return Arrays.stream(found).mapToInt(hit -> hit.doc).toArray();
  }

  private AcceptDocs accept(LeafReaderContext leaf) {
    int maxDoc = leaf.reader().maxDoc();
    if (accepted == null) {
      return AcceptDocs.fromLiveDocs(null, maxDoc);
    }
    FixedBitSet bits = accepted[leaf.ord];
    int count = bits.cardinality();
    return AcceptDocs.fromIteratorSupplier(() -> new BitSetIterator(bits, count), null, maxDoc);
  }

  private static ScoreDoc[] rescore(LeafReaderContext leaf, float[] query, ScoreDoc[] docs, int count)
      throws IOException {
    FloatVectorValues values = leaf.reader().getFloatVectorValues(FIELD);
    VectorScorer scorer = values.rescorer(query);
    ScoreDoc[] best = Arrays.copyOf(docs, count);
    Arrays.sort(best, (a, b) -> a.doc - b.doc);
    for (ScoreDoc doc : best) {
      scorer.iterator().advance(doc.doc);
      doc.score = scorer.score();
    }
    Arrays.sort(best, (a, b) -> Float.compare(b.score, a.score));
    return best;
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
