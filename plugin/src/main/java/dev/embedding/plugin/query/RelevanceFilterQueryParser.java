package dev.embedding.plugin.query;

import java.io.IOException;

import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.embedding.plugin.StrictParser;
import dev.embedding.plugin.adapter.AdapterSource;
import dev.embedding.plugin.mapper.VectorParser;
import dev.embedding.search.RelevanceFilterQuery.Score;

/** Reads a {@link RelevanceFilterQueryBuilder} from JSON, strictly: a parameter twice or unknown is an error. */
final class RelevanceFilterQueryParser {
  private final XContentParser parser;
  private final StrictParser values;
  private QueryBuilder query;
  private String field;
  private float[] vector;
  private String adapter;
  private Double minRelevance;
  private String cutOff;
  private Double min;
  private String sample;
  private Score score = Score.RELEVANCE;
  private float boost = AbstractQueryBuilder.DEFAULT_BOOST;
  private String queryName;

  RelevanceFilterQueryParser(XContentParser parser) {
    this.parser = parser;
    this.values = new StrictParser(parser);
  }

  RelevanceFilterQueryBuilder parse(AdapterSource adapters) throws IOException {
    try {
      values.object(this::parseParameter);
      return build(adapters);
    } catch (IllegalArgumentException e) {
      throw error(e.getMessage(), e);
    } catch (JsonProcessingException e) {
      // Not JSON, or a number that is too long to be one: a server's error if it got out as it is.
      throw error("[" + parser.currentName() + "]: " + e.getOriginalMessage(), e);
    }
  }

  private void parseParameter(String parameter) throws IOException {
    switch (parameter) {
      case "query" -> query = FieldQueryParser.innerQuery(parser, values);
      case "field" -> field = values.text();
      case "vector" -> vector = VectorParser.read(parser);
      case "adapter" -> adapter = values.text();
      case "min_relevance" -> minRelevance = values.number(0, 1);
      case "cutoff" -> parseCutOff();
      case "score" -> score = score();
      case "boost" -> boost = (float) values.number(0, Float.MAX_VALUE);
      case "_name" -> queryName = values.text();
      default -> throw new IllegalArgumentException("unknown parameter, known are [query, field, vector, adapter, "
          + "min_relevance, cutoff, score, boost, _name]");
    }
  }

  private void parseCutOff() throws IOException {
    values.object(parameter -> {
      switch (parameter) {
        case "type" -> cutOff = values.text();
        case "min" -> min = values.number(-Double.MAX_VALUE, Double.MAX_VALUE);
        case "sample" -> sample = values.text();
        default -> throw new IllegalArgumentException("unknown parameter, known are [type, min, sample]");
      }
    });
    if (cutOff == null) {
      throw new IllegalArgumentException("needs [type]");
    }
  }

  private Score score() throws IOException {
    String name = values.text();
    return switch (name) {
      case "relevance" -> Score.RELEVANCE;
      case "original" -> Score.ORIGINAL;
      default -> throw new IllegalArgumentException("must be relevance or original, got [" + name + "]");
    };
  }

  private RelevanceFilterQueryBuilder build(AdapterSource adapters) {
    if (query == null) {
      throw new IllegalArgumentException("[query] is required: the query whose hits are filtered");
    }
    if ((adapter == null) == (cutOff == null)) {
      throw new IllegalArgumentException("one of [adapter] and [cutoff] is required");
    }
    RelevanceRule rule = cutOff == null
        ? RelevanceRule.ofAdapter(adapter, minRelevance)
        : new RelevanceRule(sample, minRelevance, cutOff, min);
    return new RelevanceFilterQueryBuilder(query, field, vector, rule, score, adapters).boost(boost)
        .queryName(queryName);
  }

  private ParsingException error(String message, Exception cause) {
    return new ParsingException(parser.getTokenLocation(), "[" + RelevanceFilterQueryBuilder.NAME + "] " + message,
        cause);
  }
}
