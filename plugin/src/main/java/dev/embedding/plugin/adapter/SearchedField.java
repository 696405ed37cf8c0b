package dev.embedding.plugin.adapter;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.admin.indices.mapping.get.GetFieldMappingsRequest;
import org.opensearch.action.admin.indices.mapping.get.GetFieldMappingsResponse;
import org.opensearch.action.admin.indices.mapping.get.GetFieldMappingsResponse.FieldMappingMetadata;
import org.opensearch.action.search.MultiSearchRequest;
import org.opensearch.action.search.MultiSearchResponse;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.document.DocumentField;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.mapper.SeqNoFieldMapper;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.functionscore.RandomScoreFunctionBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

import dev.embedding.plugin.mapper.EmbeddingFieldMapper;
import dev.embedding.plugin.mapper.Similarity;
import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.plugin.query.RelevanceFilterQueryBuilder;
import dev.embedding.relevance.VectorSample;
import dev.embedding.search.NearestOptions;

/** A field of an index, seen with the rights of who asks. Its methods wait for searches. */
final class SearchedField {
  private final Client client;
  private final String index;
  private final String field;

  SearchedField(Client client, String index, String field) {
    this.client = client;
    this.index = index;
    this.field = field;
  }

  /** What the vectors of the field have in common, by its mapping, in all indices that are meant. */
  EmbeddingSpace space() {
    GetFieldMappingsResponse response = client.admin()
        .indices()
        .getFieldMappings(new GetFieldMappingsRequest().indices(index).fields(field).includeDefaults(true))
        .actionGet();
    EmbeddingSpace space = null;
    for (String each : response.mappings().keySet()) {
      EmbeddingSpace found = space(each, response.fieldMappings(each, field));
      if (space != null && space.equals(found) == false) {
        throw badRequest("field [" + field + "] has different mappings in the indices of [" + index + "]");
      }
      space = found;
    }
    if (space == null) {
      throw new OpenSearchStatusException("no index matches [" + index + "]", RestStatus.NOT_FOUND);
    }
    return space;
  }

  private EmbeddingSpace space(String name, FieldMappingMetadata metadata) {
    Map<?, ?> mapping = metadata == null
        ? Map.of()
        : (Map<?, ?>) metadata.sourceAsMap().values().iterator().next();
    if (EmbeddingFieldMapper.CONTENT_TYPE.equals(mapping.get("type")) == false) {
      throw badRequest("[field] must be of type [embedding], but [" + field + "] of index [" + name + "] is "
          + (mapping.isEmpty() ? "not mapped" : "of type [" + mapping.get("type") + "]"));
    }
    return new EmbeddingSpace((Integer) mapping.get("dimension"),
        Similarity.named((String) mapping.get("similarity")).function, (String) mapping.get("model"));
  }

  private static OpenSearchStatusException badRequest(String message) {
    return new OpenSearchStatusException(message, RestStatus.BAD_REQUEST);
  }

  /** Vectors of documents drawn at random; the same with the same seed as long as the index is the same. */
  VectorSample sample(int size, long seed) {
    QueryBuilder random = QueryBuilders.functionScoreQuery(QueryBuilders.existsQuery(field),
        new RandomScoreFunctionBuilder().seed(seed).setField(SeqNoFieldMapper.NAME));
    SearchResponse response = client
        .search(request(new SearchSourceBuilder().query(random).size(size).fetchField(field)))
        .actionGet();
    List<FloatBuffer> vectors = new ArrayList<>();
    for (SearchHit hit : response.getHits()) {
      addVector(hit, vectors);
    }
    if (vectors.isEmpty()) {
      throw badRequest("field [" + field + "] of [" + index + "] has no vectors that can be seen");
    }
    // as they come from several shards in any order
    return VectorSample.of(vectors.stream().sorted().map(FloatBuffer::array).toList());
  }

  private void addVector(SearchHit hit, List<FloatBuffer> vectors) {
    DocumentField values = hit.field(field);
    if (values == null) {
      return;
    }
    float[] vector = new float[values.getValues().size()];
    boolean isZero = true;
    for (int i = 0; i < vector.length; i++) {
      vector[i] = ((Number) values.getValues().get(i)).floatValue();
      isZero &= vector[i] == 0;
    }
    if (isZero == false) {
      vectors.add(FloatBuffer.wrap(vector));
    }
  }

  /** One of the nearest documents of a query. */
  record Candidate(String id, float cosine) {}

  /**
   * Searches the nearest documents of some queries, as a search for them does, with their exact cosines, best first.
   *
   * @param count how many each query is to have
   */
  List<List<Candidate>> candidates(List<float[]> vectors, int count) {
    MultiSearchRequest requests = new MultiSearchRequest();
    for (float[] vector : vectors) {
      NearestQueryBuilder nearest = new NearestQueryBuilder(field, vector, NearestOptions.ofK(count), null, null,
          false);
      requests.add(request(new SearchSourceBuilder().query(RelevanceFilterQueryBuilder.ofMinCosine(nearest, -1))
          .size(count)
          .fetchSource(false)
          .trackTotalHits(false)));
    }
    List<List<Candidate>> all = new ArrayList<>();
    for (MultiSearchResponse.Item item : client.multiSearch(requests).actionGet()) {
      if (item.isFailure()) {
        throw ExceptionsHelper.convertToOpenSearchException(item.getFailure());
      }
      all.add(candidates(item.getResponse()));
    }
    return all;
  }

  private static List<Candidate> candidates(SearchResponse response) {
    List<Candidate> candidates = new ArrayList<>();
    for (SearchHit hit : response.getHits()) {
      candidates.add(new Candidate(hit.getId(), 2 * hit.getScore() - 1)); // of the relevance (1 + cosine) / 2
    }
    return candidates;
  }

  private SearchRequest request(SearchSourceBuilder source) {
    return new SearchRequest(index).source(source).allowPartialSearchResults(false);
  }
}
