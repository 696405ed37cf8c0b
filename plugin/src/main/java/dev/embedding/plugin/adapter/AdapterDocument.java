package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.util.Map;

import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

import dev.embedding.plugin.StrictParser;

/**
 * A document of the {@link AdapterIndex}.
 *
 * @param created when it was trained or imported, as text of ISO 8601
 * @param report what training found, or null for what was imported or not trained
 */
record AdapterDocument(Adapter adapter, String created, Map<String, Object> report) {
  AdapterDocument {
    if (adapter == null || created == null) {
      throw new IllegalArgumentException("needs [adapter] and [created]");
    }
  }

  static AdapterDocument read(BytesReference source) throws IOException {
    try (XContentParser parser = XContentHelper.createParser(NamedXContentRegistry.EMPTY,
        LoggingDeprecationHandler.INSTANCE, source, MediaTypeRegistry.JSON)) {
      parser.nextToken();
      return new Reader(parser).read();
    }
  }

  private static final class Reader {
    private final XContentParser parser;
    private Adapter adapter;
    private String created;
    private Map<String, Object> report;

    Reader(XContentParser parser) {
      this.parser = parser;
    }

    AdapterDocument read() throws IOException {
      new StrictParser(parser).object(name -> {
        switch (name) {
          case "created" -> created = parser.text();
          case "adapter" -> adapter = AdapterJson.read(parser);
          case "report" -> report = parser.map();
          default -> throw new IllegalArgumentException("unknown");
        }
      });
      return new AdapterDocument(adapter, created, report);
    }
  }

  BytesReference toJson() throws IOException {
    try (XContentBuilder builder = XContentFactory.jsonBuilder()) {
      builder.startObject().field("created", created);
      builder.field("adapter");
      AdapterJson.write(adapter, builder);
      if (report != null) {
        builder.field("report", report);
      }
      builder.endObject();
      return BytesReference.bytes(builder);
    }
  }
}
