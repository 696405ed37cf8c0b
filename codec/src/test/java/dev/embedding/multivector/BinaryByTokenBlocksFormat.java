package dev.embedding.multivector;

import java.io.IOException;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValuesSkipper;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.IOUtils;

/** Writes binary doc values by a {@link TokenBlocksFormat}, and those of other types as Lucene does: for suites that want all types. */
public final class BinaryByTokenBlocksFormat extends DocValuesFormat {

  private final DocValuesFormat blocks = new TokenBlocksFormat();
  private final DocValuesFormat others = TestUtil.getDefaultDocValuesFormat();

  public BinaryByTokenBlocksFormat() {
    super("BinaryByTokenBlocks");
  }

  @Override
  public DocValuesConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    DocValuesConsumer opened = blocks.fieldsConsumer(state);
    try {
      return new Consumer(opened, others.fieldsConsumer(state));
    } catch (Throwable t) {
      IOUtils.closeWhileSuppressingExceptions(t, opened);
      throw t;
    }
  }

  @Override
  public DocValuesProducer fieldsProducer(SegmentReadState state) throws IOException {
    DocValuesProducer opened = blocks.fieldsProducer(state);
    try {
      return new Producer(opened, others.fieldsProducer(state));
    } catch (Throwable t) {
      IOUtils.closeWhileSuppressingExceptions(t, opened);
      throw t;
    }
  }

  private static final class Consumer extends DocValuesConsumer {

    private final DocValuesConsumer blocks;
    private final DocValuesConsumer others;

    Consumer(DocValuesConsumer blocks, DocValuesConsumer others) {
      this.blocks = blocks;
      this.others = others;
    }

    @Override
    public void addNumericField(FieldInfo field, DocValuesProducer producer) throws IOException {
      others.addNumericField(field, producer);
    }

    @Override
    public void addBinaryField(FieldInfo field, DocValuesProducer producer) throws IOException {
      blocks.addBinaryField(field, producer);
    }

    @Override
    public void addSortedField(FieldInfo field, DocValuesProducer producer) throws IOException {
      others.addSortedField(field, producer);
    }

    @Override
    public void addSortedNumericField(FieldInfo field, DocValuesProducer producer) throws IOException {
      others.addSortedNumericField(field, producer);
    }

    @Override
    public void addSortedSetField(FieldInfo field, DocValuesProducer producer) throws IOException {
      others.addSortedSetField(field, producer);
    }

    @Override
    public void close() throws IOException {
      IOUtils.close(blocks, others);
    }
  }

  private static final class Producer extends DocValuesProducer {

    private final DocValuesProducer blocks;
    private final DocValuesProducer others;

    Producer(DocValuesProducer blocks, DocValuesProducer others) {
      this.blocks = blocks;
      this.others = others;
    }

    @Override
    public NumericDocValues getNumeric(FieldInfo field) throws IOException {
      return others.getNumeric(field);
    }

    @Override
    public BinaryDocValues getBinary(FieldInfo field) throws IOException {
      return blocks.getBinary(field);
    }

    @Override
    public SortedDocValues getSorted(FieldInfo field) throws IOException {
      return others.getSorted(field);
    }

    @Override
    public SortedNumericDocValues getSortedNumeric(FieldInfo field) throws IOException {
      return others.getSortedNumeric(field);
    }

    @Override
    public SortedSetDocValues getSortedSet(FieldInfo field) throws IOException {
      return others.getSortedSet(field);
    }

    @Override
    public DocValuesSkipper getSkipper(FieldInfo field) throws IOException {
      return field.getDocValuesType() == DocValuesType.BINARY ? blocks.getSkipper(field) : others.getSkipper(field);
    }

    @Override
    public DocValuesProducer getMergeInstance() {
      return new Producer(blocks.getMergeInstance(), others.getMergeInstance());
    }

    @Override
    public void checkIntegrity() throws IOException {
      blocks.checkIntegrity();
      others.checkIntegrity();
    }

    @Override
    public void close() throws IOException {
      IOUtils.close(blocks, others);
    }
  }
}
