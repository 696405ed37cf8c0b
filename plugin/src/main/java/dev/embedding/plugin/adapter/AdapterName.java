package dev.embedding.plugin.adapter;

import java.util.regex.Pattern;

/** How adapters may be called. */
public final class AdapterName {
  private static final Pattern ALLOWED = Pattern.compile("[a-z0-9][a-z0-9_-]{0,127}");

  private AdapterName() {}

  /** Gives the name back if it is allowed. */
  public static String check(String name) {
    if (ALLOWED.matcher(name).matches() == false) {
      throw new IllegalArgumentException("the name of an adapter must match " + ALLOWED.pattern() + ", got ["
          + (name.length() <= 200 ? name : name.substring(0, 200) + "...") + "]");
    }
    return name;
  }
}
