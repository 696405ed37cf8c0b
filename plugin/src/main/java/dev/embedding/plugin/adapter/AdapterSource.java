package dev.embedding.plugin.adapter;

import org.opensearch.core.action.ActionListener;

/** What queries ask adapters for. */
public interface AdapterSource {
  /**
   * What an adapter, as it is now, knows of a query vector. Fails with status 404 if there is no such adapter, and with
   * 400 if it does not fit the vector or lacks what is asked for.
   *
   * @param statistics whether the statistics of its sample are asked for, not its curve
   * @param listener may be called by any thread
   */
  void calibrate(String name, float[] vector, boolean statistics, ActionListener<QueryCalibration> listener);
}
