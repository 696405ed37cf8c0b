package dev.embedding.codec;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.hnsw.FlatFieldVectorsWriter;
import org.apache.lucene.index.Sorter;

/** The vectors of a segment that is being flushed. */
final class BufferedVectors implements VectorSource {

  private final List<float[]> vectors;
  private final int[] oldOrdinals;

  /**
   * @param vectors in the order in which they came
   * @param oldOrdinals by new ordinal, or null if the order stays
   */
  private BufferedVectors(List<float[]> vectors, int[] oldOrdinals) {
    this.vectors = vectors;
    this.oldOrdinals = oldOrdinals;
  }

  @SuppressWarnings("unchecked")
  static BufferedVectors of(FlatFieldVectorsWriter<?> writer, Sorter.DocMap sortMap) throws IOException {
    List<float[]> vectors = (List<float[]>) writer.getVectors();
    int[] oldOrdinals = null;
    if (sortMap != null) {
      oldOrdinals = new int[vectors.size()];
      KnnVectorsWriter.mapOldOrdToNewOrd(writer.getDocsWithFieldSet(), sortMap, null, oldOrdinals, null);
    }
    return new BufferedVectors(vectors, oldOrdinals);
  }

  @Override
  public int size() {
    return vectors.size();
  }

  @Override
  public float[] vector(int ordinal) {
    return vectors.get(oldOrdinals == null ? ordinal : oldOrdinals[ordinal]);
  }
}
