package dev.embedding.benchmark.relevance;

import java.util.List;
import java.util.Locale;

/** A picture of precision against recall as SVG. */
final class Figure {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 420;
  private static final int MARGIN = 55;
  private static final List<String> RULES = List.of("adapter", "lift", "min_cosine", "z_score", "fixed_k");
  private static final List<String> COLORS = List.of("#0b6e4f", "#e07a00", "#1f5fbf", "#8a4fbf", "#777777");

  private Figure() {}

  static String of(String title, HeldOut heldOut) {
    StringBuilder svg = new StringBuilder(String.format(Locale.ROOT, """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
        <rect width="100%%" height="100%%" fill="white"/>
        <text x="%d" y="24" font-size="15">%s: precision against recall, held-out queries</text>
        """, WIDTH, HEIGHT, MARGIN, title));
    for (int tick = 0; tick <= 10; tick += 2) {
      grid(svg, tick / 10.0);
    }
    svg.append(String.format(Locale.ROOT, """
        <text x="%d" y="%d" text-anchor="middle">recall</text>
        <text transform="translate(16 %d) rotate(-90)" text-anchor="middle">precision</text>
        """, WIDTH / 2, HEIGHT - 12, HEIGHT / 2));
    for (int i = 0; i < RULES.size(); i++) {
      curve(svg, heldOut.precisionByRecall(RULES.get(i)), RULES.get(i), COLORS.get(i), i);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void grid(StringBuilder svg, double at) {
    svg.append(String.format(Locale.ROOT, """
        <path d="M%.1f %.1fV%.1fM%.1f %.1fH%.1f" stroke="#dddddd" fill="none"/>
        <text x="%.1f" y="%d" text-anchor="middle">%.1f</text>
        <text x="%d" y="%.1f" text-anchor="end">%.1f</text>
        """, x(at), y(0), y(1), x(0), y(at), x(1), x(at), HEIGHT - MARGIN + 18, at, MARGIN - 6, y(at) + 4, at));
  }

  private static void curve(StringBuilder svg, double[] precision, String name, String color, int index) {
    svg.append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"").append(color).append("\" points=\"");
    for (int recall = 1; recall <= 100; recall++) {
      svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(recall / 100.0), y(precision[recall])));
    }
    svg.append(String.format(Locale.ROOT, "\"/>%n<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n", MARGIN + 12,
        HEIGHT - MARGIN - 90 + 17 * index, color, name));
  }

  private static double x(double recall) {
    return MARGIN + recall * (WIDTH - 2 * MARGIN);
  }

  private static double y(double precision) {
    return HEIGHT - MARGIN - precision * (HEIGHT - 2 * MARGIN);
  }
}
