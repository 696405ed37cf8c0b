/** Measures the relevance filter on judged queries, cross-validated. */
package dev.embedding.benchmark.relevance;
