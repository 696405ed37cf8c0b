package dev.embedding.multivector;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.tests.index.BaseDocValuesFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Lucene's contract of a doc values format; other types than binary are written by Lucene's own format. */
public class TestTokenBlocksContract extends BaseDocValuesFormatTestCase {

  @Override
  protected Codec getCodec() {
    return TestUtil.alwaysDocValuesFormat(new BinaryByTokenBlocksFormat());
  }
}
