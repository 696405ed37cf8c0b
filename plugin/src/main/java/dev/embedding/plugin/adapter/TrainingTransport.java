package dev.embedding.plugin.adapter;

import java.io.IOException;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.ParentTaskAssigningClient;

/**
 * What training, evaluation and drawing a sample have in common: they run on the node that was asked, by threads of their
 * own, of which there are few, and read with the rights of who asks.
 */
abstract class TrainingTransport extends HandledTransportAction<TrainingRequest, AdapterResponse> {
  /** The thread pool. */
  static final String POOL = "embedding_training";

  private final Services services;

  TrainingTransport(String action, TransportService transportService, ActionFilters filters, Services services) {
    super(action, transportService, filters, TrainingRequest::new);
    this.services = services;
  }

  /** What the actions need of the node. */
  public static final class Services {
    private final AdapterIndex adapters;
    private final Client client;
    private final ClusterService clusterService;
    private final ThreadPool threadPool;
    private final CircuitBreakerService breakers;

    /** Called by OpenSearch when the node starts. */
    @Inject
    public Services(AdapterIndex adapters, Client client, ClusterService clusterService, ThreadPool threadPool,
        CircuitBreakerService breakers) {
      this.adapters = adapters;
      this.client = client;
      this.clusterService = clusterService;
      this.threadPool = threadPool;
      this.breakers = breakers;
    }
  }

  /** Does the work; may wait, and tells often how far it is, which ends it if it was cancelled. */
  abstract AdapterResponse run(TrainingWork work) throws IOException;

  /** Whether it stores something: then only one works under a name. */
  abstract boolean stores();

  @Override
  protected void doExecute(Task task, TrainingRequest request, ActionListener<AdapterResponse> listener) {
    ActionListener<AdapterResponse> last = stores() ? alone(request.name(), listener) : listener;
    if (last != null) {
      services.threadPool.executor(POOL).execute(ActionRunnable.supply(last, () -> run((TrainingTask) task, request)));
    }
  }

  private ActionListener<AdapterResponse> alone(String name, ActionListener<AdapterResponse> listener) {
    if (services.adapters.beginTraining(name)) {
      return ActionListener.runBefore(listener, () -> services.adapters.endTraining(name));
    }
    listener.onFailure(new OpenSearchStatusException(
        "adapter [" + name + "] is being trained already; wait for that, or cancel it", RestStatus.CONFLICT));
    return null;
  }

  private AdapterResponse run(TrainingTask task, TrainingRequest request) throws IOException {
    task.endWith(services.threadPool.executor(POOL));
    task.ensureNotCancelled();
    Client client = new ParentTaskAssigningClient(services.client, services.clusterService.localNode(), task);
    try (TrainingMemory memory = new TrainingMemory(services.breakers.getBreaker(CircuitBreaker.REQUEST))) {
      return run(new TrainingWork(task, request, client, services.adapters, memory));
    } catch (RuntimeException e) {
      task.ensureNotCancelled(); // what a search that was cancelled says is less clear
      throw e;
    }
  }
}
