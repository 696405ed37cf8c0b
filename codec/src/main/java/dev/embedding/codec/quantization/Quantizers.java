package dev.embedding.codec.quantization;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntFunction;

/** The kinds of quantization, by the name that a mapping uses and by the number that a file uses. A number is never given to another kind. */
public final class Quantizers {

  private static final Quantizers REGISTERED = new Quantizers() //
      .register(BinaryQuantizer.NAME, BinaryQuantizer.WIRE_NUMBER, BinaryQuantizer::new) //
      .register(ScalarQuantizer.NAME, ScalarQuantizer.WIRE_NUMBER, ScalarQuantizer::new);

  private final Map<String, IntFunction<VectorQuantizer>> byName = new HashMap<>();
  private final Map<Integer, IntFunction<VectorQuantizer>> byNumber = new HashMap<>();

  Quantizers() {}

  Quantizers register(String name, int wireNumber, IntFunction<VectorQuantizer> ofBits) {
    if (byName.putIfAbsent(name, ofBits) != null) {
      throw new IllegalArgumentException("a quantization named [" + name + "] is registered already");
    }
    if (byNumber.putIfAbsent(wireNumber, ofBits) != null) {
      throw new IllegalArgumentException("a quantization with the number " + wireNumber + " is registered already");
    }
    return this;
  }

  /**
   * A quantization by its name.
   *
   * @throws IllegalArgumentException if there is none of this name, or none with so many bits
   */
  public static VectorQuantizer of(String name, int bits) {
    IntFunction<VectorQuantizer> ofBits = REGISTERED.byName.get(name);
    if (ofBits == null) {
      throw new IllegalArgumentException(
          "unknown quantization [" + name + "]; known are " + new TreeSet<>(REGISTERED.byName.keySet()));
    }
    return ofBits.apply(bits);
  }

  /**
   * A quantization by its number in a file.
   *
   * @throws IllegalArgumentException if there is none of this number, or none with so many bits
   */
  public static VectorQuantizer of(int wireNumber, int bits) {
    IntFunction<VectorQuantizer> ofBits = REGISTERED.byNumber.get(wireNumber);
    if (ofBits == null) {
      throw new IllegalArgumentException("unknown quantization number " + wireNumber);
    }
    return ofBits.apply(bits);
  }
}
