/** How an index gets our formats: an engine whose codec asks the mapping, beside whatever codec the index has. */
package dev.embedding.plugin.codec;
