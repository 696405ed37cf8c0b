package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** A request that names an adapter. */
abstract class AdapterRequest extends ActionRequest {
  private final String name;

  AdapterRequest(String name) {
    this.name = AdapterName.check(name);
  }

  AdapterRequest(StreamInput in) throws IOException {
    super(in);
    name = AdapterName.check(in.readString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeString(name);
  }

  String name() {
    return name;
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }
}
