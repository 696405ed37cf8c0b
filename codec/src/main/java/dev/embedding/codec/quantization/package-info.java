/** Vector quantization: what a code of a vector is, how it is made, and how a query is compared with it. */
package dev.embedding.codec.quantization;
