package dev.embedding.demo;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.Test;

public class ProgressBarTests {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();

  private ProgressBar bar(boolean terminal, int total) {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new ProgressBar(out, terminal, nanos::get, "documents", total);
  }

  private void advance(ProgressBar bar, double seconds, int count) {
    nanos.addAndGet((long) (seconds * 1e9));
    bar.advance(count);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  public void testALogHasALineForEachTenth() {
    try (ProgressBar bar = bar(false, 2_000)) {
      for (int i = 0; i < 100; i++) {
        advance(bar, 0.5, 20);
      }
    }
    List<String> lines = printed().lines().toList();
    assertEquals(10, lines.size());
    assertEquals("  [##----------------------]  10 %  200 of 2,000 documents  40/s  45 s left", lines.getFirst());
    assertEquals("  [########################] 100 %  2,000 of 2,000 documents  40/s  50 s", lines.getLast());
  }

  @Test
  public void testAQuickJobHasOneLine() {
    try (ProgressBar bar = bar(false, 100)) {
      for (int i = 0; i < 100; i++) {
        advance(bar, 0.001, 1);
      }
    }
    assertEquals(List.of("  [########################] 100 %  100 of 100 documents  1,000/s  0.1 s"),
        printed().lines().toList());
  }

  @Test
  public void testATerminalHasOneLineThatIsWrittenOver() {
    try (ProgressBar bar = bar(true, 100)) {
      advance(bar, 0.3, 10);
      advance(bar, 0.1, 10);
      advance(bar, 0.3, 20);
    }
    String printed = printed();
    assertEquals(3, printed.chars().filter(c -> c == '\r').count());
    assertTrue(printed, printed.startsWith("\r  [##--"));
    assertEquals(printed, 1, printed.chars().filter(c -> c == '\n').count());
    assertTrue(printed, printed.endsWith("\n"));
  }

  @Test
  public void testNothingToDoPrintsNothing() {
    bar(false, 0).close();
    bar(true, 0).close();
    assertEquals("", printed());
  }

  @Test
  public void testAnInterruptedJobShowsHowFarItCame() {
    try (ProgressBar bar = bar(false, 100)) {
      advance(bar, 2, 5);
    }
    assertFalse(printed(), printed().contains("100 %"));
    assertTrue(printed(), printed().contains("5 of 100 documents"));
  }
}
