package dev.embedding.plugin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.opensearch.common.lucene.index.SequentialStoredFieldsLeafReader;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.index.IndexModule;
import org.opensearch.plugins.Plugin;

/**
 * Shows parts of an index only, by the hook and the overrides of the Security plugin: its reader overrides the live
 * documents and field infos, and nothing of vectors.
 */
public final class ReaderWrappingPlugin extends Plugin {
  /** Hides documents whose number field of this name is 1. */
  public static final Setting<String> HIDE_DOCUMENTS = Setting.simpleString("index.test.hide_documents",
      Property.IndexScope);
  /** Hides this field. */
  public static final Setting<String> HIDE_FIELD = Setting.simpleString("index.test.hide_field", Property.IndexScope);

  private volatile UnaryOperator<KnnCollector> onSearch = UnaryOperator.identity();

  /** Is given the collector of every vector search of a graph before it starts. */
  public void onSearch(UnaryOperator<KnnCollector> hook) {
    onSearch = hook;
  }

  @Override
  public List<Setting<?>> getSettings() {
    return List.of(HIDE_DOCUMENTS, HIDE_FIELD);
  }

  @Override
  public void onIndexModule(IndexModule module) {
    String flag = HIDE_DOCUMENTS.get(module.getSettings());
    String field = HIDE_FIELD.get(module.getSettings());
    module.setReaderWrapper(service -> reader -> new Reader(reader, flag, field));
  }

  private final class Reader extends FilterDirectoryReader {
    private final String flag;
    private final String field;

    Reader(DirectoryReader in, String flag, String field) throws IOException {
      super(in, new SubReaderWrapper() {
        @Override
        public LeafReader wrap(LeafReader leaf) {
          try {
            return new Leaf(leaf, flag, field);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        }
      });
      this.flag = flag;
      this.field = field;
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader reader) throws IOException {
      return new Reader(reader, flag, field);
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return in.getReaderCacheHelper();
    }
  }

  private final class Leaf extends SequentialStoredFieldsLeafReader {
    private final FixedBitSet visible;
    private final FieldInfos infos;

    Leaf(LeafReader in, String flag, String field) throws IOException {
      super(in);
      visible = visible(in, flag);
      infos = without(in.getFieldInfos(), field);
    }

    private static FixedBitSet visible(LeafReader in, String flag) throws IOException {
      FixedBitSet visible = new FixedBitSet(in.maxDoc());
      Bits live = in.getLiveDocs();
      for (int doc = 0; doc < in.maxDoc(); doc++) {
        if (live == null || live.get(doc)) {
          visible.set(doc);
        }
      }
      SortedNumericDocValues flags = in.getSortedNumericDocValues(flag);
      while (flags != null && flags.nextDoc() != SortedNumericDocValues.NO_MORE_DOCS) {
        if (flags.nextValue() == 1) {
          visible.clear(flags.docID());
        }
      }
      return visible;
    }

    private static FieldInfos without(FieldInfos all, String field) {
      List<FieldInfo> some = new ArrayList<>();
      for (FieldInfo info : all) {
        if (info.name.equals(field) == false) {
          some.add(info);
        }
      }
      return new FieldInfos(some.toArray(FieldInfo[]::new));
    }

    @Override
    public Bits getLiveDocs() {
      return visible;
    }

    @Override
    public int numDocs() {
      return visible.cardinality();
    }

    @Override
    public FieldInfos getFieldInfos() {
      return infos;
    }

    @Override
    public void searchNearestVectors(String field, float[] target, KnnCollector collector, AcceptDocs acceptDocs)
        throws IOException {
      super.searchNearestVectors(field, target, onSearch.apply(collector), acceptDocs);
    }

    @Override
    protected StoredFieldsReader doGetSequentialStoredFieldsReader(StoredFieldsReader reader) {
      return reader;
    }

    @Override
    public CacheHelper getCoreCacheHelper() {
      return in.getCoreCacheHelper();
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return in.getReaderCacheHelper();
    }
  }
}
