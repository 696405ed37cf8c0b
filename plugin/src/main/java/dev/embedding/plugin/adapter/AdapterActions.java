package dev.embedding.plugin.adapter;

import java.util.List;

import org.opensearch.action.ActionRequest;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.plugins.ActionPlugin.ActionHandler;
import org.opensearch.rest.RestHandler;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.FixedExecutorBuilder;

/** The lists of what can be done with adapters. */
public final class AdapterActions {
  private AdapterActions() {}

  /** Actions, each under a name of its own, so that roles can bar it. */
  public static List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> handlers() {
    return List.of(new ActionHandler<>(PutAdapter.ACTION, PutAdapter.Transport.class),
        new ActionHandler<>(GetAdapter.ACTION, GetAdapter.Transport.class),
        new ActionHandler<>(DeleteAdapter.ACTION, DeleteAdapter.Transport.class),
        new ActionHandler<>(TrainAdapter.ACTION, TrainAdapter.Transport.class),
        new ActionHandler<>(EvaluateAdapter.ACTION, EvaluateAdapter.Transport.class),
        new ActionHandler<>(SampleAdapter.ACTION, SampleAdapter.Transport.class));
  }

  /** How they are asked for over REST. */
  public static List<RestHandler> restHandlers() {
    return List.of(new RestAdapterHandler(), RestTrainingHandler.train(), RestTrainingHandler.evaluate(),
        RestTrainingHandler.sample());
  }

  /** The threads that train: one, as it is meant to leave the others to searches; a few may wait for it. */
  public static List<ExecutorBuilder<?>> executors(Settings settings) {
    return List.of(new FixedExecutorBuilder(settings, TrainingTransport.POOL, 1, 8,
        "plugins.embedding.training.thread_pool"));
  }

  /** What may be in the status of a task. */
  public static List<NamedWriteableRegistry.Entry> namedWriteables() {
    return List.of(new NamedWriteableRegistry.Entry(Task.Status.class, TrainingTask.Progress.NAME,
        TrainingTask.Progress::new));
  }
}
