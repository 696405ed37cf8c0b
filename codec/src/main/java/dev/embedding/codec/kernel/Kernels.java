package dev.embedding.codec.kernel;

import java.util.Optional;

/** Chooses the kernels of this machine: SIMD if the JVM was started with {@code --add-modules jdk.incubator.vector}, else plain Java. */
public final class Kernels {

  private static final Kernel SCALAR = new ScalarKernel();
  private static final Kernel BEST = simd().orElse(SCALAR);

  private Kernels() {}

  /** The fastest kernels that run here. */
  public static Kernel best() {
    return BEST;
  }

  /** The kernels in plain Java, which run everywhere. */
  public static Kernel scalar() {
    return SCALAR;
  }

  /** Whether {@link #best} uses SIMD; if not, searches are right but slow, which is worth a line in a log. */
  public static boolean isSimd() {
    return BEST != SCALAR;
  }

  /** Registers of 64 bits, as in a JVM whose C2 compiler is off, mean that vector classes would be interpreted. */
  private static Optional<Kernel> simd() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return Optional.empty();
    }
    try {
      return Simd.kernel();
    } catch (LinkageError | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /** Apart, so that the vector classes are looked for after it is known that they are there. */
  private static final class Simd {

    static Optional<Kernel> kernel() {
      int bits = PanamaKernel.registerBits();
      return bits < 128 ? Optional.empty() : Optional.of(new PanamaKernel(Math.min(bits, 512)));
    }
  }
}
