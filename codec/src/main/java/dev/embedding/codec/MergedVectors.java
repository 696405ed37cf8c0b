package dev.embedding.codec;

import dev.embedding.codec.quantization.VectorQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.DocIDMerger;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.util.ArrayUtil;

/**
 * The vectors of the segments of a merge, in the order of the new segment, without the deleted ones. Keeps eight bytes on the heap for each vector: where
 * it comes from.
 */
final class MergedVectors implements VectorSource {

  private final List<Sub> subs = new ArrayList<>();
  private final int size;
  private int[] segments = new int[0];
  private int[] ordinals = new int[0];
  private final DocsWithFieldSet docs = new DocsWithFieldSet();
  /** Null if all vectors are to be read by one thread. */
  private final Executor executor;

  MergedVectors(FieldInfo field, MergeState state) throws IOException {
    for (int i = 0; i < state.knnVectorsReaders.length; i++) {
      KnnVectorsReader reader = state.knnVectorsReaders[i];
      if (reader != null && KnnVectorsWriter.MergedVectorValues.hasVectorValues(state.fieldInfos[i], field.name)) {
        FloatVectorValues values = reader.getFloatVectorValues(field.name);
        if (values != null) {
          subs.add(new Sub(subs.size(), state.docMaps[i], values, ours(reader, field)));
        }
      }
    }
    this.size = order(state.needsIndexSort);
    this.executor = haveCopies() ? state.intraMergeTaskExecutor : null;
  }

  /** The cells of a segment that was written in this format, else null. */
  private static Cells ours(KnnVectorsReader reader, FieldInfo field) throws IOException {
    KnnVectorsReader inner = reader instanceof PerFieldKnnVectorsFormat.FieldsReader fields
        ? fields.getFieldReader(field.name)
        : reader;
    return inner instanceof CellsReader cells ? cells.cells(field.name) : null;
  }

  private int order(boolean sorted) throws IOException {
    DocIDMerger<Sub> merger = DocIDMerger.of(subs, sorted);
    int count = 0;
    for (Sub sub = merger.next(); sub != null; sub = merger.next()) {
      segments = ArrayUtil.grow(segments, count + 1);
      ordinals = ArrayUtil.grow(ordinals, count + 1);
      segments[count] = sub.number;
      ordinals[count] = sub.iterator.index();
      docs.add(sub.mappedDocID);
      sub.live++;
      count++;
    }
    return count;
  }

  /** Whether all segments can be read by several threads: those that Lucene sorts while they are added to an index cannot. */
  private boolean haveCopies() throws IOException {
    try {
      for (Sub sub : subs) {
        sub.values.copy();
      }
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  /** The documents of the new segment that have vectors. */
  DocsWithFieldSet docs() {
    return docs;
  }

  /** The codebook of the segment that gives most vectors, if it is one of this quantization and fits, else null. */
  Codebook codebook(VectorQuantizer quantizer) throws IOException {
    Sub largest = null;
    for (Sub sub : subs) {
      if (sub.cells != null && sub.live > 0 && sub.cells.quantizer().equals(quantizer)
          && (largest == null || sub.live > largest.live)) {
        largest = sub;
      }
    }
    return largest != null && largest.cells.fits(size) ? largest.cells.codebook() : null;
  }

  /** Makes the codes of the segments with this codebook available. */
  void use(Codebook codebook) throws IOException {
    CodebookHash hash = codebook.hash();
    for (Sub sub : subs) {
      if (sub.cells != null && hash.equals(sub.cells.hash())) {
        sub.codes = new StoredCodes(sub.cells);
      }
    }
  }

  @Override
  public boolean hasCode(int ordinal) {
    return subs.get(segments[ordinal]).codes != null;
  }

  @Override
  public void copy(int ordinal, CodeRow row) throws IOException {
    subs.get(segments[ordinal]).codes.read(ordinals[ordinal], row);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public float[] vector(int ordinal) throws IOException {
    return subs.get(segments[ordinal]).values.vectorValue(ordinals[ordinal]);
  }

  @Override
  public Executor executor() {
    return executor == null ? VectorSource.super.executor() : executor;
  }

  @Override
  public VectorSource forTask() throws IOException {
    return executor == null ? this : new OfTask();
  }

  /** Reads the segments by itself. */
  private final class OfTask implements VectorSource {

    private final FloatVectorValues[] values = new FloatVectorValues[subs.size()];

    OfTask() throws IOException {
      for (int i = 0; i < values.length; i++) {
        values[i] = subs.get(i).values.copy();
      }
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public float[] vector(int ordinal) throws IOException {
      return values[segments[ordinal]].vectorValue(ordinals[ordinal]);
    }
  }

  private static final class Sub extends DocIDMerger.Sub {

    final int number;
    final FloatVectorValues values;
    final KnnVectorValues.DocIndexIterator iterator;
    final Cells cells;
    int live;
    StoredCodes codes;

    Sub(int number, MergeState.DocMap docMap, FloatVectorValues values, Cells cells) {
      super(docMap);
      this.number = number;
      this.values = values;
      this.iterator = values.iterator();
      this.cells = cells;
    }

    @Override
    public int nextDoc() throws IOException {
      return iterator.nextDoc();
    }
  }
}
