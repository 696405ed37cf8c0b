package dev.embedding.codec.quantization;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/** The kinds of quantization, by the name that a mapping uses and by the number that a file uses. A number is never given to another kind. */
public final class Quantizers {

  private static final Quantizers REGISTERED = new Quantizers() //
      .register(BinaryQuantizer.NAME, BinaryQuantizer.WIRE_NUMBER, BinaryQuantizer::new) //
      .register(ScalarQuantizer.NAME, ScalarQuantizer.WIRE_NUMBER, ScalarQuantizer::new) //
      .register(ProductQuantizer.NAME, ProductQuantizer.WIRE_NUMBER, ProductQuantizer::new);

  private final Map<String, Kind> byName = new HashMap<>();
  private final Map<Integer, Kind> byNumber = new HashMap<>();

  Quantizers() {}

  Quantizers register(String name, int wireNumber, Kind kind) {
    if (byName.putIfAbsent(name, kind) != null) {
      throw new IllegalArgumentException("a quantization named [" + name + "] is registered already");
    }
    if (byNumber.putIfAbsent(wireNumber, kind) != null) {
      throw new IllegalArgumentException("a quantization with the number " + wireNumber + " is registered already");
    }
    return this;
  }

  /**
   * A quantization without sub-vectors by its name.
   *
   * @throws IllegalArgumentException if there is none of this name, or none with so many bits
   */
  public static VectorQuantizer of(String name, int bits) {
    return of(name, bits, 0);
  }

  /**
   * A quantization by its name.
   *
   * @param subvectors how many there are, for a kind that has any, else 0
   * @throws IllegalArgumentException if there is none of this name, or none with so many bits and sub-vectors
   */
  public static VectorQuantizer of(String name, int bits, int subvectors) {
    Kind kind = REGISTERED.byName.get(name);
    if (kind == null) {
      throw new IllegalArgumentException(
          "unknown quantization [" + name + "]; known are " + new TreeSet<>(REGISTERED.byName.keySet()));
    }
    return kind.of(bits, subvectors);
  }

  /**
   * A quantization by its number in a file.
   *
   * @throws IllegalArgumentException if there is none of this number, or none with so many bits and sub-vectors
   */
  public static VectorQuantizer of(int wireNumber, int bits, int subvectors) {
    Kind kind = REGISTERED.byNumber.get(wireNumber);
    if (kind == null) {
      throw new IllegalArgumentException("unknown quantization number " + wireNumber);
    }
    return kind.of(bits, subvectors);
  }

  /** Makes quantizers of one kind. */
  interface Kind {

    VectorQuantizer of(int bits, int subvectors);
  }
}
