package dev.embedding.node;

import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;

public class WatchdogTests {
  private Process watched;

  @Before
  public void startProcess() throws IOException {
    watched = new ProcessBuilder("sleep", "300").start();
  }

  @After
  public void killProcess() {
    Jvm.kill(watched);
  }

  @Test
  public void testKillsProcessWhenParentIsLost() throws Exception {
    try (Watchdog watchdog = new Watchdog(watched)) {
      assertTrue(watched.isAlive());
      watchdog.loseParent();
      assertTrue(watched.waitFor(30, TimeUnit.SECONDS));
    }
  }

  @Test
  public void testLeavesProcessAloneWhenClosed() {
    new Watchdog(watched).close();
    assertTrue(watched.isAlive());
  }
}
