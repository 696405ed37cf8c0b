package dev.embedding.codec;

import static org.apache.lucene.tests.util.LuceneTestCase.callStackContains;

import java.io.IOException;
import org.apache.lucene.tests.store.MockDirectoryWrapper;

/** Fails one of a writer's calls of the directory; counts them without a number. */
public final class FailingWrite extends MockDirectoryWrapper.Failure {

  private final Class<?> writer;
  private final int failing;
  private final int every;
  private int all;
  private int calls;

  /** @param failing which call fails, from 0 on; -1 for none */
  public FailingWrite(Class<?> writer, int failing) {
    this(writer, failing, 1);
  }

  /** @param every how many calls of anyone there are for one that is looked at, which takes long: a writer of many small numbers makes millions */
  FailingWrite(Class<?> writer, int failing, int every) {
    this.writer = writer;
    this.failing = failing;
    this.every = every;
  }

  /** How many there were that were looked at. */
  public int calls() {
    return calls;
  }

  @Override
  public void eval(MockDirectoryWrapper directory) throws IOException {
    if (++all % every == 0 && callStackContains(writer) && calls++ == failing) {
      throw new IOException("the disk is full, for the test");
    }
  }
}
