package dev.embedding.benchmark;

import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndex;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.graph.similarity.ScoreFunction;
import io.github.jbellis.jvector.quantization.PQVectors;
import io.github.jbellis.jvector.quantization.ProductQuantization;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.apache.lucene.util.FixedBitSet;

/**
 * jvector: a graph on disk, walked on product-quantized codes in memory, with the found scored again on floats in memory. One graph whatever the number of
 * segments, since it has no segments.
 */
final class JVectorPeer implements Peer {

  private static final VectorTypeSupport TYPES = VectorizationProvider.getInstance().getVectorTypeSupport();
  private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.DOT_PRODUCT;
  private static final int DEGREE = 32;
  private static final int BEAM_WIDTH = 100;
  private static final float OVERFLOW = 1.2f;
  private static final float ALPHA = 1.2f;
  private static final int CLUSTERS = 256;

  private RandomAccessVectorValues vectors;
  private OnDiskGraphIndex graph;
  private PQVectors codes;
  private GraphSearcher searcher;
  private Bits accepted = Bits.ALL;
  private final int codeBytes;

  /** @param codeBytes of a vector's code, a byte for each sub-vector */
  private JVectorPeer(int codeBytes) {
    this.codeBytes = codeBytes;
  }

  /** The bytes of a code follow the name. */
  static JVectorPeer of(String name) {
    return new JVectorPeer(Integer.parseInt(name.substring(name.indexOf('-') + 1)));
  }

  @Override
  public Knob codesAlone() {
    return new Knob(960, 0);
  }

  @Override
  public List<Knob> knobs(int k) {
    List<Knob> knobs = new ArrayList<>();
    for (int beam : BEAMS) {
      if (beam >= k) {
        knobs.add(new Knob(beam, 1_000));
      }
    }
    return knobs;
  }

  private static RandomAccessVectorValues values(DataSet data) {
    List<VectorFloat<?>> list = new ArrayList<>();
    for (float[] document : data.documents) {
      list.add(TYPES.createFloatVector(document));
    }
    return new ListRandomAccessVectorValues(list, data.dimension());
  }

  @Override
  public void build(DataSet data, Path folder, int segments) throws IOException {
    RandomAccessVectorValues values = values(data);
    long start = Worker.cpuNanos();
    BuildScoreProvider scores = BuildScoreProvider.randomAccessScoreProvider(values, SIMILARITY);
    try (GraphIndexBuilder builder = GraphIndexBuilder.builder(scores, data.dimension(), DEGREE)
        .withBeamWidth(BEAM_WIDTH)
        .withNeighborOverflow(OVERFLOW)
        .withAlpha(ALPHA)
        .build()) {
      ImmutableGraphIndex built = builder.build(values);
      OnDiskGraphIndex.write(built, values, folder.resolve("graph"));
    }
    Worker.saveBuildCost(folder, Worker.cpuNanos() - start, 0);
  }

  @Override
  public void open(DataSet data, Path folder) throws IOException {
    vectors = values(data);
    graph = OnDiskGraphIndex.load(ReaderSupplierFactory.open(folder.resolve("graph")));
    codes = ProductQuantization.compute(vectors, codeBytes, CLUSTERS, false)
        .encodeAll(vectors, ForkJoinPool.commonPool());
    searcher = new GraphSearcher(graph);
  }

  @Override
  public void filter(FixedBitSet passing) {
    accepted = passing == null ? Bits.ALL : passing::get;
  }

  @Override
  public int[] search(float[] query, int k, Knob knob) {
    VectorFloat<?> target = TYPES.createFloatVector(query);
    ScoreFunction.ApproximateScoreFunction estimates = codes.precomputedScoreFunctionFor(target, SIMILARITY);
    DefaultSearchScoreProvider scores = knob.oversample() == 0 ? new DefaultSearchScoreProvider(estimates)
        : new DefaultSearchScoreProvider(estimates, vectors.rerankerFor(target, SIMILARITY));
    SearchResult found = searcher.search(scores, k, knob.beam(), 0, 0, accepted);
    int[] documents = new int[found.getNodes().length];
    for (int i = 0; i < documents.length; i++) {
      documents[i] = found.getNodes()[i].node;
    }
    return documents;
  }

  @Override
  public void close() throws IOException {
    searcher.close();
    graph.close();
  }
}
