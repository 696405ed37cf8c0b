/** MaxSim over token vectors: recall, ranking, time and bytes, beside what else finds such documents. */
package dev.embedding.benchmark.multivector;
