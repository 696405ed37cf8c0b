package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.DocWriteResponse;
import org.opensearch.action.NoShardAvailableActionException;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.index.IndexResponse;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.routing.IndexRoutingTable;
import org.opensearch.cluster.routing.RecoverySource;
import org.opensearch.cluster.routing.ShardRouting;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.IndexModule;
import org.opensearch.index.engine.VersionConflictEngineException;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.OriginSettingClient;

import dev.embedding.plugin.EmbeddingSettings;

/**
 * Where adapters are kept: a hidden system index of our own, a document each, with a copy on every data node. It is read
 * and written with the rights of the plugin, not of who asks.
 *
 * <p>Who looks for an adapter first reads the number of the last change of its document, in real time, and then takes the
 * adapter of this number from memory, where it is since it was last read. A node with a copy of the index sees every
 * change go by, and need not read the number again before the next. So every search sees what was stored before it began,
 * on every node.
 */
public final class AdapterIndex implements AdapterSource {
  /** The name of the index. */
  public static final String NAME = ".embedding-adapters";

  private static final String MAPPING = """
      { "_doc": { "dynamic": "strict", "_meta": { "version": 1 }, "properties": {
        "created": { "type": "date" },
        "adapter": { "type": "object", "enabled": false },
        "report": { "type": "object", "enabled": false } } } }""";

  private final Client client;
  private final ClusterService clusterService;
  private final ThreadPool threadPool;
  private final Cache<Change, Found> cache;
  private final AdapterChanges changes = new AdapterChanges();
  private volatile Unchanged unchanged = new Unchanged("", 0, null, Map.of());
  /** Of adapters that are being trained on this node; on others, what is stored first wins. */
  private final Set<String> inTraining = ConcurrentHashMap.newKeySet();

  public AdapterIndex(Client client, ClusterService clusterService, ThreadPool threadPool) {
    this.client = new OriginSettingClient(client, "embedding");
    this.clusterService = clusterService;
    this.threadPool = threadPool;
    this.cache = CacheBuilder.<Change, Found>builder()
        .setMaximumWeight(EmbeddingSettings.ADAPTER_CACHE_SIZE.get(clusterService.getSettings()).getBytes())
        .weigher((change, found) -> found.document().adapter().ramBytes())
        .build();
  }

  /** What a change of a document is known by; numbers may come again after a restore, which changes the index's version. */
  record Change(String indexUuid, long indexVersion, String name, long version, long sequenceNumber,
      long primaryTerm) {}

  /**
   * What was found while nothing changed in this node's copy of the index. The cache keeps it in memory; it is not asked
   * again, as its look-up takes as long as a fifth of an adapter's whole answer.
   *
   * @param state of the copy
   */
  private record Unchanged(String indexUuid, long indexVersion, AdapterChanges.State state,
      Map<String, WeakReference<Found>> last) {
    static Unchanged since(IndexMetadata index, AdapterChanges.State state) {
      return new Unchanged(index.getIndexUUID(), index.getVersion(), state, new ConcurrentHashMap<>());
    }

    boolean isStill(IndexMetadata index, AdapterChanges.State now) {
      return now.equals(state) && index.getVersion() == indexVersion && index.getIndexUUID().equals(indexUuid);
    }
  }

  /** A document as it is since its last change. */
  record Found(AdapterDocument document, Change change) {}

  /** Has this node's copy of the index tell its changes; called when OpenSearch opens an index of this name. */
  public void listen(IndexModule index) {
    index.addIndexOperationListener(changes);
    index.addIndexEventListener(changes);
  }

  @Override
  public void calibrate(String name, float[] vector, boolean statistics, ActionListener<QueryCalibration> listener) {
    find(name, ActionListener.wrap(found -> {
      Adapter adapter = found.document().adapter();
      if (vector.length != adapter.space().dimension()) {
        throw badRequest("adapter [" + name + "] is for vectors of dimension " + adapter.space().dimension()
            + ", [vector] has " + vector.length);
      }
      if ((statistics ? adapter.sample() : adapter.network()) == null) {
        throw badRequest("adapter [" + name + "] " + (statistics
            ? "has no sample of documents, which cut-offs like this compare with"
            : "has learned nothing: it has a sample for the cut-offs z_score and lift alone"));
      }
      listener.onResponse(calibration(adapter, vector, statistics));
    }, listener::onFailure));
  }

