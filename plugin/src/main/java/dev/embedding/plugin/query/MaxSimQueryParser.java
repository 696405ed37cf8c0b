package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;

import dev.embedding.plugin.mapper.MultiVectorParser;
import dev.embedding.plugin.mapper.QueryVectors;
import dev.embedding.search.MaxSimOptions;

/** Reads a {@link MaxSimQueryBuilder} from JSON. */
final class MaxSimQueryParser extends FieldQueryParser<MaxSimQueryBuilder> {
  private static final List<String> PARAMETERS = List.of("vectors", "k", "candidates", "filter", "rerank", "query",
      "token_hits", "model", "ignore_unmapped");
  /** What says how candidates are found, which is of no use where a query finds them. */
  private static final Set<String> OF_SEARCH = Set.of("k", "candidates", "filter", "rerank");

  private final Set<String> searching = new TreeSet<>();
  private QueryVectors vectors;
  private Integer k;
  private Integer candidates;
  private boolean rerank = true;
  private QueryBuilder filter;
  private QueryBuilder query;
  private int tokenHits;
  private String model;
  private boolean ignoreUnmapped;

  MaxSimQueryParser(XContentParser parser) {
    super(MaxSimQueryBuilder.NAME, parser);
  }

  @Override
  List<String> parameters() {
    return PARAMETERS;
  }

  @Override
  void parseParameter(String parameter) throws IOException {
    if (OF_SEARCH.contains(parameter)) {
      searching.add(parameter);
    }
    switch (parameter) {
      case "vectors" -> vectors = MultiVectorParser.readQuery(parser, QueryVectors.MAX_COUNT);
      case "k" -> k = integer(1, MaxSimOptions.MAX_K);
      case "candidates" -> candidates = integer(1, MaxSimOptions.MAX_K);
      case "filter" -> filter = innerQuery();
      case "rerank" -> rerank = rerank();
      case "query" -> query = innerQuery();
      case "token_hits" -> tokenHits = integer(0, MaxSimQueryBuilder.MAX_TOKEN_HITS);
      case "model" -> model = values.text();
      case "ignore_unmapped" -> ignoreUnmapped = values.bool();
      default -> throw new AssertionError(parameter);
    }
  }

  private boolean rerank() throws IOException {
    String value = values.text();
    return switch (value) {
      case "exact" -> true;
      case "none" -> false;
      default -> throw new IllegalArgumentException("must be one of [exact, none], got [" + value + "]");
    };
  }

  @Override
  MaxSimQueryBuilder build(String field) {
    if (vectors == null) {
      throw new IllegalArgumentException(
          "[vectors] is required: an array of vectors or base64 of all of them as little-endian float32");
    }
    if (query != null && searching.isEmpty() == false) {
      throw new IllegalArgumentException(
          "[query] says which documents are scored, so that there is no place for " + searching);
    }
    if (query == null && k == null) {
      throw new IllegalArgumentException(
          "[k] is required: between 1 and " + MaxSimOptions.MAX_K + "; or [query], whose hits are scored");
    }
    return new MaxSimQueryBuilder(field, vectors, query == null ? options() : null, filter, query, tokenHits, model,
        ignoreUnmapped);
  }

  private MaxSimOptions options() {
    int found = candidates == null ? Math.max(MaxSimOptions.DEFAULT_CANDIDATES, k) : candidates;
    return new MaxSimOptions(k, found, rerank);
  }
}
