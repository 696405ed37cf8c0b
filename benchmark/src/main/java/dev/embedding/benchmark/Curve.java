package dev.embedding.benchmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a peer reached in one round: points of recall and time, only those that no other point beats in both. */
record Curve(List<Point> points) {

  /** Times in microseconds. */
  record Point(double recall, double mean, double median, double p99) {}

  static Curve parse(String answer) {
    List<Point> all = new ArrayList<>();
    for (String part : answer.substring(0, answer.length() - 1).split(";", -1)) {
      String[] words = part.split(" ", -1);
      all.add(new Point(Double.parseDouble(words[2]), Double.parseDouble(words[3]), Double.parseDouble(words[4]),
          Double.parseDouble(words[5])));
    }
    all.sort(Comparator.comparingDouble(Point::mean));
    List<Point> best = new ArrayList<>();
    for (Point point : all) {
      if (best.isEmpty() || point.recall > best.getLast().recall) {
        best.add(point);
      }
    }
    return new Curve(best);
  }

  /** The point at a recall, between the measured ones; null if it was not reached. */
  Point at(double recall) {
    Point before = null;
    for (Point point : points) {
      if (point.recall >= recall) {
        return before == null ? point
            : between(before, point, (recall - before.recall) / (point.recall - before.recall));
      }
      before = point;
    }
    return null;
  }

  private static Point between(Point a, Point b, double share) {
    return new Point(a.recall + share * (b.recall - a.recall), geometric(a.mean, b.mean, share),
        geometric(a.median, b.median, share),
        geometric(a.p99, b.p99, share));
  }

  private static double geometric(double a, double b, double share) {
    return Math.exp(Math.log(a) + share * (Math.log(b) - Math.log(a)));
  }
}
