/**
 * Keeps a vector once: the stored {@code _source} has only a mark where it stood, and whoever reads the document gets it
 * back from the vector values.
 */
package dev.embedding.plugin.source;
