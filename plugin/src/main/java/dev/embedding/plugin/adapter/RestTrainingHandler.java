package dev.embedding.plugin.adapter;

import static org.opensearch.rest.RestRequest.Method.POST;

import java.io.IOException;
import java.util.List;

import org.opensearch.action.ActionType;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestStatusToXContentListener;
import org.opensearch.tasks.LoggingTaskListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code POST} of a training, an evaluation or a sample. With {@code wait_for_completion=false} the answer is the task's
 * id, and the result is kept with the task.
 */
final class RestTrainingHandler extends BaseRestHandler {
  /** Reads the body. */
  private interface Parser {
    TrainingSpec parse(XContentParser parser) throws IOException;
  }

  private final String path;
  private final ActionType<AdapterResponse> action;
  private final Parser bodies;

  private RestTrainingHandler(String path, ActionType<AdapterResponse> action, Parser bodies) {
    this.path = path;
    this.action = action;
    this.bodies = bodies;
  }

  static RestTrainingHandler train() {
    return new RestTrainingHandler("_train", TrainAdapter.ACTION, TrainingSpecParser::ofTraining);
  }

  static RestTrainingHandler evaluate() {
    return new RestTrainingHandler("_evaluate", EvaluateAdapter.ACTION, TrainingSpecParser::ofEvaluation);
  }

  static RestTrainingHandler sample() {
    return new RestTrainingHandler("_sample", SampleAdapter.ACTION, TrainingSpecParser::ofSample);
  }

  @Override
  public String getName() {
    return "embedding_adapters" + path;
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(POST, RestAdapterHandler.PATH + "/" + path));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
    TrainingRequest training = new TrainingRequest(request.param("name"), parse(request));
    if (request.paramAsBoolean("wait_for_completion", true)) {
      return channel -> client.executeLocally(action, training, new RestStatusToXContentListener<>(channel));
    }
    training.storeResult();
    Task task = client.executeLocally(action, training, LoggingTaskListener.instance());
    return channel -> channel.sendResponse(new BytesRestResponse(RestStatus.OK, taskId(task, client)));
  }

  private TrainingSpec parse(RestRequest request) throws IOException {
    try (XContentParser parser = request.contentParser()) {
      return bodies.parse(parser);
    }
  }

  private static XContentBuilder taskId(Task task, NodeClient client) throws IOException {
    return XContentFactory.jsonBuilder()
        .startObject()
        .field("task", new TaskId(client.getLocalNodeId(), task.getId()).toString())
        .endObject();
  }
}
