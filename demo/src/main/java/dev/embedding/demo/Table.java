package dev.embedding.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows of text under headings, in columns as wide as they need to be. */
final class Table {
  private record Column(String heading, boolean right) {
    private String pad(String cell, int width) {
      String blanks = " ".repeat(width - cell.length());
      return right ? blanks + cell : cell + blanks;
    }
  }

  private final List<Column> columns = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a column of text. */
  Table left(String heading) {
    columns.add(new Column(heading, false));
    return this;
  }

  /** Adds a column of numbers. */
  Table right(String heading) {
    columns.add(new Column(heading, true));
    return this;
  }

  Table row(String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException("expected " + columns.size() + " cells; got " + cells.length);
    }
    rows.add(List.of(cells));
    return this;
  }

  void print(PrintStream out) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      int column = i;
      widths.add(rows.stream()
          .mapToInt(row -> row.get(column).length())
          .reduce(columns.get(i).heading().length(), Math::max));
    }
    print(out, columns.stream().map(Column::heading).toList(), widths);
    print(out, widths.stream().map("-"::repeat).toList(), widths);
    rows.forEach(row -> print(out, row, widths));
  }

  private void print(PrintStream out, List<String> cells, List<Integer> widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      line.append("  ").append(columns.get(i).pad(cells.get(i), widths.get(i)));
    }
    out.println(line.toString().stripTrailing());
  }
}
