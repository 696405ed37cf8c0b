package dev.embedding.benchmark.multivector;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LateInteractionField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LateInteractionFloatValuesSource;
import org.apache.lucene.search.LateInteractionRescorer;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

import dev.embedding.codec.QuantizedVectorsFormat;
import dev.embedding.codec.quantization.Quantizers;
import dev.embedding.multivector.EncodingOptions;
import dev.embedding.multivector.FixedDimensionalEncoder;
import dev.embedding.multivector.FixedDimensionalEncoder.CellValue;
import dev.embedding.multivector.MaxSim;
import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenVectors;
import dev.embedding.search.MaxSimOptions;
import dev.embedding.search.MaxSimQuery;
import dev.embedding.search.MaxSimScoreQuery;

/**
 * Finds documents by MaxSim on NPL, on LIMIT and on generated vectors: which encodings bring the best documents among few
 * candidates, and what a search costs from beginning to end, beside a pooled vector, BM25, Lucene's late interaction and a
 * scan. One thread; all in one segment. Prints tables in Markdown.
 *
 * <p>Arguments: the folder that has {@code multi-npl} and {@code multi-limit}, and one for indices.
 */
public final class MultiVectorBenchmark {
  private static final String TOKENS = "tokens";
  private static final String CENTRED = "tokens_centred";
  private static final String LATE = "late";
  private static final String TEXT = "text";
  private static final int[] SHARES_PER_MILLE = {5, 10, 20, 35, 50};
  private static final int PASSES = 3;

  private final Corpus corpus;
  private final FixedDimensionalEncoder encoder;
  private final FixedDimensionalEncoder centred;
  private final Map<String, Encoding> encodings = new LinkedHashMap<>();
  private IndexSearcher searcher;
  private List<int[]> truth;

  /** A way to choose candidates. */
  private record Encoding(String name, FixedDimensionalEncoder encoder, int bits) {
    long bytes() {
      return (long) encoder.dimensions() * bits / 8;
    }

    KnnVectorsFormat format() {
      return QuantizedVectorsFormat.codesOnly(Quantizers.of(bits == 8 ? "scalar" : "binary", bits));
    }
  }

  /** Finds documents for a query, best first. */
  private interface Method {
    int[] find(int query) throws IOException;
  }

  private MultiVectorBenchmark(Corpus corpus) {
    this.corpus = corpus;
    int projected = Math.min(corpus.dimension(), EncodingOptions.DEFAULT.projectionDimension());
    EncodingOptions options = new EncodingOptions(EncodingOptions.DEFAULT.repetitions(),
        EncodingOptions.DEFAULT.partitionBits(), projected, EncodingOptions.DEFAULT.seed());
    this.encoder = new FixedDimensionalEncoder(options, corpus.dimension());
    this.centred = new FixedDimensionalEncoder(options, corpus.dimension(), corpus.mean());
    int d = corpus.dimension();
    add("pooled vector, 8 bits", 1, 0, d, 8, false, CellValue.DIRECTION);
    add("MUVERA (20, 5, 16), 4 bits", 20, 5, 16, 4, false, CellValue.MEAN);
    add("MUVERA (20, 5, 16), 1 bit", 20, 5, 16, 1, false, CellValue.MEAN);
    add("MUVERA centred, 1 bit", 20, 5, 16, 1, true, CellValue.MEAN);
    add("directions (20, 5, 16), 1 bit", 20, 5, 16, 1, false, CellValue.DIRECTION);
    add("directions (20, 5, 16), centred, 1 bit", 20, 5, 16, 1, true, CellValue.DIRECTION);
    add("directions (20, 4, 8), 1 bit", 20, 4, 8, 1, false, CellValue.DIRECTION);
    add("directions (20, 3, d/4), 1 bit", 20, 3, d / 4, 1, false, CellValue.DIRECTION);
    add("directions (4, 2, d), 2 bits", 4, 2, d, 2, false, CellValue.DIRECTION);
    add("directions (10, 2, d), 1 bit: the default", 10, 2, projected, 1, false, CellValue.DIRECTION);
    add("the default, centred", 10, 2, projected, 1, true, CellValue.DIRECTION);
    add("the default, 4 bits", 10, 2, projected, 4, false, CellValue.DIRECTION);
  }

