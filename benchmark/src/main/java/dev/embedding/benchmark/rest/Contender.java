package dev.embedding.benchmark.rest;

import java.util.Locale;

/** A way to keep and to search vectors in OpenSearch: an index, its documents and its queries in JSON. */
enum Contender {
  EMBEDDING("""
      {"settings": {"index.embedding.enabled": true, "number_of_shards": 1, "number_of_replicas": 0},
       "mappings": {"properties": {"vector": {"type": "embedding", "dimension": %d, "similarity": "cosine",
         "quantization": {"type": "binary", "bits": 1}}}}}""") {
    @Override
    String document(float[] vector) {
      return "{\"vector\":" + Json.array(vector) + "}";
    }

    @Override
    String query(float[] vector, int k, int beam) {
      return nearest(Json.base64(vector), k, beam);
    }
  },
  EMBEDDING_BASE64(EMBEDDING.indexTemplate) {
    @Override
    String document(float[] vector) {
      return "{\"vector\":" + Json.base64(vector) + "}";
    }

    @Override
    String query(float[] vector, int k, int beam) {
      return EMBEDDING.query(vector, k, beam);
    }
  },
  EMBEDDING_FLOAT("""
      {"settings": {"index.embedding.enabled": true, "number_of_shards": 1, "number_of_replicas": 0},
       "mappings": {"properties": {"vector": {"type": "embedding", "dimension": %d, "similarity": "cosine",
         "quantization": {"type": "none"}, "graph": {"max_connections": 16, "beam_width": 100}}}}}""") {
    @Override
    String document(float[] vector) {
      return EMBEDDING.document(vector);
    }

    @Override
    String query(float[] vector, int k, int beam) {
      return EMBEDDING.query(vector, k, beam);
    }
  },
  KNN_LUCENE("""
      {"settings": {"index.knn": true, "number_of_shards": 1, "number_of_replicas": 0},
       "mappings": {"properties": {"vector": {"type": "knn_vector", "dimension": %d, "space_type": "cosinesimil",
         "method": {"name": "hnsw", "engine": "lucene", "parameters": {"m": 16, "ef_construction": 100}}}}}}""") {
    @Override
    String document(float[] vector) {
      return EMBEDDING.document(vector);
    }

    @Override
    String query(float[] vector, int k, int beam) {
      return "{\"size\":" + k + ",\"_source\":false,\"query\":{\"knn\":{\"vector\":{\"vector\":" + Json.array(vector)
          + ",\"k\":" + k + ",\"method_parameters\":{\"ef_search\":" + beam + "}}}}}";
    }
  };

  private final String indexTemplate;

  Contender(String indexTemplate) {
    this.indexTemplate = indexTemplate;
  }

  /** The index's name. */
  String index() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The settings and mappings of the index. */
  String indexBody(int dimension) {
    return String.format(Locale.ROOT, indexTemplate, dimension);
  }

  abstract String document(float[] vector);

  /** A search for the k nearest with a beam of a given width, on one shard. */
  abstract String query(float[] vector, int k, int beam);

  private static String nearest(String vector, int k, int beam) {
    return "{\"size\":" + k + ",\"_source\":false,\"query\":{\"nearest\":{\"vector\":{\"vector\":" + vector + ",\"k\":"
        + k + ",\"candidates\":" + beam + "}}}}";
  }
}
