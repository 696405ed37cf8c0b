/** The loops that decide the speed: one interface, a scalar and a SIMD implementation that give the same answers. */
package dev.embedding.codec.kernel;
