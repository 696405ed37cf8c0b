package dev.embedding.relevance;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A random division of queries into parts of nearly equal size. */
final class Folds {
  private final int[] foldOf;
  private final int count;

  Folds(int size, int count, Random random) {
    this.count = count;
    this.foldOf = new int[size];
    int[] order = shuffled(size, random);
    for (int i = 0; i < size; i++) {
      foldOf[order[i]] = i % count;
    }
  }

  static int[] shuffled(int size, Random random) {
    int[] order = IntStream.range(0, size).toArray();
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  int count() {
    return count;
  }

  int[] members(int fold) {
    return IntStream.range(0, foldOf.length).filter(i -> foldOf[i] == fold).toArray();
  }

  <T> List<T> others(List<T> all, int fold) {
    return select(all, fold, false);
  }

  <T> List<T> members(List<T> all, int fold) {
    return select(all, fold, true);
  }

  private <T> List<T> select(List<T> all, int fold, boolean inside) {
    List<T> selected = new ArrayList<>();
    for (int i = 0; i < foldOf.length; i++) {
      if (foldOf[i] == fold == inside) {
        selected.add(all.get(i));
      }
    }
    return selected;
  }
}
