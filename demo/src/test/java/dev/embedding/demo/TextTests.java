package dev.embedding.demo;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.Test;

/** Tables and times. */
public class TextTests {
  @Test
  public void testTableIsAligned() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new Table().left("file")
        .right("MB")
        .row("vec", "30.72")
        .row("others", "1.00")
        .print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    assertEquals(List.of("  file       MB", "  ------  -----", "  vec     30.72", "  others   1.00"),
        bytes.toString(StandardCharsets.UTF_8).lines().toList());
  }

  @Test
  public void testTableRefusesARowThatDoesNotFit() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new Table().left("file").row("vec", "30.72"));
    assertEquals("expected 1 cells; got 2", e.getMessage());
  }

  @Test
  public void testDurations() {
    assertEquals("0.0 s", Durations.seconds(0));
    assertEquals("9.9 s", Durations.seconds(9.94));
    assertEquals("10 s", Durations.seconds(9.96));
    assertEquals("99 s", Durations.seconds(99.4));
    assertEquals("2 min 03 s", Durations.seconds(123.4));
    assertEquals("1.23 ms", Durations.millis(1_234_000));
  }
}
