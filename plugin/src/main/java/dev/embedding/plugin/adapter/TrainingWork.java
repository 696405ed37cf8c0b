package dev.embedding.plugin.adapter;

import java.util.List;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.index.IndexResponse;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.client.Client;

import dev.embedding.relevance.AdapterTrainer;
import dev.embedding.relevance.JudgedQuery;
import dev.embedding.relevance.TrainedAdapter;
import dev.embedding.relevance.VectorSample;

/** A training, an evaluation or the drawing of a sample while it is at work, with what it needs. Its methods wait. */
final class TrainingWork {
  private final TrainingTask task;
  private final TrainingRequest request;
  private final Client client;
  private final AdapterIndex adapters;
  private final TrainingMemory memory;
  private final SearchedField field;

  /** @param client has the rights of who asks */
  TrainingWork(TrainingTask task, TrainingRequest request, Client client, AdapterIndex adapters,
      TrainingMemory memory) {
    this.task = task;
    this.request = request;
    this.client = client;
    this.adapters = adapters;
    this.memory = memory;
    this.field = new SearchedField(client, spec().index(), spec().field());
  }

  String name() {
    return request.name();
  }

  TrainingSpec spec() {
    return request.spec();
  }

  SearchedField field() {
    return field;
  }

  /** Tells how far it is; ends the work if it was cancelled. */
  void at(String phase, int queries, double done) {
    task.at(phase, queries, done);
  }

  /** Reads judgements and searches their candidates. */
  List<JudgedQuery> judgedQueries(EmbeddingSpace space) {
    JudgementReader reader = new JudgementReader(client, spec().judgements(), space, memory, task);
    return new JudgedQueries(field, spec(), memory, task).search(reader.read());
  }

  /** Trains on judged queries. */
  TrainedAdapter train(List<JudgedQuery> queries, VectorSample sample) {
    memory.reserve(spec().options().inputBytes(queries.size(), sample.dimension()));
    return AdapterTrainer.train(queries, sample, spec().options(), done -> at("train", queries.size(), done));
  }

  /** What is stored under the name; fails with 404 if that is nothing. */
  AdapterIndex.Found foundOrFail() {
    return wait(listener -> adapters.find(name(), listener));
  }

  /** What is stored under the name, or null. */
  AdapterIndex.Found found() {
    try {
      return foundOrFail();
    } catch (ResourceNotFoundException e) {
      return null;
    }
  }

  /**
   * Stores an adapter under the name.
   *
   * @param expected what was there; fails with 409 if it is something else now
   * @return the version of what is stored
   */
  long store(Adapter adapter, AdapterReport report, AdapterIndex.Found expected) {
    AdapterDocument document = new AdapterDocument(adapter, PutAdapter.now(), report == null ? null : report.toMap());
    return TrainingWork.<IndexResponse>wait(
        listener -> adapters.storeUnlessChanged(name(), document, expected, listener)).getVersion();
  }

  private interface Asynchronous<T> {
    void call(PlainActionFuture<T> listener);
  }

  private static <T> T wait(Asynchronous<T> call) {
    PlainActionFuture<T> future = PlainActionFuture.newFuture();
    call.call(future);
    return future.actionGet();
  }

  static OpenSearchStatusException badRequest(String message) {
    return new OpenSearchStatusException(message, RestStatus.BAD_REQUEST);
  }
}
