package dev.embedding.codec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.util.RamUsageEstimator;

/** Encodes the vectors of a field as they come in, and keeps the codes. */
final class CodesFieldWriter extends KnnFieldVectorsWriter<float[]> {

  private final FieldInfo info;
  private final Codebook codebook;
  private final VectorEncoder encoder;
  private final List<CodeRow> rows = new ArrayList<>();
  private final DocsWithFieldSet docs = new DocsWithFieldSet();
  private int lastDoc = -1;
  private long rowBytes;

  CodesFieldWriter(FieldInfo info, Codebook codebook) {
    this.info = info;
    this.codebook = codebook;
    this.encoder = new VectorEncoder(codebook.similarity(), codebook.quantizer(), codebook.mean(), false, 1);
  }

  FieldInfo info() {
    return info;
  }

  Codebook codebook() {
    return codebook;
  }

  @Override
  public void addValue(int doc, float[] vector) {
    if (doc == lastDoc) {
      throw new IllegalArgumentException("VectorValuesField \"" + info.name
          + "\" appears more than once in this document (only one value is allowed per field)");
    }
    lastDoc = doc;
    encoder.encode(VectorEncoder.normalize(info.getVectorSimilarityFunction(), vector), null);
    CodeRow row = new CodeRow(encoder.code().length);
    row.set(encoder, 0);
    rows.add(row);
    docs.add(doc);
    rowBytes = RamUsageEstimator.shallowSizeOf(row) + RamUsageEstimator.sizeOf(row.code)
        + RamUsageEstimator.NUM_BYTES_OBJECT_REF;
  }

  @Override
  public float[] copyValue(float[] vector) {
    throw new UnsupportedOperationException("vectors are not kept");
  }

  @Override
  public long ramBytesUsed() {
    return rows.size() * rowBytes + docs.ramBytesUsed();
  }

  /** What is kept, in the order of the segment. */
  Sorted sort(Sorter.DocMap sortMap) throws IOException {
    if (sortMap == null) {
      return new Sorted(new Rows(rows), docs);
    }
    int[] oldOrdinals = new int[rows.size()];
    DocsWithFieldSet sortedDocs = new DocsWithFieldSet();
    KnnVectorsWriter.mapOldOrdToNewOrd(docs, sortMap, null, oldOrdinals, sortedDocs);
    List<CodeRow> sorted = new ArrayList<>();
    for (int ordinal : oldOrdinals) {
      sorted.add(rows.get(ordinal));
    }
    return new Sorted(new Rows(sorted), sortedDocs);
  }

  record Sorted(VectorSource vectors, DocsWithFieldSet docs) {}

  private record Rows(List<CodeRow> rows) implements VectorSource {

    @Override
    public int size() {
      return rows.size();
    }

    @Override
    public float[] vector(int ordinal) {
      throw new UnsupportedOperationException("vectors are not kept");
    }

    @Override
    public boolean hasCode(int ordinal) {
      return true;
    }

    @Override
    public void copy(int ordinal, CodeRow row) {
      row.set(rows.get(ordinal));
    }
  }
}
