package dev.embedding.plugin.adapter;

import static org.opensearch.rest.RestRequest.Method.DELETE;
import static org.opensearch.rest.RestRequest.Method.GET;
import static org.opensearch.rest.RestRequest.Method.PUT;

import java.util.List;

import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestStatusToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code PUT}, {@code GET} and {@code DELETE} of an adapter. */
final class RestAdapterHandler extends BaseRestHandler {
  static final String PATH = "/_plugins/_embedding/adapters/{name}";

  @Override
  public String getName() {
    return "embedding_adapters";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(PUT, PATH), new Route(GET, PATH), new Route(DELETE, PATH));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String name = request.param("name");
    return switch (request.method()) {
      case PUT -> {
        PutAdapter.Request put = new PutAdapter.Request(name, request.requiredContent(), request.getMediaType());
        yield channel -> client.execute(PutAdapter.ACTION, put,
            new RestStatusToXContentListener<>(channel, response -> null));
      }
      case GET -> {
        GetAdapter.Request get = new GetAdapter.Request(name, request.paramAsBoolean("weights", false));
        yield channel -> client.execute(GetAdapter.ACTION, get, new RestStatusToXContentListener<>(channel));
      }
      default -> {
        DeleteAdapter.Request delete = new DeleteAdapter.Request(name);
        yield channel -> client.execute(DeleteAdapter.ACTION, delete, new RestStatusToXContentListener<>(channel));
      }
    };
  }
}
