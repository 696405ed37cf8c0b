/** Measures recall, speed, build cost and size beside Lucene's own formats and jvector. */
package dev.embedding.benchmark;
