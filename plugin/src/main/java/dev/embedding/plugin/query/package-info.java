/** Query builders: the shape of a query in JSON and on the wire, and one call that makes the Lucene query. */
package dev.embedding.plugin.query;
