package dev.embedding.plugin.mapper;

import java.util.Locale;

/** What becomes of a document that has more vectors than its field takes. */
enum OnExceed {
  /** It is refused. */
  REJECT,
  /** The first vectors are indexed, the others are not. */
  TRUNCATE,
  /** Its vectors are pooled until they are as many as the field takes. */
  POOL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
