package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.TransportService;

import dev.embedding.relevance.VectorSample;

/**
 * Draws a sample of documents that cut-offs compare with, and stores it as an adapter that has learned nothing; one that
 * was trained is not replaced. The sample is what the caller may see, and stays what it is until it is drawn again: so
 * thresholds tell nothing about documents that are hidden from others, or come later.
 */
public final class SampleAdapter extends ActionType<AdapterResponse> {
  /** The action. */
  public static final SampleAdapter ACTION = new SampleAdapter();

  private SampleAdapter() {
    super("cluster:admin/embedding/adapters/sample", AdapterResponse::new);
  }

  /** Draws and stores. */
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
      if (before != null && before.document().adapter().network() != null) {
        throw TrainingWork.badRequest("adapter [" + work.name()
            + "] was trained, and its sample belongs to it; choose another name, or delete it first");
      }
      EmbeddingSpace space = work.field().space();
      VectorSample sample = work.field().sample(work.spec().sampleSize(), work.spec().options().seed());
      work.at("store", 0, 0);
      long version = work.store(new Adapter(space, sample, null), null, before);
      return AdapterResponse.of(RestStatus.OK, builder -> builder.field("name", work.name())
          .field("stored", "sample")
          .field("sample_size", sample.size())
          .field("version", version));
    }
  }
}
