package dev.embedding.codec.quantization;

import dev.embedding.codec.kernel.Kernel;
import dev.embedding.codec.kernel.Kernels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * A learned rotation that makes sub-vectors independent and equally hard to encode: the principal axes of the sample, dealt out so that the product of
 * their variances is about the same in each sub-vector (the parametric solution of Ge, He, Ke and Sun, "Optimized product quantization", PAMI 2014). Long
 * vectors are rotated in blocks of whole sub-vectors and about {@value #BLOCK} dimensions, so that learning and applying it take time in proportion to the
 * dimension.
 */
final class BlockRotation {

  private static final int BLOCK = 512;

  /** So many vectors are rotated at once: while they are, a strip of the matrix stays in the cache. */
  private static final int BATCH = 64;

  /** Square matrices of doubles that a block is learned with: its moments, and those of the decomposition. */
  private static final int MATRICES = 8;

  /** Variances below this part of the largest count as this part. */
  private static final double LEAST_VARIANCE = 1e-9;

  static {
    // One thread computes the same bits as the last time, and leaves the other processors to searches.
    EjmlConcurrency.USE_CONCURRENT = false;
  }

  private final Split split;
  private final Split blocks;
  private final float[] matrices;
  private final Kernel kernel = Kernels.best();

  /**
   * @param matrices those of the blocks one after another; row i of one says what coordinate i of the block adds to each rotated coordinate. What is behind
   *     them is not looked at
   */
  BlockRotation(Split split, float[] matrices) {
    this.split = split;
    this.blocks = blocks(split);
    this.matrices = matrices;
  }

  /** The sub-vectors cut into blocks. */
  private static Split blocks(Split split) {
    return new Split(split.parts(), Math.min(split.parts(), (split.dimension() + BLOCK - 1) / BLOCK));
  }

  /** How many floats the matrices have. */
  static long floats(Split split) {
    Split blocks = blocks(split);
    long floats = 0;
    for (int block = 0; block < blocks.parts(); block++) {
      long length = length(split, blocks, block);
      floats += length * length;
    }
    return floats;
  }

  /** How much memory {@link #learn} takes at most, beside the sample and what it writes. */
  static long learningBytes(Split split) {
    Split blocks = blocks(split);
    long longest = 0;
    for (int block = 0; block < blocks.parts(); block++) {
      longest = Math.max(longest, length(split, blocks, block));
    }
    return MATRICES * Double.BYTES * longest * longest;
  }

  private static int start(Split split, Split blocks, int block) {
    return split.start(blocks.start(block));
  }

  private static int length(Split split, Split blocks, int block) {
    return start(split, blocks, block + 1) - start(split, blocks, block);
  }

  /** Rotates vectors in place. */
  void apply(float[][] vectors, int count) {
    for (int from = 0; from < count; from += BATCH) {
      apply(vectors, from, Math.min(BATCH, count - from));
    }
  }

  private void apply(float[][] vectors, int from, int count) {
    float[][] copies = new float[count][];
    for (int i = 0; i < count; i++) {
      copies[i] = vectors[from + i].clone();
      Arrays.fill(vectors[from + i], 0);
    }
    float[][] rotated = Arrays.copyOfRange(vectors, from, from + count);
    int matrix = 0;
    for (int block = 0; block < blocks.parts(); block++) {
      int start = start(split, blocks, block);
      int length = length(split, blocks, block);
      kernel.addProducts(copies, count, start, length, matrices, matrix, length, rotated, start);
      matrix += length * length;
    }
  }

  /** Learns the matrices from vectors, and writes them to the front of an array. */
  static void learn(Split split, float[][] sample, float[] matrices) {
    Split blocks = blocks(split);
    int matrix = 0;
    for (int block = 0; block < blocks.parts(); block++) {
      int length = length(split, blocks, block);
      EigenDecomposition_F64<DMatrixRMaj> axes = axes(sample, start(split, blocks, block), length);
      if (axes == null) {
        for (int i = 0; i < length; i++) {
          matrices[matrix + i * length + i] = 1;
        }
      } else {
        int[] dealt = deal(axes, split, blocks.start(block), blocks.start(block + 1));
        for (int column = 0; column < length; column++) {
          double[] axis = axes.getEigenVector(dealt[column]).data;
          for (int i = 0; i < length; i++) {
            matrices[matrix + i * length + column] = (float) axis[i];
          }
        }
      }
      matrix += length * length;
    }
  }

  /** The principal axes of a part of the vectors; null if these are without end. */
  private static EigenDecomposition_F64<DMatrixRMaj> axes(float[][] sample, int start, int length) {
    double[] moments = moments(sample, start, length);
    double trace = 0;
    for (int i = 0; i < length; i++) {
      trace += moments[i * length + i];
    }
    if (!(trace > 0 && trace <= Double.MAX_VALUE)) {
      return null;
    }
    for (int i = 0; i < length; i++) {
      for (int j = 0; j <= i; j++) {
        double moment = moments[i * length + j] / trace;
        moments[i * length + j] = moment;
        moments[j * length + i] = moment;
      }
    }
    EigenDecomposition_F64<DMatrixRMaj> axes = DecompositionFactory_DDRM.eig(length, true, true);
    return axes.decompose(DMatrixRMaj.wrap(length, length, moments)) ? axes : null;
  }

  /** The lower triangle of the sum of squares. */
  private static double[] moments(float[][] sample, int start, int length) {
    double[] moments = new double[length * length];
    double[] row = new double[length];
    for (float[] vector : sample) {
      for (int i = 0; i < length; i++) {
        row[i] = vector[start + i];
      }
      for (int i = 0; i < length; i++) {
        double factor = row[i];
        int at = i * length;
        for (int j = 0; j <= i; j++) {
          moments[at + j] += factor * row[j];
        }
      }
    }
    return moments;
  }

  /** Which axis each rotated coordinate is: the axes in falling order, each to the sub-vector with the smallest product that has room. */
  private static int[] deal(EigenDecomposition_F64<DMatrixRMaj> axes, Split split, int firstPart, int endPart) {
    int length = split.start(endPart) - split.start(firstPart);
    double[] variances = IntStream.range(0, length).mapToDouble(i -> axes.getEigenvalue(i).getReal()).toArray();
    int[] falling = IntStream.range(0, length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -variances[i]))
        .mapToInt(Integer::intValue)
        .toArray();
    double least = Math.max(variances[falling[0]] * LEAST_VARIANCE, Double.MIN_NORMAL);
    double[] logarithms = new double[endPart - firstPart];
    int[] filled = new int[endPart - firstPart];
    int[] dealt = new int[length];
    for (int axis : falling) {
      int part = 0;
      double smallest = Double.POSITIVE_INFINITY;
      for (int i = 0; i < filled.length; i++) {
        if (filled[i] < split.length(firstPart + i) && logarithms[i] < smallest) {
          smallest = logarithms[i];
          part = i;
        }
      }
      // As a multiple of the least, so that a further axis never makes a product smaller.
      logarithms[part] += StrictMath.log(Math.max(variances[axis], least) / least);
      dealt[split.start(firstPart + part) - split.start(firstPart) + filled[part]++] = axis;
    }
    return dealt;
  }
}
