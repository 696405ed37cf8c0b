package dev.embedding.search;

import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TaskExecutor;

/**
 * Searches as another does, but makes the weights of filters without it: a host may have it measure them, by timers that
 * belong to one thread, while the segments are searched by several.
 */
final class PlainSearcher extends IndexSearcher {
  private final TaskExecutor executor;

  PlainSearcher(IndexSearcher in) {
    super(in.getTopReaderContext());
    executor = in.getTaskExecutor();
    setQueryCache(in.getQueryCache());
    setQueryCachingPolicy(in.getQueryCachingPolicy());
    setTimeout(in.getTimeout());
  }

  @Override
  public TaskExecutor getTaskExecutor() {
    return executor;
  }
}
