/** Field types: what a mapping may say, what a document may hold, and how both become Lucene fields. */
package dev.embedding.plugin.mapper;
