package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;

/** Shows an adapter: what it is and what its training found; or all of it, as {@link PutAdapter} takes it. */
public final class GetAdapter extends ActionType<AdapterResponse> {
  /** The action. */
  public static final GetAdapter ACTION = new GetAdapter();

  private GetAdapter() {
    super("cluster:admin/embedding/adapters/get", AdapterResponse::new);
  }

  /** The name, and whether all of it is shown. */
  static final class Request extends AdapterRequest {
    private final boolean weights;

    Request(String name, boolean weights) {
      super(name);
      this.weights = weights;
    }

    Request(StreamInput in) throws IOException {
      super(in);
      weights = in.readBoolean();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeBoolean(weights);
    }
  }

  /** Finds the adapter. */
  public static final class Transport extends HandledTransportAction<Request, AdapterResponse> {
    private final AdapterIndex adapters;

    /** Called by OpenSearch when the node starts. */
    @Inject
    public Transport(TransportService transportService, ActionFilters filters, AdapterIndex adapters) {
      super(ACTION.name(), transportService, filters, Request::new);
      this.adapters = adapters;
    }

    @Override
    protected void doExecute(Task task, Request request, ActionListener<AdapterResponse> listener) {
      adapters.find(request.name(), ActionListener.wrap(
          found -> listener.onResponse(AdapterResponse.of(RestStatus.OK, builder -> write(request, found, builder))),
          listener::onFailure));
    }
  }

  private static void write(Request request, AdapterIndex.Found found, XContentBuilder builder) throws IOException {
    AdapterDocument document = found.document();
    builder.field("name", request.name())
        .field("version", found.change().version())
        .field("created", document.created());
    builder.field("adapter");
    if (request.weights) {
      AdapterJson.write(document.adapter(), builder);
    } else {
      AdapterJson.writeSummary(document.adapter(), builder);
    }
    if (document.report() != null) {
      builder.field("report", document.report());
    }
  }
}
