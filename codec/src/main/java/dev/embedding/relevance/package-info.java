/** Tells good hits from the merely nearest: learned and unlearned cut-offs on the cosine, their training and measures. */
package dev.embedding.relevance;
