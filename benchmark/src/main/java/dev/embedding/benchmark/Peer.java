package dev.embedding.benchmark;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.lucene.util.FixedBitSet;

/** One way to search, with one knob for accuracy. */
interface Peer extends Closeable {

  /** How widely to look, and how many of the found, as a multiple of k, to score in full precision; 0 leaves that to the peer. */
  record Knob(int beam, int oversample) {}

  /** How widely to look, from what gives a low recall to what gives the highest that is asked for. */
  List<Integer> BEAMS = List.of(10, 20, 40, 80, 120, 180, 280, 420, 640, 960, 1_600, 2_700, 4_500);

  List<Knob> knobs(int k);

  /** Looks as widely as can be, and takes the best by their codes. */
  Knob codesAlone();

  /** Builds what is not there yet. */
  void build(DataSet data, Path folder, int segments) throws IOException;

  /** Opens what was built. */
  void open(DataSet data, Path folder) throws IOException;

  /** Makes a filter of documents, given by their numbers in the data set, ready for use; null for none. */
  void filter(FixedBitSet passing) throws IOException;

  /** The numbers of the nearest documents. */
  int[] search(float[] query, int k, Knob knob) throws IOException;

  static Peer of(String name) {
    return name.startsWith("jvector") ? JVectorPeer.of(name) : new LucenePeer(name);
  }
}
