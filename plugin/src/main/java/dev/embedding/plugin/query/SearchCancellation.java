package dev.embedding.plugin.query;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.opensearch.index.mapper.SeqNoFieldMapper;
import org.opensearch.search.query.QueryPhase;

/**
 * Brings a request's timeout and cancellation to a vector search.
 *
 * <p>OpenSearch gives Lucene no time limit, and shows none to queries. It does check one, and whether the task was
 * cancelled, whenever points are read through the readers of a search; so that is what a poll does: it asks for the
 * points of the field that every document has. The exception of a cancelled task ends the request. That of a time limit
 * only ends the vector search: core expects it while it collects hits, meets it there, and answers with what it has.
 */
final class SearchCancellation implements QueryTimeout {
  private final LeafReader reader;

  private SearchCancellation(LeafReader reader) {
    this.reader = reader;
  }

  /** For the reader of a search, or null for an empty one. */
  static QueryTimeout of(IndexReader reader) {
    List<LeafReaderContext> leaves = reader.leaves();
    return leaves.isEmpty() ? null : new SearchCancellation(leaves.getFirst().reader());
  }

  @Override
  public boolean shouldExit() {
    try {
      reader.getPointValues(SeqNoFieldMapper.NAME);
      return false;
    } catch (QueryPhase.TimeExceededException e) {
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
