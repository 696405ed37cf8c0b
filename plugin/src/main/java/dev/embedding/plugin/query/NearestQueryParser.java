package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.List;

import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.QueryBuilder;

import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.NearestOptions;

/** Reads a {@link NearestQueryBuilder} from JSON. */
final class NearestQueryParser extends FieldQueryParser<NearestQueryBuilder> {
  private static final List<String> PARAMETERS = List.of("vector", "k", "candidates", "oversample", "exact",
      "min_score", "filter", "model", "ignore_unmapped");

  private float[] vector;
  private Integer k;
  private Integer candidates;
  private float oversample;
  private boolean exact;
  private float minScore;
  private QueryBuilder filter;
  private String model;
  private boolean ignoreUnmapped;

  NearestQueryParser(XContentParser parser) {
    super(NearestQueryBuilder.NAME, parser);
  }

  @Override
  List<String> parameters() {
    return PARAMETERS;
  }

  @Override
  void parseParameter(String parameter) throws IOException {
    switch (parameter) {
      case "vector" -> vector = VectorParser.read(parser);
      case "k" -> k = integer(1, NearestOptions.MAX_K);
      case "candidates" -> candidates = integer(1, NearestOptions.MAX_K);
      case "oversample" -> oversample = oversample();
      case "exact" -> exact = values.bool();
      case "min_score" -> minScore = notNegative();
      case "filter" -> filter = innerQuery();
      case "model" -> model = values.text();
      case "ignore_unmapped" -> ignoreUnmapped = values.bool();
      default -> throw new AssertionError(parameter);
    }
  }

  @Override
  NearestQueryBuilder build(String field) {
    if (vector == null) {
      throw new IllegalArgumentException(
          "[vector] is required: an array of numbers or base64 of little-endian float32");
    }
    if (k == null) {
      throw new IllegalArgumentException("[k] is required: between 1 and " + NearestOptions.MAX_K);
    }
    int beam = candidates == null ? Math.max(NearestOptions.DEFAULT_CANDIDATES, k) : candidates;
    NearestOptions options = new NearestOptions(k, beam, oversample, exact, minScore);
    return new NearestQueryBuilder(field, vector, options, filter, model, ignoreUnmapped);
  }

  /** Checked here too, as 0 stands for one that is not given, and must not be taken for it. */
  private float oversample() throws IOException {
    if (parser.currentToken() == Token.VALUE_NUMBER && parser.floatValue() >= 1
        && parser.floatValue() <= NearestOptions.MAX_OVERSAMPLE) {
      return parser.floatValue();
    }
    throw new IllegalArgumentException(
        "must be a number between 1 and " + NearestOptions.MAX_OVERSAMPLE + ", got " + values.found());
  }
}
