/** Queries over the vector fields. They know Lucene alone, so that they are tested without a cluster. */
package dev.embedding.search;
