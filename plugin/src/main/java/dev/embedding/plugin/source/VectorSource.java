package dev.embedding.plugin.source;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.util.BytesRef;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaType;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.mapper.SourceFieldMapper;

import dev.embedding.plugin.mapper.EmbeddingFieldMapper;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldMapper;

/**
 * Takes the vectors out of the stored {@code _source} of a document, and gives them back when it is read.
 *
 * <p>A vector is float32 in the index and comes back as that: in an array each number as the shortest decimal that
 * reads as the same float32, in base64 the same bytes. Documents in other content types than JSON keep theirs.
 */
public final class VectorSource {
  private final SourceFieldMapper sourceMapper;
  private final Map<String, IndexedValues> valuesByField;

  /** Reads from a mapping which fields hold vectors. */
  public VectorSource(DocumentMapper mapping) {
    sourceMapper = mapping.sourceMapper();
    valuesByField = new HashMap<>();
    for (Mapper mapper : mapping.mappers()) {
      switch (mapper) {
        case EmbeddingFieldMapper one -> valuesByField.put(one.name(), new IndexedVectors(one.name()));
        case MultiEmbeddingFieldMapper many -> valuesByField.put(many.name(), new IndexedTokens(many.fieldType()));
        default -> {
        }
      }
    }
  }

  /** Whether the mapping leaves parts of documents out of {@code _source}. */
  public boolean isFiltered() {
    return sourceMapper.enabled() && sourceMapper.isComplete() == false;
  }

  /** Whether there is anything to take out or to give back. */
  public boolean hasVectors() {
    return fields().isEmpty() == false && sourceMapper.enabled();
  }

  Set<String> fields() {
    return valuesByField.keySet();
  }

  /** Puts marks into the stored source of a document that is about to be indexed. Doing it twice changes nothing. */
  public void takeOut(ParsedDocument document) throws IOException {
    List<IndexableField> stored = document.rootDoc().getFields();
    for (int i = 0; i < stored.size(); i++) {
      if (SourceFieldMapper.NAME.equals(stored.get(i).name()) && document.getMediaType() == XContentType.JSON) {
        stored.set(i, new StoredField(SourceFieldMapper.NAME, marked(document, stored.get(i).binaryValue())));
      }
    }
  }

  private byte[] marked(ParsedDocument document, BytesRef stored) throws IOException {
    byte[] original = BytesReference.toBytes(document.source());
    VectorSlots slots = VectorSlots.find(original, fields());
    Map<String, Integer> counts = slots.countByField();
    if (counts.isEmpty()) {
      return BytesRef.deepCopyOf(stored).bytes;
    }
    byte[] marked = slots.mark(indexedAsWritten(document, counts));
    return isFiltered() ? SourceFilter.keepMarks(marked, sourceMapper, fields()) : marked;
  }

  /**
   * The fields each of whose values in the document is in the index as it is to be shown. Others are left alone, as where
   * a vector comes from elsewhere by {@code copy_to}, or the index has fewer that were pooled.
   */
  private Set<String> indexedAsWritten(ParsedDocument document, Map<String, Integer> countByField) {
    Map<String, Integer> indexed = new HashMap<>();
    for (ParseContext.Document part : document.docs()) {
      for (String field : fields()) {
        if (part.getByKey(field) != null) {
          indexed.merge(field, 1, Integer::sum);
        }
      }
    }
    Set<String> same = new HashSet<>(countByField.keySet());
    same.removeIf(field -> countByField.get(field).equals(indexed.get(field)) == false);
    return same;
  }

  /**
   * Puts the vectors back in place of the marks.
   *
   * @param wanted the fields whose vectors are asked for; the marks of others stay
   * @param doc the root document of the source
   */
  byte[] giveBack(byte[] source, Set<String> wanted, LeafReader reader, int doc) throws IOException {
    if (isOfOtherContentType(source)) {
      return source;
    }
    VectorSlots slots = VectorSlots.find(source, wanted);
    Map<String, Integer> counts = slots.countByField();
    Map<String, Iterator<SourceValue>> values = new HashMap<>();
    for (Map.Entry<String, Integer> marks : slots.marksByField().entrySet()) {
      String field = marks.getKey();
      List<SourceValue> ofDocument = marks.getValue().equals(counts.get(field))
          ? valuesByField.get(field).last(reader, doc, marks.getValue())
          : List.of();
      if (ofDocument.isEmpty() == false) {
        values.put(field, ofDocument.iterator());
      }
    }
    return values.isEmpty() ? source : slots.fill(values);
  }

  /** Nothing was taken out of those; what is not recognized is JSON that starts with a comment, or in another encoding. */
  @SuppressWarnings("deprecation") // guessing is for where nothing says the type, as here
  private static boolean isOfOtherContentType(byte[] source) {
    MediaType type = MediaTypeRegistry.mediaTypeFromBytes(source, 0, source.length);
    return type != null && type != XContentType.JSON;
  }
}
