package dev.embedding.plugin.adapter;

import java.util.concurrent.atomic.AtomicLong;

import org.opensearch.common.settings.Settings;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.shard.IndexEventListener;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.index.shard.IndexingOperationListener;

/**
 * Counts what may change adapters in this node's copy of their index. A write is answered when every copy in use has it,
 * so who sees the same count twice knows that nothing was answered in between.
 */
final class AdapterChanges implements IndexingOperationListener, IndexEventListener {
  private final AtomicLong count = new AtomicLong();

  long count() {
    return count.get();
  }

  @Override
  public void postIndex(ShardId shard, Engine.Index operation, Engine.IndexResult result) {
    count.incrementAndGet();
  }

  @Override
  public void postDelete(ShardId shard, Engine.Delete operation, Engine.DeleteResult result) {
    count.incrementAndGet();
  }

  /** The copy may have got files of another. */
  @Override
  public void afterIndexShardStarted(IndexShard shard) {
    count.incrementAndGet();
  }

  @Override
  public void afterIndexShardClosed(ShardId shardId, IndexShard shard, Settings settings) {
    count.incrementAndGet();
  }
}
