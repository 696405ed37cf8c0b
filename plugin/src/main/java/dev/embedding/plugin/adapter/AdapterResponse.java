package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.io.InputStream;

import org.opensearch.common.xcontent.StatusToXContentObject;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;

/** The answer of an action on adapters: an object of JSON. */
public final class AdapterResponse extends ActionResponse implements StatusToXContentObject {
  private final RestStatus status;
  private final BytesReference json;

  private AdapterResponse(RestStatus status, BytesReference json) {
    this.status = status;
    this.json = json;
  }

  /** Reads it from the wire. */
  AdapterResponse(StreamInput in) throws IOException {
    this(RestStatus.readFrom(in), in.readBytesReference());
  }

  /** Writes the inside of the object. */
  interface Content {
    void write(XContentBuilder builder) throws IOException;
  }

  static AdapterResponse of(RestStatus status, Content content) throws IOException {
    try (XContentBuilder builder = XContentFactory.jsonBuilder()) {
      builder.startObject();
      content.write(builder);
      builder.endObject();
      return new AdapterResponse(status, BytesReference.bytes(builder));
    }
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    RestStatus.writeTo(out, status);
    out.writeBytesReference(json);
  }

  @Override
  public RestStatus status() {
    return status;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    try (InputStream in = json.streamInput()) {
      return builder.rawValue(in, MediaTypeRegistry.JSON);
    }
  }

  @Override
  public String toString() {
    return json.utf8ToString();
  }
}
