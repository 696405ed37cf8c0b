package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The {@code graph} of a mapping: how an HNSW graph is built.
 *
 * @param maxConnections neighbours of a node on the upper levels, 2–128; the lowest level has twice as many
 * @param beamWidth candidates looked at when a node is inserted, 16–2,000
 */
public record GraphParameters(int maxConnections, int beamWidth) {
  private static final String MAX_CONNECTIONS = "max_connections";
  private static final String BEAM_WIDTH = "beam_width";
  static final GraphParameters DEFAULT = new GraphParameters(16, 100);

  static GraphParameters parse(String field, Object value) {
    Map<?, ?> graph = MappingValues.object(field, "graph", value, Set.of(MAX_CONNECTIONS, BEAM_WIDTH));
    int maxConnections = graph.containsKey(MAX_CONNECTIONS)
        ? MappingValues.integer(field, "graph." + MAX_CONNECTIONS, graph.get(MAX_CONNECTIONS), 2, 128)
        : DEFAULT.maxConnections;
    int beamWidth = graph.containsKey(BEAM_WIDTH)
        ? MappingValues.integer(field, "graph." + BEAM_WIDTH, graph.get(BEAM_WIDTH), 16, 2000)
        : DEFAULT.beamWidth;
    return new GraphParameters(maxConnections, beamWidth);
  }

  void toXContent(XContentBuilder builder, String name) throws IOException {
    builder.startObject(name).field(MAX_CONNECTIONS, maxConnections).field(BEAM_WIDTH, beamWidth).endObject();
  }
}
