package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.fetch.FetchContext;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.fetch.FetchSubPhaseProcessor;
import org.opensearch.search.rescore.RescoreContext;

import dev.embedding.multivector.MaxSim;

/**
 * Shows with each hit which of its vectors are most like those of a {@code max_sim} query that asks for it: under the
 * hit's {@code fields}, as {@code FIELD.token_hits}.
 */
public final class TokenHitsPhase implements FetchSubPhase {
  private static final String NAME = "token_hits";

  @Override
  public FetchSubPhaseProcessor getProcessor(FetchContext context) {
    Map<String, TokenHitsQuery> queries = queries(context);
    return queries.isEmpty() ? null : new Processor(queries);
  }

  /** By the names under which their hits are shown; of two on a field it is the first one. */
  private static Map<String, TokenHitsQuery> queries(FetchContext context) {
    Map<String, TokenHitsQuery> queries = new LinkedHashMap<>();
    QueryVisitor collector = new QueryVisitor() {
      @Override
      public void visitLeaf(Query query) {
        if (query instanceof TokenHitsQuery asking) {
          queries.putIfAbsent(asking.field().name() + "." + NAME, asking);
        }
      }

      @Override
      public QueryVisitor getSubVisitor(Occur occur, Query parent) {
        return occur == Occur.MUST_NOT ? EMPTY_VISITOR : this;
      }
    };
    if (context.query() != null) {
      context.query().visit(collector);
    }
    for (RescoreContext rescore : context.rescore()) {
      rescore.getQueries().forEach(query -> query.visit(collector));
    }
    return queries;
  }

  private static final class Processor implements FetchSubPhaseProcessor {
    private final Map<String, TokenHitsQuery> queries;
    private final Map<String, MaxSim> comparisons = new LinkedHashMap<>();

    Processor(Map<String, TokenHitsQuery> queries) {
      this.queries = queries;
      queries.forEach((name, query) -> comparisons.put(name, new MaxSim(query.vectors())));
    }

    @Override
    public void setNextReader(LeafReaderContext context) {}

    @Override
    public void process(HitContext hit) throws IOException {
      for (Map.Entry<String, TokenHitsQuery> query : queries.entrySet()) {
        List<Object> matches = matches(query.getKey(), hit.reader(), hit.docId());
        if (matches.isEmpty() == false) {
          hit.hit().setDocumentField(query.getKey(), new DocumentField(query.getKey(), matches));
        }
      }
    }

    private List<Object> matches(String name, LeafReader reader, int doc) throws IOException {
      TokenHitsQuery query = queries.get(name);
      List<Object> shown = new ArrayList<>();
      for (MaxSim.Match match : comparisons.get(name).scorer(reader, query.field().name()).matches(doc)) {
        if (shown.size() == query.count()) {
          break;
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("vector", match.vector());
        json.put("similarity", match.similarity());
        json.put("query_vectors", match.queryVectors());
        shown.add(json);
      }
      return shown;
    }
  }
}
