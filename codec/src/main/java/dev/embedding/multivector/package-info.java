/**
 * Texts and images as many vectors, one for each token or patch: how they are kept, compared (MaxSim), pooled, and encoded
 * as single vectors that find candidates (MUVERA).
 */
package dev.embedding.multivector;
