package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;

/** Deletes an adapter. */
public final class DeleteAdapter extends ActionType<AdapterResponse> {
  /** The action. */
  public static final DeleteAdapter ACTION = new DeleteAdapter();

  private DeleteAdapter() {
    super("cluster:admin/embedding/adapters/delete", AdapterResponse::new);
  }

  /** The name. */
  static final class Request extends AdapterRequest {
    Request(String name) {
      super(name);
    }

    Request(StreamInput in) throws IOException {
      super(in);
    }
  }

  /** Deletes the document. */
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
      adapters.delete(request.name(), ActionListener.wrap(
          deleted -> listener.onResponse(AdapterResponse.of(RestStatus.OK,
              builder -> builder.field("name", request.name()).field("result", "deleted"))),
          listener::onFailure));
    }
  }
}
