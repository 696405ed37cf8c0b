package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.List;

import org.apache.lucene.search.BooleanClause.Occur;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.embedding.plugin.StrictParser;

/**
 * Reads a query on a field of ours from JSON, strictly: 1.5 is no k, and a parameter twice or unknown is an error.
 *
 * @param <Q> the query
 */
abstract class FieldQueryParser<Q extends AbstractQueryBuilder<Q>> {
  /** How many queries of ours may be nested in each other. */
  static final int MAX_NESTING = 20;

  /** The query of the neural-search plugin. */
  private static final String HYBRID = "hybrid";

  /** How deep the parser of this thread is in queries of ours: checked on the way down, before the stack is used up. */
  private static final ThreadLocal<Integer> NESTING = ThreadLocal.withInitial(() -> 0);

  final XContentParser parser;
  final StrictParser values;
  private final String name;
  private String field;
  private float boost = AbstractQueryBuilder.DEFAULT_BOOST;
  private String queryName;

  FieldQueryParser(String name, XContentParser parser) {
    this.name = name;
    this.parser = parser;
    this.values = new StrictParser(parser);
  }

  /** The names of the parameters, without those that every query has. */
  abstract List<String> parameters();

  /** Reads the value of one of the {@link #parameters}. */
  abstract void parseParameter(String parameter) throws IOException;

  /** Makes the query of what was read; an {@link IllegalArgumentException} says what is wrong with it. */
  abstract Q build(String onField);

  final Q parse() throws IOException {
    try {
      return parseField();
    } catch (JsonProcessingException e) {
      // Not JSON, or a number that is too long to be one: a server's error if it got out as it is.
      throw error("[" + parser.currentName() + "]: " + e.getOriginalMessage(), e);
    }
  }

  private Q parseField() throws IOException {
    expect(parser.nextToken(), Token.FIELD_NAME, "the name of a field");
    field = parser.currentName();
    expect(parser.nextToken(), Token.START_OBJECT, "an object of parameters for field [" + field + "]");
    for (Token token = parser.nextToken(); token != Token.END_OBJECT; token = parser.nextToken()) {
      String parameter = parser.currentName();
      parser.nextToken();
      try {
        parseAnyParameter(parameter);
      } catch (IllegalArgumentException e) {
        throw error("[" + parameter + "]: " + e.getMessage(), e);
      }
    }
    expect(parser.nextToken(), Token.END_OBJECT, "one field only");
    try {
      return build(field).boost(boost).queryName(queryName);
    } catch (IllegalArgumentException e) {
      throw error(e.getMessage(), e);
    }
  }

  private void parseAnyParameter(String parameter) throws IOException {
    if (parameters().contains(parameter)) {
      parseParameter(parameter);
      return;
    }
    switch (parameter) {
      case "boost" -> boost = notNegative();
      case "_name" -> queryName = values.text();
      default -> throw new IllegalArgumentException(
          "unknown parameter, known are [" + String.join(", ", parameters()) + ", boost, _name]");
    }
  }

  final QueryBuilder innerQuery() throws IOException {
    return innerQuery(parser, values);
  }

  /** Reads a query inside one of ours. */
  static QueryBuilder innerQuery(XContentParser parser, StrictParser values) throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      throw new IllegalArgumentException("must be a query, got " + values.found());
    }
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

  /** An integer; whether it is in the range is for the query to check, as it is for one from the wire. */
  final int integer(int min, int max) throws IOException {
    String problem = "must be an integer between " + min + " and " + max + ", got ";
    if (parser.currentToken() == Token.VALUE_NUMBER) {
      try {
        return parser.intValue(false);
      } catch (IllegalArgumentException | IOException e) {
        throw new IllegalArgumentException(problem + values.found(), e);
      }
    }
    throw new IllegalArgumentException(problem + values.found());
  }

  final float notNegative() throws IOException {
    if (parser.currentToken() == Token.VALUE_NUMBER && Float.isFinite(parser.floatValue())
        && parser.floatValue() >= 0) {
      return parser.floatValue();
    }
    throw new IllegalArgumentException("must be a finite number, 0 or more, got " + values.found());
  }

  private void expect(Token found, Token expected, String what) {
    if (found != expected) {
      throw error("takes " + what, null);
    }
  }

  private ParsingException error(String message, Exception cause) {
    return new ParsingException(parser.getTokenLocation(), "[" + name + "] " + message, cause);
  }

  /**
   * Checks what is inside a query of ours: not too many of ours in each other, and no {@code hybrid}, which is for the top of a
   * search and gives a scorer of several scores, that nothing but its own collector can read.
   */
  static void checkNesting(QueryBuilder query) {
    query.visit(new Inside(0));
  }

  private static IllegalArgumentException tooDeep() {
    return new IllegalArgumentException("queries of embeddings must not be nested deeper than " + MAX_NESTING);
  }

  /** Counts queries of ours on the way down. */
  private static final class Inside implements QueryBuilderVisitor {
    private int depth;

    Inside(int depth) {
      this.depth = depth;
    }

    @Override
    public void accept(QueryBuilder query) {
      boolean isOurs = query instanceof NearestQueryBuilder || query instanceof MaxSimQueryBuilder
          || query instanceof RelevanceFilterQueryBuilder;
      if (isOurs && ++depth > MAX_NESTING) {
        throw tooDeep();
      }
      if (depth > 0 && query.getWriteableName().equals(HYBRID)) {
        throw new IllegalArgumentException(
            "a query of embeddings takes no [hybrid] query inside; put it into [hybrid], or into [rescore]");
      }
    }

    @Override
    public QueryBuilderVisitor getChildVisitor(Occur occur) {
      return new Inside(depth);
    }
  }
}