  private static QueryCalibration calibration(Adapter adapter, float[] vector, boolean statistics) {
    try {
      return statistics ? adapter.statistics(vector) : adapter.curve(vector);
    } catch (IllegalArgumentException e) {
      throw badRequest("[vector]: " + e.getMessage());
    }
  }

  private static OpenSearchStatusException badRequest(String message) {
    return new OpenSearchStatusException(message, RestStatus.BAD_REQUEST);
  }

  /** Gives the document of a name as it is now, or fails with 404. */
  void find(String name, ActionListener<Found> listener) {
    IndexMetadata index = clusterService.state().metadata().index(NAME);
    if (index == null) {
      listener.onFailure(unknown(name));
      return;
    }
    Map<String, WeakReference<Found>> last = lastFound(index);
    WeakReference<Found> reference = last.get(name);
    Found known = reference == null ? null : reference.get();
    if (known == null) {
      find(index, name, last, listener);
    } else {
      listener.onResponse(known);
    }
  }

  /** What was found since the last change; nothing, for no other request, where this node is not told of changes. */
  private Map<String, WeakReference<Found>> lastFound(IndexMetadata index) {
    Optional<AdapterChanges.State> state = hasCopyInUse() ? changes.state() : Optional.empty();
    if (state.isEmpty()) {
      return new ConcurrentHashMap<>();
    }
    Unchanged now = unchanged;
    if (now.isStill(index, state.get()) == false) {
      now = Unchanged.since(index, state.get());
      unchanged = now;
    }
    return now.last();
  }

  /** Whether this node has a copy of the index that gets every change before it is answered. */
  private boolean hasCopyInUse() {
    ClusterState state = clusterService.state();
    IndexRoutingTable routing = state.routingTable().index(NAME);
    if (routing == null || hasSegmentReplication(state)) {
      return false;
    }
    String node = state.nodes().getLocalNodeId();
    for (ShardRouting copy : routing.shard(0)) {
      if (copy.started() && copy.currentNodeId().equals(node)) {
        return true;
      }
    }
    return false;
  }

  /** @param last is told what is found */
  private void find(IndexMetadata index, String name, Map<String, WeakReference<Found>> last,
      ActionListener<Found> listener) {
    ActionListener<Found> remembering = ActionListener.wrap(found -> {
      last.put(name, new WeakReference<>(found));
      listener.onResponse(found);
    }, listener::onFailure);
    get(name, false, ActionListener.wrap(response -> {
      Found known = cache.get(change(index, response));
      if (known == null) {
        load(index, name, remembering);
      } else {
        remembering.onResponse(known);
      }
    }, listener::onFailure));
  }

  private static Change change(IndexMetadata index, GetResponse response) {
    return new Change(index.getIndexUUID(), index.getVersion(), response.getId(), response.getVersion(),
        response.getSeqNo(), response.getPrimaryTerm());
  }

  private void load(IndexMetadata index, String name, ActionListener<Found> listener) {
    get(name, true, ActionListener.wrap(response -> threadPool.generic()
        .execute(() -> ActionListener.completeWith(listener, () -> read(change(index, response), response))),
        listener::onFailure));
  }

  private Found read(Change change, GetResponse response) {
    try {
      return cache.computeIfAbsent(change,
          missing -> new Found(AdapterDocument.read(response.getSourceAsBytesRef()), change));
    } catch (ExecutionException e) {
      throw new OpenSearchStatusException("adapter [" + response.getId() + "] cannot be read from [" + NAME + "]: "
          + e.getCause().getMessage(), RestStatus.BAD_REQUEST, e);
    }
  }

  private void get(String name, boolean source, ActionListener<GetResponse> listener) {
    GetRequest request = new GetRequest(NAME, name);
    if (source == false) {
      request.fetchSourceContext(FetchSourceContext.DO_NOT_FETCH_SOURCE);
    }
    // A copy of segments lags behind; core then asks the primary if no other copy is preferred.
    if (hasSegmentReplication(clusterService.state()) == false) {
      request.preference("_local");
    }
    boolean isEmpty = isEmpty();
    client.get(request, ActionListener.wrap(response -> {
      if (response.isExists() == false) {
        throw unknown(name);
      }
      listener.onResponse(response);
    }, e -> listener.onFailure(isEmpty && e instanceof NoShardAvailableActionException ? unknown(name) : e)));
  }

