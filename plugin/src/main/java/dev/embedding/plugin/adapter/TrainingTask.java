package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ExecutorService;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/** A training while it runs: tells how far it is, and can be cancelled. */
final class TrainingTask extends CancellableTask {
  private volatile Progress progress = new Progress("wait", 0, 0);
  private volatile ExecutorService threads;

  TrainingTask(long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
    super(id, type, action, description, parent, headers);
  }

  /**
   * How far it is.
   *
   * @param phase wait for a free thread, read judgements, search candidates, train, store
   * @param queries how many judged queries there are, as far as they were read
   * @param done how much of the phase is done, 0–1
   */
  record Progress(String phase, long queries, double done) implements Task.Status {
    static final String NAME = "embedding_training";

    Progress(StreamInput in) throws IOException {
      this(in.readString(), in.readVLong(), in.readDouble());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeString(phase);
      out.writeVLong(queries);
      out.writeDouble(done);
    }

    @Override
    public String getWriteableName() {
      return NAME;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder.startObject()
          .field("phase", phase)
          .field("judged_queries", queries)
          .field("done", done)
          .endObject();
    }
  }

  /** Has the training end when the threads that train are to, as the node stops. */
  void endWith(ExecutorService newThreads) {
    threads = newThreads;
  }

  /** Tells how far it is; ends the training, with status 409 if it was cancelled, with 503 if the node stops. */
  void at(String phase, long queries, double done) {
    progress = new Progress(phase, queries, done);
    ensureNotCancelled();
  }

  void ensureNotCancelled() {
    if (isCancelled()) {
      throw new OpenSearchStatusException("cancelled: " + getReasonCancelled() + "; nothing was stored",
          RestStatus.CONFLICT);
    }
    if (threads != null && threads.isShutdown()) {
      throw new OpenSearchStatusException("the node stops, and its training with it", RestStatus.SERVICE_UNAVAILABLE);
    }
  }

  @Override
  public Status getStatus() {
    return progress;
  }

  @Override
  public boolean shouldCancelChildrenOnCancellation() {
    return true;
  }
}