  private void add(String name, int repetitions, int partitionBits, int projected, int bits, boolean centred,
      CellValue value) {
    encodings.put("e" + encodings.size(), new Encoding(name,
        new FixedDimensionalEncoder(new EncodingOptions(repetitions, partitionBits, projected, 42), corpus.dimension(),
            centred ? corpus.mean() : null, value),
        bits));
  }

  public static void main(String[] args) throws IOException {
    Path work = Path.of(args[1]);
    for (String name : List.of("multi-npl", "multi-limit")) {
      Path folder = Path.of(args[0], name);
      if (Files.isDirectory(folder)) {
        new MultiVectorBenchmark(Corpus.read(folder, 64)).run(work);
      } else {
        System.out.println("Skipped: no folder [" + folder + "]");
      }
    }
    new MultiVectorBenchmark(Corpus.limit(0)).run(work);
    new MultiVectorBenchmark(Corpus.limit(0.5)).run(work);
    new MultiVectorBenchmark(Corpus.anisotropic(0.6)).run(work);
  }

  private void run(Path work) throws IOException {
    System.out.printf(Locale.ROOT, "%n## %s: %,d documents, %,d vectors of %d dimensions, %d queries%n", corpus.name(),
        corpus.documents().size(), corpus.tokens(), corpus.dimension(), corpus.queries().size());
    Path folder = Files.createTempDirectory(Files.createDirectories(work), "multivector");
    try (Directory directory = new MMapDirectory(folder)) {
      index(directory);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        searcher = new IndexSearcher(reader);
        searcher.setQueryCache(null);
        truth = new ArrayList<>();
        for (int query = 0; query < corpus.queries().size(); query++) {
          truth.add(scan(query));
        }
        sizes();
        compareEncodings();
        compareMethods();
        stages();
      }
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(MultiVectorBenchmark::delete);
      }
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void index(Directory directory) throws IOException {
    IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer()).setUseCompoundFile(false)
        .setRAMBufferSizeMB(256)
        .setMergePolicy(new LogDocMergePolicy()) // keeps the order of documents, which judgements name by number
        .setCodec(new Lucene104Codec() {
          @Override
          public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return field.startsWith(TOKENS) ? MultiVectorField.encodingFormat() : encodings.get(field).format();
          }

          @Override
          public DocValuesFormat getDocValuesFormatForField(String field) {
            return field.startsWith(TOKENS) ? MultiVectorField.blocksFormat() : super.getDocValuesFormatForField(field);
          }
        });
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < corpus.documents().size(); i++) {
        TokenVectors tokens = corpus.documents().get(i);
        Document document = new Document();
        MultiVectorField.fields(TOKENS, tokens, encoder, 8).forEach(document::add);
        MultiVectorField.fields(CENTRED, tokens, centred, 8).forEach(document::add);
        document.add(new LateInteractionField(LATE, arrays(tokens)));
        encodings.forEach((field, encoding) -> document.add(new KnnFloatVectorField(field,
            encoding.encoder.encodeDocument(tokens), MultiVectorField.ENCODING_SIMILARITY)));
        if (corpus.documentTexts().isEmpty() == false) {
          document.add(new TextField(TEXT, corpus.documentTexts().get(i), Field.Store.NO));
        }
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
  }

  /** The median over documents, of the best of several passes: other work on the machine is not to count. */
  private double microseconds(Consumer<TokenVectors> work) {
    int documents = Math.min(500, corpus.documents().size());
    double[] best = new double[documents];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    for (int pass = 0; pass < 20; pass++) {
      for (int i = 0; i < documents; i++) {
        long start = System.nanoTime();
        work.accept(corpus.documents().get(i));
        best[i] = Math.min(best[i], (System.nanoTime() - start) / 1e3);
      }
    }
    Arrays.sort(best);
    return best[documents / 2];
  }

  private static float[][] arrays(TokenVectors tokens) {
    float[][] arrays = new float[tokens.count()][];
    Arrays.setAll(arrays, tokens::vector);
    return arrays;
  }

  private void sizes() {
    long floats = 4L * corpus.tokens() * corpus.dimension();
    long tokens = 0;
    for (TokenVectors document : corpus.documents()) {
      tokens += MultiVectorField.fields(TOKENS, document, encoder, 8).get(0).binaryValue().length;
    }
    LeafReader leaf = searcher.getIndexReader().leaves().get(0).reader();
    String field = MultiVectorField.encodingField(TOKENS);
    KnnVectorsReader vectors = ((PerFieldKnnVectorsFormat.FieldsReader) ((CodecReader) leaf).getVectorReader())
        .getFieldReader(field);
    long codes = vectors.getOffHeapByteSize(leaf.getFieldInfos().fieldInfo(field))
        .values()
        .stream()
        .mapToLong(Long::longValue)
        .sum();
    System.out.printf(Locale.ROOT,
        "Tokens as float32: %.1f MB; as kept: %.1f MB; their encodings: %.1f MB; together %.3f of float32.%n%n",
        floats / 1e6, tokens / 1e6, codes / 1e6, (tokens + codes) / (double) floats);
  }

  /** The exact answer: every document. */
  private int[] scan(int query) throws IOException {
    return docs(searcher.search(new MaxSimScoreQuery(TOKENS, corpus.queries().get(query), MatchAllDocsQuery.INSTANCE),
        100));
  }

  private static int[] docs(TopDocs found) {
    return Arrays.stream(found.scoreDocs).mapToInt(hit -> hit.doc).toArray();
  }

  private void compareEncodings() throws IOException {
    int deepest = corpus.depths()[corpus.depths().length - 1];
    System.out.printf(Locale.ROOT, "| encoding | bytes | candidates for 80 / 90 / 95 %% of the best %d |", deepest);
    for (int share : SHARES_PER_MILLE) {
      System.out.printf(Locale.ROOT, " %.1f %% = %d |", share / 10.0, candidates(share));
    }
    System.out.printf(Locale.ROOT, " ms |%n|---|---|---|%s---|%n", "---|".repeat(SHARES_PER_MILLE.length));
    for (Map.Entry<String, Encoding> entry : encodings.entrySet()) {
      Encoding encoding = entry.getValue();
      int all = corpus.documents().size();
      List<int[]> orders = new ArrayList<>();
      for (int query = 0; query < corpus.queries().size(); query++) {
        orders.add(docs(nearest(entry.getKey(), encoding.encoder, query, all)));
      }
      System.out.printf(Locale.ROOT, "| %s | %,d | %d / %d / %d |", encoding.name, encoding.bytes(),
          needed(orders, deepest, 0.8), needed(orders, deepest, 0.9), needed(orders, deepest, 0.95));
      for (int share : SHARES_PER_MILLE) {
        int count = candidates(share);
        System.out.printf(Locale.ROOT, " %s |",
            IntStream.of(corpus.depths())
                .mapToObj(k -> recallText(orders, count, k))
                .collect(Collectors.joining(" / ")));
      }
      System.out.printf(Locale.ROOT, " %.2f |%n",
          median(query -> docs(nearest(entry.getKey(), encoding.encoder, query, candidates(50)))));
    }
    System.out.printf(Locale.ROOT,
        "%nCells: recall@%s against exact MaxSim. ms: encoding the query and scanning all codes.%n%n",
        IntStream.of(corpus.depths()).mapToObj(Integer::toString).collect(Collectors.joining(" / @")));
  }

  private int candidates(int perMille) {
    return Math.max(10, corpus.documents().size() * perMille / 1_000);
  }

  private TopDocs nearest(String field, FixedDimensionalEncoder by, int query, int count) throws IOException {
    LeafReaderContext leaf = searcher.getIndexReader().leaves().get(0);
    TopKnnCollector collector = new TopKnnCollector(count, Integer.MAX_VALUE);
    leaf.reader()
        .searchNearestVectors(field, by.encodeQuery(corpus.queries().get(query)), collector,
            AcceptDocs.fromLiveDocs(null, leaf.reader().maxDoc()));
    return collector.topDocs();
  }

  private double recall(List<int[]> found, int count, int k) {
    double sum = 0;
    for (int query = 0; query < truth.size(); query++) {
      sum += share(found.get(query), count, k, query);
    }
    return sum / truth.size();
  }

  private double share(int[] found, int count, int k, int query) {
    int[] best = truth.get(query);
    int wanted = Math.min(k, best.length);
    Set<Integer> first = new HashSet<>();
    for (int i = 0; i < Math.min(count, found.length); i++) {
      first.add(found[i]);
    }
    int hits = 0;
    for (int i = 0; i < wanted; i++) {
      hits += first.contains(best[i]) ? 1 : 0;
    }
    return (double) hits / wanted;
  }

  private String recallText(List<int[]> found, int count, int k) {
    return String.format(Locale.ROOT, "%.3f", recall(found, count, k));
  }

  private int needed(List<int[]> orders, int k, double recall) {
    int low = 1;
    int high = corpus.documents().size();
    while (low < high) {
      int middle = (low + high) / 2;
      if (recall(orders, middle, k) >= recall) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private double median(Method method) throws IOException {
    int queries = corpus.queries().size();
    double[] best = new double[queries];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    for (int pass = 0; pass < PASSES; pass++) {
      for (int query = 0; query < queries; query++) {
        long start = System.nanoTime();
        method.find(query);
        best[query] = Math.min(best[query], (System.nanoTime() - start) / 1e6);
      }
    }
    Arrays.sort(best);
    return best[queries / 2];
  }

  private void compareMethods() throws IOException {
    Map<String, Method> methods = new LinkedHashMap<>();
    for (int share : SHARES_PER_MILLE) {
      int count = candidates(share);
      methods.put("max_sim, " + count + " candidates", query -> maxSim(TOKENS, encoder, query, count));
    }
    int most = candidates(50);
    methods.put("max_sim with the centre, " + most + " candidates", query -> maxSim(CENTRED, centred, query, most));
    methods.put("pooled vector, " + most + ", then MaxSim", query -> pooled(query, most));
    if (corpus.documentTexts().isEmpty() == false) {
      methods.put("BM25, " + most + ", then MaxSim", query -> bm25(query, most));
    }
    methods.put("pooled vector, 100, then Lucene's LateInteractionRescorer", query -> lateRescored(query, 100));
    methods.put("our scan of all documents", this::scan);
    methods.put("Lucene's LateInteractionField, all documents", this::lateScan);
    System.out.printf(Locale.ROOT,
        "| method | %s | nDCG@10 | ms |%n|---|%s---|---|%n",
        IntStream.of(corpus.depths()).mapToObj(k -> "recall@" + k).collect(Collectors.joining(" | ")),
        "---|".repeat(corpus.depths().length));
    for (Map.Entry<String, Method> entry : methods.entrySet()) {
      List<int[]> found = new ArrayList<>();
      for (int query = 0; query < corpus.queries().size(); query++) {
        found.add(entry.getValue().find(query));
      }
      System.out.printf(Locale.ROOT, "| %s | %s | %s | %.2f |%n", entry.getKey(),
          IntStream.of(corpus.depths()).mapToObj(k -> recallText(found, k, k)).collect(Collectors.joining(" | ")),
          ndcg(found), median(entry.getValue()));
    }
    System.out.printf(Locale.ROOT,
        "%nTruth is exact MaxSim over what is kept; ms is the median over queries of the best of %d.%n", PASSES);
  }

  private int[] maxSim(String field, FixedDimensionalEncoder by, int query, int candidates) throws IOException {
    return docs(searcher.search(new MaxSimQuery(field, corpus.queries().get(query), by,
        new MaxSimOptions(Math.min(100, candidates), candidates, true), null), 100));
  }

  private int[] pooled(int query, int candidates) throws IOException {
    return maxSimOf(query, docs(nearest("e0", encodings.get("e0").encoder, query, candidates)));
  }

  private int[] maxSimOf(int query, int[] docs) throws IOException {
    int[] ordered = docs.clone();
    Arrays.sort(ordered);
    MaxSim.Scorer scorer = new MaxSim(corpus.queries().get(query))
        .scorer(searcher.getIndexReader().leaves().get(0).reader(), TOKENS);
    ScoreDoc[] hits = new ScoreDoc[ordered.length];
    for (int i = 0; i < hits.length; i++) {
      hits[i] = new ScoreDoc(ordered[i], scorer.maxSim(ordered[i]));
    }
    Arrays.sort(hits, Comparator.comparingDouble(hit -> -hit.score));
    return Arrays.stream(hits).limit(100).mapToInt(hit -> hit.doc).toArray();
  }

  private int[] bm25(int query, int candidates) throws IOException {
    BooleanQuery.Builder words = new BooleanQuery.Builder();
    try (StandardAnalyzer analyzer = new StandardAnalyzer();
        TokenStream tokens = analyzer.tokenStream(TEXT, corpus.queryTexts().get(query))) {
      CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
      tokens.reset();
      Set<String> seen = new HashSet<>();
      while (tokens.incrementToken()) {
        if (seen.add(term.toString())) {
          words.add(new TermQuery(new Term(TEXT, term.toString())), BooleanClause.Occur.SHOULD);
        }
      }
    }
    Query built = words.build();
    return maxSimOf(query, docs(searcher.search(built, candidates)));
  }

  private int[] lateRescored(int query, int candidates) throws IOException {
    TopDocs first = nearest("e0", encodings.get("e0").encoder, query, candidates);
    return docs(LateInteractionRescorer.create(LATE, arrays(corpus.queries().get(query)),
        VectorSimilarityFunction.DOT_PRODUCT).rescore(searcher, first, 100));
  }

  private int[] lateScan(int query) throws IOException {
    LateInteractionFloatValuesSource source = new LateInteractionFloatValuesSource(LATE,
        arrays(corpus.queries().get(query)), VectorSimilarityFunction.DOT_PRODUCT);
    LeafReaderContext leaf = searcher.getIndexReader().leaves().get(0);
    DoubleValues values = source.getValues(leaf, null);
    ScoreDoc[] hits = new ScoreDoc[leaf.reader().maxDoc()];
    for (int doc = 0; doc < hits.length; doc++) {
      hits[doc] = new ScoreDoc(doc, values.advanceExact(doc) ? (float) values.doubleValue() : 0);
    }
    Arrays.sort(hits, Comparator.comparingDouble(hit -> -hit.score));
    TotalHits total = new TotalHits(hits.length, TotalHits.Relation.EQUAL_TO);
    return docs(new TopDocs(total, Arrays.copyOf(hits, Math.min(100, hits.length))));
  }

  private String ndcg(List<int[]> found) {
    if (corpus.relevant().isEmpty()) {
      return "–";
    }
    double sum = 0;
    for (int query = 0; query < found.size(); query++) {
      Map<Integer, Integer> grades = corpus.relevant().get(query);
      double gain = 0;
      for (int i = 0; i < Math.min(10, found.get(query).length); i++) {
        gain += grades.getOrDefault(found.get(query)[i], 0) / (Math.log(i + 2) / Math.log(2));
      }
      List<Integer> ideal = grades.values().stream().sorted(Comparator.reverseOrder()).limit(10).toList();
      double best = 0;
      for (int i = 0; i < ideal.size(); i++) {
        best += ideal.get(i) / (Math.log(i + 2) / Math.log(2));
      }
      sum += best == 0 ? 0 : gain / best;
    }
    return String.format(Locale.ROOT, "%.4f", sum / found.size());
  }

  private void stages() throws IOException {
    System.out.printf(Locale.ROOT, "%nOf a document, µs: encode %.0f, make its fields %.0f.%n",
        microseconds(encoder::encodeDocument),
        microseconds(document -> MultiVectorField.fields(TOKENS, document, encoder, 8)));
    int candidates = Math.max(10, candidates(50));
    double encode = median(query -> {
      encoder.encodeQuery(corpus.queries().get(query));
      return null;
    });
    String field = MultiVectorField.encodingField(TOKENS);
    double scan = median(query -> docs(nearest(field, encoder, query, candidates)));
    double all = median(query -> maxSim(TOKENS, encoder, query, candidates));
    System.out.printf(Locale.ROOT,
        "%nStages of max_sim with %d candidates, ms: encode the query %.3f, scan the codes %.3f, compare %.3f; all %.3f.%n",
        candidates, encode, scan - encode, all - scan, all);
  }
}
