package dev.embedding.relevance;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The kinds of cut-off that need no judgements, by name. */
public final class CutOffs {
  /** Makes a cut-off of one kind. */
  private interface Factory {
    CutOff create(double min, SampleStatistics sample);
  }

  /** What a kind takes: {@code min} with its range, a sample, neither or both. */
  private record Kind(boolean needsMin, boolean needsSample, double smallest, double largest, Factory factory) {}

  private static final Map<String, Kind> KINDS = new TreeMap<>();
  static {
    register("min_cosine", new Kind(true, false, -1, 1, (min, sample) -> new MinCosineCutOff(min)));
    register("z_score", new Kind(true, true, -100, 100, ZScoreCutOff::new));
    register("lift", new Kind(true, true, -2, 2, LiftCutOff::new));
    register("gap", new Kind(false, false, 0, 0, (min, sample) -> new GapCutOff()));
  }

  private CutOffs() {}

  private static void register(String type, Kind kind) {
    if (KINDS.putIfAbsent(type, kind) != null) {
      throw new IllegalStateException("cut-off [" + type + "] is registered twice");
    }
  }

  /** The names of all kinds. */
  public static Set<String> types() {
    return Set.copyOf(KINDS.keySet());
  }

  /** Whether a kind compares queries with a sample of the field's documents. */
  public static boolean needsSample(String type) {
    return kind(type).needsSample;
  }

  /**
   * A cut-off.
   *
   * @param min the smallest cosine, z-score or lift that is kept; null for kinds without it
   * @param sample of the field's documents; null for kinds without it
   */
  public static CutOff create(String type, Double min, SampleStatistics sample) {
    Kind kind = check(type, min);
    if (kind.needsSample && sample == null) {
      throw new IllegalArgumentException("cut-off [" + type + "] needs a sample of the field's documents");
    }
    return kind.factory.create(min == null ? 0 : min, sample);
  }

  /** Refuses an unknown type, and a minimum that is missing, too much or out of range. */
  public static void checkParameters(String type, Double min) {
    check(type, min);
  }

  private static Kind check(String type, Double min) {
    Kind kind = kind(type);
    if (kind.needsMin != (min != null)) {
      throw new IllegalArgumentException(
          "cut-off [" + type + "] " + (kind.needsMin ? "needs [min]" : "takes no [min], got " + min));
    }
    if (kind.needsMin && !(min >= kind.smallest && min <= kind.largest)) {
      throw new IllegalArgumentException("[min] of cut-off [" + type + "] must be between " + kind.smallest + " and "
          + kind.largest + ", got " + min);
    }
    return kind;
  }

  private static Kind kind(String type) {
    Kind kind = KINDS.get(type);
    if (kind == null) {
      throw new IllegalArgumentException("unknown cut-off [" + type + "], known are " + KINDS.keySet());
    }
    return kind;
  }
}
