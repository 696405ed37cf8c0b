/** Vector formats: {@code KnnVectorsFormat}s of Apache Lucene with their writers, readers, graphs and searches. */
package dev.embedding.codec;
