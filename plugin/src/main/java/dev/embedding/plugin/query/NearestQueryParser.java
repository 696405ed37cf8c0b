package dev.embedding.plugin.query;

import java.io.IOException;

import org.apache.lucene.search.BooleanClause.Occur;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.NearestOptions;

/** Reads a {@link NearestQueryBuilder} from JSON, strictly: 1.5 is no k, and a parameter twice or unknown is an error. */
final class NearestQueryParser {
  /** How many queries of ours may be nested in each other's filters. */
  static final int MAX_NESTING = 20;

  /** How deep the parser of this thread is in filters of ours: checked on the way down, before the stack is used up. */
  private static final ThreadLocal<Integer> NESTING = ThreadLocal.withInitial(() -> 0);

  private final XContentParser parser;
  private String field;
  private float[] vector;
  private Integer k;
  private Integer candidates;
  private float oversample;
  private boolean exact;
  private float minScore;
  private QueryBuilder filter;
  private String model;
  private boolean ignoreUnmapped;
  private float boost = AbstractQueryBuilder.DEFAULT_BOOST;
  private String queryName;

  NearestQueryParser(XContentParser parser) {
    this.parser = parser;
  }

  NearestQueryBuilder parse() throws IOException {
    try {
      return parseField();
    } catch (JsonProcessingException e) {
      // Not JSON, or a number that is too long to be one: a server's error if it got out as it is.
      throw error("[" + parser.currentName() + "]: " + e.getOriginalMessage(), e);
    }
  }

  private NearestQueryBuilder parseField() throws IOException {
    expect(parser.nextToken(), Token.FIELD_NAME, "the name of a field");
    field = parser.currentName();
    expect(parser.nextToken(), Token.START_OBJECT, "an object of parameters for field [" + field + "]");
    for (Token token = parser.nextToken(); token != Token.END_OBJECT; token = parser.nextToken()) {
      String parameter = parser.currentName();
      parser.nextToken();
      try {
        parseParameter(parameter);
      } catch (IllegalArgumentException e) {
        throw error("[" + parameter + "]: " + e.getMessage(), e);
      }
    }
    expect(parser.nextToken(), Token.END_OBJECT, "one field only");
    return build();
  }

  private void parseParameter(String parameter) throws IOException {
    switch (parameter) {
      case "vector" -> vector = VectorParser.read(parser);
      case "k" -> k = integer();
      case "candidates" -> candidates = integer();
      case "oversample" -> oversample = oversample();
      case "exact" -> exact = bool();
      case "min_score" -> minScore = notNegative();
      case "filter" -> filter = filterQuery();
      case "model" -> model = text();
      case "ignore_unmapped" -> ignoreUnmapped = bool();
      case "boost" -> boost = notNegative();
      case "_name" -> queryName = text();
      default -> throw new IllegalArgumentException("unknown parameter, known are [vector, k, candidates, oversample, "
          + "exact, min_score, filter, model, ignore_unmapped, boost, _name]");
    }
  }

  private NearestQueryBuilder build() {
    if (vector == null) {
      throw error("[vector] is required: an array of numbers or base64 of little-endian float32", null);
    }
    if (k == null) {
      throw error("[k] is required: between 1 and " + NearestOptions.MAX_K, null);
    }
    try {
      int beam = candidates == null ? Math.max(NearestOptions.DEFAULT_CANDIDATES, k) : candidates;
      NearestOptions options = new NearestOptions(k, beam, oversample, exact, minScore);
      return new NearestQueryBuilder(field, vector, options, filter, model, ignoreUnmapped).boost(boost)
          .queryName(queryName);
    } catch (IllegalArgumentException e) {
      throw error(e.getMessage(), e);
    }
  }

  private QueryBuilder filterQuery() throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      throw new IllegalArgumentException("must be a query, got " + found());
    }
    return innerQuery(parser);
  }

  /** Reads a query inside one of ours; the parser stands on its beginning. */
  static QueryBuilder innerQuery(XContentParser parser) throws IOException {
    int depth = NESTING.get() + 1;
    if (depth > MAX_NESTING) {
      throw tooDeep();
    }
    NESTING.set(depth);
    try {
      return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    } finally {
      NESTING.set(depth - 1);
    }
  }

  /** An integer; whether it is in the range is for {@link NearestOptions} to check. */
  private int integer() throws IOException {
    String problem = "must be an integer between 1 and " + NearestOptions.MAX_K + ", got ";
    if (parser.currentToken() == Token.VALUE_NUMBER) {
      try {
        return parser.intValue(false);
      } catch (IllegalArgumentException | IOException e) {
        throw new IllegalArgumentException(problem + found(), e);
      }
    }
    throw new IllegalArgumentException(problem + found());
  }

  /** Checked here too, as 0 stands for one that is not given, and must not be taken for it. */
  private float oversample() throws IOException {
    if (parser.currentToken() == Token.VALUE_NUMBER && parser.floatValue() >= 1
        && parser.floatValue() <= NearestOptions.MAX_OVERSAMPLE) {
      return parser.floatValue();
    }
    throw new IllegalArgumentException(
        "must be a number between 1 and " + NearestOptions.MAX_OVERSAMPLE + ", got " + found());
  }

  private float notNegative() throws IOException {
    if (parser.currentToken() == Token.VALUE_NUMBER && Float.isFinite(parser.floatValue())
        && parser.floatValue() >= 0) {
      return parser.floatValue();
    }
    throw new IllegalArgumentException("must be a finite number, 0 or more, got " + found());
  }

  private boolean bool() throws IOException {
    if (parser.currentToken() == Token.VALUE_BOOLEAN) {
      return parser.booleanValue();
    }
    throw new IllegalArgumentException("must be true or false, got " + found());
  }

  private String text() throws IOException {
    if (parser.currentToken() == Token.VALUE_STRING) {
      return parser.text();
    }
    throw new IllegalArgumentException("must be a string, got " + found());
  }

  /** What the parser stands on, for a message; arrays, objects and binary data have no text to show. */
  private String found() throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING, VALUE_NUMBER, VALUE_BOOLEAN -> "[" + parser.text() + "]";
      case VALUE_NULL -> "null";
      case START_ARRAY -> "an array";
      case START_OBJECT -> "an object";
      default -> parser.currentToken().toString();
    };
  }

  private void expect(Token found, Token expected, String what) {
    if (found != expected) {
      throw error("takes " + what, null);
    }
  }

  private ParsingException error(String message, Exception cause) {
    return new ParsingException(parser.getTokenLocation(), "[" + NearestQueryBuilder.NAME + "] " + message, cause);
  }

  /** Checks how deep queries of ours are nested in a query, for those that were not parsed. */
  static void checkNesting(QueryBuilder query) {
    Depth depth = new Depth(0);
    query.visit(depth);
  }

  private static IllegalArgumentException tooDeep() {
    return new IllegalArgumentException(
        "[" + NearestQueryBuilder.NAME + "] and [" + RelevanceFilterQueryBuilder.NAME
            + "] queries must not be nested deeper than " + MAX_NESTING);
  }

  /** Counts queries of ours on the way down. */
  private static final class Depth implements QueryBuilderVisitor {
    private int depth;

    Depth(int depth) {
      this.depth = depth;
    }

    @Override
    public void accept(QueryBuilder query) {
      boolean isOurs = query instanceof NearestQueryBuilder || query instanceof RelevanceFilterQueryBuilder;
      if (isOurs && ++depth > MAX_NESTING) {
        throw tooDeep();
      }
    }

    @Override
    public QueryBuilderVisitor getChildVisitor(Occur occur) {
      return new Depth(depth);
    }
  }
}
