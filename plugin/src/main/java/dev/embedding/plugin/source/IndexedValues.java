package dev.embedding.plugin.source;

import java.io.IOException;
import java.util.List;

import org.apache.lucene.index.LeafReader;

/** The values of a field in the index, of which {@code _source} keeps marks. */
interface IndexedValues {
  /**
   * The values of a root document and its nested ones, in their order, which is that of the JSON: nested documents stand
   * directly before their root.
   *
   * @param count how many there should be
   * @return as many, or none if the document has fewer: better a mark than another document's value
   */
  List<SourceValue> last(LeafReader reader, int root, int count) throws IOException;
}
