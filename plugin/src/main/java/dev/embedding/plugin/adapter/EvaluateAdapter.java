package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.util.List;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.TransportService;

import dev.embedding.relevance.AdapterTrainer;
import dev.embedding.relevance.JudgedQuery;
import dev.embedding.relevance.TrainingReport;

/** Measures an adapter on judgements, beside rules without training. These should not be those that it was trained on. */
public final class EvaluateAdapter extends ActionType<AdapterResponse> {
  /** The action. */
  public static final EvaluateAdapter ACTION = new EvaluateAdapter();

  private EvaluateAdapter() {
    super("cluster:admin/embedding/adapters/evaluate", AdapterResponse::new);
  }

  /** Reads, searches and measures; stores nothing. */
  public static final class Transport extends TrainingTransport {
    /** Called by OpenSearch when the node starts. */
    @Inject
    public Transport(TransportService transportService, ActionFilters filters, Services services) {
      super(ACTION.name(), transportService, filters, services);
    }

    @Override
    boolean stores() {
      return false;
    }

    @Override
    AdapterResponse run(TrainingWork work) throws IOException {
      Adapter adapter = work.foundOrFail().document().adapter();
      if (adapter.network() == null) {
        throw TrainingWork.badRequest("adapter [" + work.name() + "] has learned nothing that could be measured");
      }
      EmbeddingSpace space = work.field().space();
      String problem = adapter.space().problemWith(space);
      if (problem != null) {
        throw TrainingWork.badRequest(
            "adapter [" + work.name() + "] does not fit field [" + work.spec().field() + "]: it " + problem);
      }
      List<JudgedQuery> queries = work.judgedQueries(space);
      work.at("measure", queries.size(), 0);
      TrainingReport report = AdapterTrainer.evaluate(adapter.network(), queries, adapter.sample(),
          work.spec().options().targetRecall());
      return AdapterResponse.of(RestStatus.OK,
          builder -> builder.field("name", work.name())
              .field("report", new AdapterReport(work.name(), report).toMap()));
    }
  }
}
