package dev.embedding.benchmark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The curves of all peers and rounds as a table and as a picture. */
record Comparison(Map<String, List<Curve>> curves) {

  private static final double[] RECALLS = {0.90, 0.95, 0.99};
  private static final String REFERENCE = "ours-1bit";
  private static final String[] COLOURS = {"#c0392b", "#e67e22", "#d4ac0d", "#7d6608", "#1f618d", "#2e86c1", "#5dade2",
      "#76448a", "#239b56"};
  private static final int WIDTH = 760;
  private static final int HEIGHT = 460;
  private static final int LEFT = 70;
  private static final int BOTTOM = 410;

  /** For each recall the median of the rounds: microseconds at the median query, the 99th percentile, and how many times faster the reference is. */
  String table() {
    StringBuilder table = new StringBuilder("| peer |");
    for (double recall : RECALLS) {
      table.append(String.format(Locale.ROOT, " %.2f: mean, p50, p99 µs | speed of %s, times |", recall, REFERENCE));
    }
    table.append("\n|---|").append("---|---|".repeat(RECALLS.length)).append('\n');
    for (String peer : curves.keySet()) {
      table.append("| ").append(peer).append(" |");
      for (double recall : RECALLS) {
        table.append(times(peer, recall)).append(ratios(peer, recall));
      }
      table.append('\n');
    }
    return table.toString();
  }

  private String times(String peer, double recall) {
    List<Double> means = new ArrayList<>();
    List<Double> medians = new ArrayList<>();
    List<Double> slowest = new ArrayList<>();
    for (Curve curve : curves.get(peer)) {
      Curve.Point point = curve.at(recall);
      if (point == null) {
        return " – |";
      }
      means.add(point.mean());
      medians.add(point.median());
      slowest.add(point.p99());
    }
    return String.format(Locale.ROOT, " %.0f, %.0f, %.0f |", median(means), median(medians), median(slowest));
  }

  private String ratios(String peer, double recall) {
    List<Double> ratios = new ArrayList<>();
    List<Curve> references = curves.getOrDefault(REFERENCE, List.of());
    for (int round = 0; round < references.size(); round++) {
      Curve.Point reference = references.get(round).at(recall);
      Curve.Point point = curves.get(peer).get(round).at(recall);
      if (reference == null || point == null) {
        return " – |";
      }
      ratios.add(point.mean() / reference.mean());
    }
    return ratios.isEmpty() ? " – |"
        : String.format(Locale.ROOT, " %.2f (%.2f–%.2f) |", median(ratios), Collections.min(ratios),
            Collections.max(ratios));
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  /** Recall against queries a second, of the round in the middle; the further right and up, the better. */
  String picture(String title) {
    StringBuilder svg = new StringBuilder();
    svg.append(String.format(Locale.ROOT,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
            + "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"%d\" y=\"20\" font-size=\"15\">%s</text>\n",
        WIDTH, HEIGHT,
        LEFT, title));
    for (double recall = 0.8; recall < 1.005; recall += 0.05) {
      svg.append(String.format(Locale.ROOT,
          "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%.2f</text><path d=\"M%.0f 30V%d\" stroke=\"#ddd\"/>\n",
          x(recall), BOTTOM + 18, recall, x(recall), BOTTOM));
    }
    for (int speed : new int[] {100, 300, 1_000, 3_000, 10_000, 30_000}) {
      svg.append(String.format(Locale.ROOT,
          "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">%,d</text><path d=\"M%d %.0fH%d\" stroke=\"#ddd\"/>\n",
          LEFT - 6,
          y(speed) + 4, speed, LEFT, y(speed), WIDTH - 130));
    }
    svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">recall →, queries per second ↑</text>\n", LEFT,
        BOTTOM + 38));
    int number = 0;
    for (Map.Entry<String, List<Curve>> entry : curves.entrySet()) {
      draw(svg, entry.getKey(), entry.getValue().get(entry.getValue().size() / 2), number++);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void draw(StringBuilder svg, String peer, Curve curve, int number) {
    String colour = COLOURS[number % COLOURS.length];
    StringBuilder line = new StringBuilder();
    for (Curve.Point point : curve.points()) {
      if (point.recall() >= 0.8) {
        line.append(String.format(Locale.ROOT, "%s%.1f %.1f", line.isEmpty() ? "M" : "L", x(point.recall()),
            y(1e6 / point.mean())));
      }
    }
    svg.append(
        String.format(Locale.ROOT, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n", line, colour));
    svg.append(
        String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n", WIDTH - 122, 50 + 18 * number,
            colour, peer));
  }

  private static double x(double recall) {
    return LEFT + (recall - 0.8) / 0.2 * (WIDTH - 130 - LEFT);
  }

  private static double y(double speed) {
    return BOTTOM - (Math.log10(speed) - 2) / 2.5 * (BOTTOM - 30);
  }
}
