package dev.embedding.codec.quantization;

/** A vector cut into parts as even as can be: part i has the dimensions from {@code i·D/parts} to {@code (i + 1)·D/parts}, rounded down. */
record Split(int dimension, int parts) {

  int start(int part) {
    return (int) ((long) part * dimension / parts);
  }

  int length(int part) {
    return start(part + 1) - start(part);
  }
}
