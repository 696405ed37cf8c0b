package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.util.List;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.TransportService;

import dev.embedding.relevance.JudgedQuery;
import dev.embedding.relevance.TrainedAdapter;
import dev.embedding.relevance.VectorSample;

/**
 * Trains an adapter on judgements.
 *
 * <p>An adapter that is not better, on held-out queries, than the best rule without training is refused unless it is
 * forced. What is stored then is the sample and the report, for the rule that the report recommends; but an adapter that
 * was trained before stays.
 */
public final class TrainAdapter extends ActionType<AdapterResponse> {
  /** The action. */
  public static final TrainAdapter ACTION = new TrainAdapter();

  private TrainAdapter() {
    super("cluster:admin/embedding/adapters/train", AdapterResponse::new);
  }

  /** Reads, searches, trains and stores. */
  public static final class Transport extends TrainingTransport {
    /** Called by OpenSearch when the node starts. */
    @Inject
    public Transport(TransportService transportService, ActionFilters filters, Services services) {
      super(ACTION.name(), transportService, filters, services);
    }

    @Override
    boolean stores() {
      return true;
    }

    @Override
    AdapterResponse run(TrainingWork work) throws IOException {
      AdapterIndex.Found before = work.found();
      EmbeddingSpace space = work.field().space();
      VectorSample sample = work.field().sample(work.spec().sampleSize(), work.spec().options().seed());
      List<JudgedQuery> queries = work.judgedQueries(space);
      TrainedAdapter trained = work.train(queries, sample);
      work.at("store", queries.size(), 0);
      boolean accepted = trained.report().adapterWins() || work.spec().force();
      AdapterReport report = new AdapterReport(work.name(), trained.report());
      if (accepted == false && before != null && before.document().adapter().network() != null) {
        return response(work, false, "nothing", before.change().version(), report);
      }
      Adapter adapter = new Adapter(space, sample, accepted ? trained.adapter() : null);
      long version = work.store(adapter, report, before);
      return response(work, accepted, accepted ? "adapter" : "sample", version, report);
    }
  }

  private static AdapterResponse response(TrainingWork work, boolean accepted, String stored, long version,
      AdapterReport report) throws IOException {
    return AdapterResponse.of(RestStatus.OK, builder -> builder.field("name", work.name())
        .field("accepted", accepted)
        .field("stored", stored)
        .field("version", version)
        .field("report", report.toMap()));
  }
}
