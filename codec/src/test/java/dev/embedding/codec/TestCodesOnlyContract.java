package dev.embedding.codec;

import dev.embedding.codec.quantization.Quantizers;
import java.io.IOException;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.tests.index.BaseKnnVectorsFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Lucene's contract of a vectors format, for one that keeps codes only; without the tests that read the very floats that they wrote. */
public class TestCodesOnlyContract extends BaseKnnVectorsFormatTestCase {

  @Override
  protected Codec getCodec() {
    return TestUtil.alwaysKnnVectorsFormat(QuantizedVectorsFormat.codesOnly(Quantizers.of("scalar", 8)));
  }

  @Override
  protected boolean supportsFloatVectorFallback() {
    return false;
  }

  /** There are codes, and no file of floats. */
  @Override
  protected void assertOffHeapByteSize(LeafReader leaf, String field) throws IOException {
    var reader = ((PerFieldKnnVectorsFormat.FieldsReader) ((CodecReader) leaf).getVectorReader()).getFieldReader(field);
    Map<String, Long> sizes = reader.getOffHeapByteSize(leaf.getFieldInfos().fieldInfo(field));
    if (leaf.getFieldInfos().fieldInfo(field).getVectorEncoding().byteSize > 1) {
      assertNull(sizes.get("vec"));
      assertEquals(leaf.getFloatVectorValues(field).size() > 0, sizes.containsKey("eqc"));
    }
  }

  private static void readsFloats() {
    assumeTrue("vectors come back as what their codes stand for", false);
  }

  @Override
  public void testAddIndexesDirectory01() {
    readsFloats();
  }

  @Override
  public void testIndexedValueNotAliased() {
    readsFloats();
  }

  @Override
  public void testRandomWithUpdatesAndGraph() {
    readsFloats();
  }

  @Override
  public void testSparseVectors() {
    readsFloats();
  }

  @Override
  public void testSortedIndex() {
    readsFloats();
  }

  @Override
  public void testMismatchedFields() {
    readsFloats();
  }

  @Override
  public void testRandom() {
    readsFloats();
  }

  @Override
  public void testIndexMultipleKnnVectorFields() {
    readsFloats();
  }

  @Override
  public void testWriterRamEstimate() {
    readsFloats();
  }

  @Override
  public void testVectorValuesReportCorrectDocs() {
    readsFloats();
  }
}
