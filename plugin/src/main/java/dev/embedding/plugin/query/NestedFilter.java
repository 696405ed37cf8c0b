package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.join.ToChildBlockJoinQuery;
import org.opensearch.common.lucene.search.Queries;
import org.opensearch.index.mapper.FieldNamesFieldMapper;
import org.opensearch.index.mapper.ObjectMapper;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryShardContext;

/**
 * Makes a filter on documents and on objects nested in them one on the innermost objects, which have the vectors: what
 * it says of a document it says of each object in it.
 *
 * <p>Which level a part of a filter speaks of is seen by its fields. Core's helper for this looks at a few kinds of
 * queries only, and takes a whole {@code bool} for one level.
 */
final class NestedFilter {
  /** The level of whole documents. */
  private static final String ROOT = "";

  private final QueryShardContext context;
  private final String vectors;

  private NestedFilter(String field, QueryShardContext context) {
    this.context = context;
    this.vectors = level(field, context);
  }

  /**
   * The Lucene query of a filter, inside a {@code nested} query on the objects there.
   *
   * @param builder null for none
   * @param field the field of the vectors
   * @return null if there is no filter
   */
  static Query of(QueryBuilder builder, String field, QueryShardContext context) throws IOException {
    Query query = builder == null ? null : builder.toQuery(context);
    return query == null || context.getParentFilter() == null ? query : new NestedFilter(field, context).apply(query);
  }

  private Query apply(Query query) {
    Set<String> levels = levels(query);
    if (levels.size() == 1) {
      return fromLevel(levels.iterator().next(), query);
    }
    return switch (query) {
      case BooleanQuery bool when levels.isEmpty() == false -> byClause(bool);
      case DisjunctionMaxQuery any when levels.isEmpty() == false -> anyOf(any.getDisjuncts());
      case ConstantScoreQuery constant -> apply(constant.getQuery());
      case BoostQuery boost -> apply(boost.getQuery());
      default -> query;
    };
  }

  private Query byClause(BooleanQuery bool) {
    BooleanQuery.Builder clauses = new BooleanQuery.Builder()
        .setMinimumNumberShouldMatch(bool.getMinimumNumberShouldMatch());
    for (BooleanClause clause : bool) {
      clauses.add(apply(clause.query()), clause.occur());
    }
    return clauses.build();
  }

  private Query anyOf(Collection<Query> queries) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (Query query : queries) {
      any.add(apply(query), Occur.SHOULD);
    }
    return any.build();
  }

  private Query fromLevel(String level, Query query) {
    boolean isAround = level.equals(vectors) == false && (level.equals(ROOT) || vectors.startsWith(level + "."));
    if (isAround == false) {
      return query;
    }
    Query objects = level.equals(ROOT)
        ? Queries.newNonNestedFilter()
        : context.getObjectMapper(level).nestedTypeFilter();
    return new ToChildBlockJoinQuery(Queries.filtered(query, objects), context.bitsetFilter(objects));
  }

  private Set<String> levels(Query query) {
    Set<String> levels = new HashSet<>();
    query.visit(new QueryVisitor() {
      @Override
      public boolean acceptField(String field) {
        // documents and objects have other metadata in common
        if (field.startsWith("_") == false) {
          levels.add(level(field, context));
        }
        return true;
      }

      @Override
      public void consumeTerms(Query termQuery, Term... terms) {
        for (Term term : terms) {
          acceptField(FieldNamesFieldMapper.NAME.equals(term.field()) ? term.text() : term.field());
        }
      }

      @Override
      public QueryVisitor getSubVisitor(Occur occur, Query parent) {
        return this;
      }
    });
    return levels;
  }

  /** The path of the nested objects that have a field; empty for a field of whole documents. */
  static String level(String field, QueryShardContext context) {
    for (int dot = field.lastIndexOf('.'); dot >= 0; dot = field.lastIndexOf('.', dot - 1)) {
      ObjectMapper object = context.getObjectMapper(field.substring(0, dot));
      if (object != null && object.nested().isNested()) {
        return object.fullPath();
      }
    }
    return ROOT;
  }
}
