package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.DocWriteResponse;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaType;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

import com.fasterxml.jackson.core.JsonProcessingException;

/** Stores an adapter that comes as JSON, see {@link AdapterJson}. */
public final class PutAdapter extends ActionType<AdapterResponse> {
  /** The action. */
  public static final PutAdapter ACTION = new PutAdapter();

  /** The largest adapter as JSON. */
  static final int MAX_BYTES = 120_000_000;

  private PutAdapter() {
    super("cluster:admin/embedding/adapters/put", AdapterResponse::new);
  }

  /** The name and the JSON. */
  static final class Request extends AdapterRequest {
    private final BytesReference json;
    private final MediaType mediaType;

    Request(String name, BytesReference json, MediaType mediaType) {
      super(name);
      this.json = json;
      this.mediaType = mediaType;
      checkLength();
    }

    Request(StreamInput in) throws IOException {
      super(in);
      mediaType = in.readMediaType();
      json = in.readBytesReference();
      checkLength();
    }

    private void checkLength() {
      if (json.length() > MAX_BYTES) {
        throw new IllegalArgumentException(
            "an adapter may have " + MAX_BYTES + " bytes as JSON, got " + json.length());
      }
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      mediaType.writeTo(out);
      out.writeBytesReference(json);
    }

    Adapter parse() throws IOException {
      try (XContentParser parser = mediaType.xContent()
          .createParser(NamedXContentRegistry.EMPTY, LoggingDeprecationHandler.INSTANCE, json.streamInput())) {
        parser.nextToken();
        Adapter adapter = AdapterJson.read(parser);
        if (parser.nextToken() != null) {
          throw new IllegalArgumentException("one object is expected, got more");
        }
        return adapter;
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("not readable: " + e.getOriginalMessage(), e);
      }
    }
  }

  /** Reads the JSON and stores what it says. */
  public static final class Transport extends HandledTransportAction<Request, AdapterResponse> {
    private final AdapterIndex adapters;
    private final ThreadPool threadPool;

    /** Called by OpenSearch when the node starts. */
    @Inject
    public Transport(TransportService transportService, ActionFilters filters, AdapterIndex adapters,
        ThreadPool threadPool) {
      super(ACTION.name(), transportService, filters, Request::new);
      this.adapters = adapters;
      this.threadPool = threadPool;
    }

    /** Off the network's threads, as an adapter may have many megabytes. */
    @Override
    protected void doExecute(Task task, Request request, ActionListener<AdapterResponse> listener) {
      threadPool.generic().execute(ActionRunnable.wrap(listener, next -> {
        AdapterDocument document = new AdapterDocument(request.parse(), now(), null);
        adapters.store(request.name(), document, ActionListener.wrap(
            stored -> next.onResponse(response(request.name(), stored.getResult(), stored.getVersion())),
            next::onFailure));
      }));
    }
  }

  /** The present as text. */
  static String now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
  }

  private static AdapterResponse response(String name, DocWriteResponse.Result result, long version)
      throws IOException {
    RestStatus status = result == DocWriteResponse.Result.CREATED ? RestStatus.CREATED : RestStatus.OK;
    return AdapterResponse.of(status, builder -> builder.field("name", name)
        .field("result", result.name().toLowerCase(Locale.ROOT))
        .field("version", version));
  }
}