  /** Whether the index is being created: as long as no shard answers, no change was answered either. */
  private boolean isEmpty() {
    IndexRoutingTable routing = clusterService.state().routingTable().index(NAME);
    RecoverySource source = routing == null ? null : routing.shard(0).primaryShard().recoverySource();
    return source != null && source.getType() == RecoverySource.Type.EMPTY_STORE;
  }

  private static boolean hasSegmentReplication(ClusterState state) {
    return state.metadata().isSegmentReplicationEnabled(NAME);
  }

  private static ResourceNotFoundException unknown(String name) {
    return new ResourceNotFoundException("there is no adapter [{}]", name);
  }

  /**
   * Stores an adapter if nobody changed it since it was looked for.
   *
   * @param expected what was found under the name, or null if nothing was; fails with 409 if there is something else now
   */
  void storeUnlessChanged(String name, AdapterDocument document, Found expected,
      ActionListener<IndexResponse> listener) {
    IndexRequest request = new IndexRequest(NAME);
    if (expected == null) {
      request.create(true);
    } else {
      request.setIfSeqNo(expected.change().sequenceNumber()).setIfPrimaryTerm(expected.change().primaryTerm());
    }
    store(request, name, document, ActionListener.wrap(listener::onResponse, e -> {
      boolean isConflict = e instanceof VersionConflictEngineException
          || e.getCause() instanceof VersionConflictEngineException;
      listener.onFailure(isConflict
          ? new OpenSearchStatusException(
              "adapter [" + name + "] was changed by another request meanwhile; nothing was stored",
              RestStatus.CONFLICT, e)
          : e);
    }));
  }

  /** Stores an adapter, whatever was there. */
  void store(String name, AdapterDocument document, ActionListener<IndexResponse> listener) {
    store(new IndexRequest(NAME), name, document, listener);
  }

  private void store(IndexRequest request, String name, AdapterDocument document,
      ActionListener<IndexResponse> listener) {
    BytesReference json;
    try {
      json = document.toJson();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    request.id(name).source(json, MediaTypeRegistry.JSON);
    createIfMissing(ActionListener.wrap(unused -> client.index(request, listener), listener::onFailure));
  }

  private void createIfMissing(ActionListener<Void> listener) {
    if (clusterService.state().metadata().hasIndex(NAME)) {
      listener.onResponse(null);
      return;
    }
    CreateIndexRequest request = new CreateIndexRequest(NAME).mapping(MAPPING, MediaTypeRegistry.JSON)
        .settings(Settings.builder()
            .put(IndexMetadata.SETTING_INDEX_HIDDEN, true)
            .put(IndexMetadata.SETTING_NUMBER_OF_SHARDS, 1)
            .put(IndexMetadata.SETTING_AUTO_EXPAND_REPLICAS, "0-all"));
    client.admin().indices().create(request, ActionListener.wrap(response -> listener.onResponse(null), e -> {
      if (e instanceof ResourceAlreadyExistsException || e.getCause() instanceof ResourceAlreadyExistsException) {
        listener.onResponse(null);
      } else {
        listener.onFailure(e);
      }
    }));
  }

  /** Deletes an adapter, or fails with 404. */
  void delete(String name, ActionListener<Void> listener) {
    if (clusterService.state().metadata().hasIndex(NAME) == false) {
      listener.onFailure(unknown(name));
      return;
    }
    client.delete(new DeleteRequest(NAME, name), ActionListener.wrap(response -> {
      if (response.getResult() == DocWriteResponse.Result.NOT_FOUND) {
        throw unknown(name);
      }
      listener.onResponse(null);
    }, listener::onFailure));
  }

  /** Whether nobody else trains an adapter of this name on this node; then {@link #endTraining} is called later. */
  boolean beginTraining(String name) {
    return inTraining.add(name);
  }

  void endTraining(String name) {
    inTraining.remove(name);
  }
}
