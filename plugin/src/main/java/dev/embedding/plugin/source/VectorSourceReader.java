package dev.embedding.plugin.source;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.StoredFieldVisitor;
import org.apache.lucene.index.StoredFields;
import org.opensearch.common.lucene.index.DerivedSourceLeafReader;
import org.opensearch.common.lucene.index.SequentialStoredFieldsLeafReader;
import org.opensearch.common.regex.Regex;
import org.opensearch.index.fieldvisitor.FieldsVisitor;
import org.opensearch.index.mapper.SourceFieldMapper;

/** Shows the stored {@code _source} with its vectors. */
public final class VectorSourceReader extends FilterDirectoryReader {
  private final VectorSource vectors;

  public VectorSourceReader(DirectoryReader in, VectorSource vectors) throws IOException {
    super(in, new SubReaderWrapper() {
      @Override
      public LeafReader wrap(LeafReader reader) {
        return new Leaf(reader, vectors);
      }
    });
    this.vectors = vectors;
  }

  @Override
  protected DirectoryReader doWrapDirectoryReader(DirectoryReader reader) throws IOException {
    return new VectorSourceReader(reader, vectors);
  }

  @Override
  public CacheHelper getReaderCacheHelper() {
    return in.getReaderCacheHelper();
  }

  /**
   * One segment. It is a {@link DerivedSourceLeafReader} because recovery looks through every other wrapper, down to
   * the segment with the marks.
   */
  private static final class Leaf extends DerivedSourceLeafReader {
    private final VectorSource vectors;

    Leaf(LeafReader in, VectorSource vectors) {
      super(in, doc -> {
        throw new AssertionError("stored fields are read by methods of this class only");
      });
      this.vectors = vectors;
    }

    @Override
    public StoredFields storedFields() throws IOException {
      StoredFields stored = in.storedFields();
      return new StoredFields() {
        @Override
        public void prefetch(int doc) throws IOException {
          stored.prefetch(doc);
        }

        @Override
        public void document(int doc, StoredFieldVisitor visitor) throws IOException {
          stored.document(doc, new Visitor(visitor, vectors, in, doc));
        }
      };
    }

    @Override
    public StoredFieldsReader getSequentialStoredFieldsReader() throws IOException {
      if (in instanceof CodecReader codecReader) {
        return new FieldsReader(codecReader.getFieldsReader().getMergeInstance(), vectors, in);
      }
      if (in instanceof SequentialStoredFieldsLeafReader sequential) {
        return new FieldsReader(sequential.getSequentialStoredFieldsReader(), vectors, in);
      }
      throw new IOException("cannot read stored fields in sequence from " + in.getClass());
    }
  }

  private static final class FieldsReader extends StoredFieldsReader {
    private final StoredFieldsReader in;
    private final VectorSource vectors;
    private final LeafReader segment;

    FieldsReader(StoredFieldsReader in, VectorSource vectors, LeafReader segment) {
      this.in = in;
      this.vectors = vectors;
      this.segment = segment;
    }

    @Override
    public void document(int doc, StoredFieldVisitor visitor) throws IOException {
      in.document(doc, new Visitor(visitor, vectors, segment, doc));
    }

    @Override
    public StoredFieldsReader clone() {
      return new FieldsReader(in.clone(), vectors, segment);
    }

    @Override
    public StoredFieldsReader getMergeInstance() {
      return new FieldsReader(in.getMergeInstance(), vectors, segment);
    }

    @Override
    public void checkIntegrity() throws IOException {
      in.checkIntegrity();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** Passes stored fields on, the source with its vectors. */
  private static final class Visitor extends StoredFieldVisitor {
    private final StoredFieldVisitor in;
    private final VectorSource vectors;
    private final LeafReader segment;
    private final int doc;

    Visitor(StoredFieldVisitor in, VectorSource vectors, LeafReader segment, int doc) {
      this.in = in;
      this.vectors = vectors;
      this.segment = segment;
      this.doc = doc;
    }

    @Override
    public void binaryField(FieldInfo field, byte[] value) throws IOException {
      boolean isSource = SourceFieldMapper.NAME.equals(field.name);
      in.binaryField(field, isSource ? vectors.giveBack(value, wantedFields(), segment, doc) : value);
    }

    /** What a search asks to leave out of its answer need not be written first. */
    private Set<String> wantedFields() {
      if (in instanceof FieldsVisitor fields && fields.includes().length + fields.excludes().length > 0) {
        Set<String> wanted = new HashSet<>(vectors.fields());
        wanted.removeIf(
            name -> Regex.simpleMatch(fields.excludes(), name) || isIncluded(fields.includes(), name) == false);
        return wanted;
      }
      return vectors.fields();
    }

    /** An include that matches an object takes all that is in it. */
    private static boolean isIncluded(String[] includes, String field) {
      for (int end = field.indexOf('.'); end >= 0; end = field.indexOf('.', end + 1)) {
        if (Regex.simpleMatch(includes, field.substring(0, end))) {
          return true;
        }
      }
      return includes.length == 0 || Regex.simpleMatch(includes, field);
    }

    @Override
    public Status needsField(FieldInfo field) throws IOException {
      return in.needsField(field);
    }

    @Override
    public void stringField(FieldInfo field, String value) throws IOException {
      in.stringField(field, value);
    }

    @Override
    public void intField(FieldInfo field, int value) throws IOException {
      in.intField(field, value);
    }

    @Override
    public void longField(FieldInfo field, long value) throws IOException {
      in.longField(field, value);
    }

    @Override
    public void floatField(FieldInfo field, float value) throws IOException {
      in.floatField(field, value);
    }

    @Override
    public void doubleField(FieldInfo field, double value) throws IOException {
      in.doubleField(field, value);
    }
  }
}
