package dev.embedding.relevance;

import java.util.Map;

/** Cuts the list of hits where the cosine drops most from one to the next. A single hit is kept, no list is emptied. */
record GapCutOff() implements CutOff {
  @Override
  public QueryCut on(float[] query) {
    return new GapCut();
  }

  private record GapCut() implements QueryCut {
    @Override
    public double cosine() {
      return Double.NEGATIVE_INFINITY;
    }

    @Override
    public boolean needsHits() {
      return true;
    }

    @Override
    public double cosine(float[] cosines) {
      double largest = 0;
      double cut = cosine();
      for (int i = 1; i < cosines.length; i++) {
        if (cosines[i - 1] - cosines[i] > largest) {
          largest = cosines[i - 1] - cosines[i];
          cut = cosines[i - 1];
        }
      }
      return cut;
    }

    @Override
    public double relevance(double cosine) {
      return CosineCut.relevanceOf(cosine);
    }

    @Override
    public Map<String, Double> parameters() {
      return Map.of();
    }
  }
}
