/**
 * Adapters of the relevance filter in a cluster: the index that keeps them, their form in JSON, their training, and what
 * REST offers.
 */
package dev.embedding.plugin.adapter;
