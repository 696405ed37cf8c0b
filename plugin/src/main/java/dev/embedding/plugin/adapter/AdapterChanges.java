package dev.embedding.plugin.adapter;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.lucene.store.AlreadyClosedException;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.shard.IndexEventListener;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.index.shard.IndexShardState;
import org.opensearch.index.shard.IndexingOperationListener;

/**
 * Watches this node's copy of the index of adapters. A write is answered when every copy in use has it, so who finds the
 * copy in the same state twice knows that nothing was answered in between.
 */
final class AdapterChanges implements IndexingOperationListener, IndexEventListener {
  private final AtomicLong count = new AtomicLong();
  private volatile IndexShard copy;

  /**
   * What is another one after every change.
   *
   * @param count of operations, and of copies that were opened and closed
   * @param primaryTerm with the largest sequence number, tells that operations were undone, as a new primary may not have
   *     what was never answered
   */
  record State(long count, long primaryTerm, long maxSequenceNumber) {}

  /** Nothing if there is no copy here, or one that does not get every change. */
  Optional<State> state() {
    IndexShard shard = copy;
    if (shard == null || shard.state() != IndexShardState.STARTED) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new State(count.get(), shard.getOperationPrimaryTerm(), shard.seqNoStats().getMaxSeqNo()));
    } catch (AlreadyClosedException e) {
      return Optional.empty();
    }
  }

  @Override
  public void postIndex(ShardId shard, Engine.Index operation, Engine.IndexResult result) {
    count.incrementAndGet();
  }

  @Override
  public void postDelete(ShardId shard, Engine.Delete operation, Engine.DeleteResult result) {
    count.incrementAndGet();
  }

  @Override
  public void afterIndexShardStarted(IndexShard shard) {
    count.incrementAndGet();
    copy = shard;
  }

  @Override
  public void beforeIndexShardClosed(ShardId shardId, IndexShard shard, Settings settings) {
    if (shard != null && shard == copy) {
      copy = null;
    }
    count.incrementAndGet();
  }
}
