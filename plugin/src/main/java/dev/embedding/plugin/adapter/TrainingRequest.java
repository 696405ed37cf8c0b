package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.util.Map;

import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;

/** Asks to train or to evaluate an adapter, or to draw a sample for one. */
final class TrainingRequest extends AdapterRequest {
  private final TrainingSpec spec;
  private boolean storesResult;

  TrainingRequest(String name, TrainingSpec spec) {
    super(name);
    this.spec = spec;
  }

  TrainingRequest(StreamInput in) throws IOException {
    super(in);
    spec = new TrainingSpec(in);
    storesResult = in.readBoolean();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    spec.writeTo(out);
    out.writeBoolean(storesResult);
  }

  TrainingSpec spec() {
    return spec;
  }

  /** Has the answer kept with the task, for who does not wait. */
  void storeResult() {
    storesResult = true;
  }

  @Override
  public boolean getShouldStoreResult() {
    return storesResult;
  }

  @Override
  public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return new TrainingTask(id, type, action, getDescription(), parent, headers);
  }

  @Override
  public String getDescription() {
    return "adapter [" + name() + "] for field [" + spec.field() + "] of [" + spec.index() + "]";
  }
}
