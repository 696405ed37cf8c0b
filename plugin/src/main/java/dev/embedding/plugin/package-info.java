/** The plugin: JSON becomes Lucene objects here. {@link dev.embedding.plugin.EmbeddingPlugin} lists all parts. */
package dev.embedding.plugin;
