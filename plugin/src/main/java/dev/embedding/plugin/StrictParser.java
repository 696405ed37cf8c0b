package dev.embedding.plugin;

import java.io.IOException;

import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * Reads JSON strictly: what is not exactly of the type that is asked for is an {@link IllegalArgumentException} that says
 * what may stand there and what does.
 */
public final class StrictParser {
  private final XContentParser parser;

  /** @param parser is read on, and may be used directly as well */
  public StrictParser(XContentParser parser) {
    this.parser = parser;
  }

  /** Reads the value of one key of an object; the parser stands on the value, and afterwards on its last token. */
  public interface Field {
    void read(String name) throws IOException;
  }

  /** Reads an object, which the parser stands on; problems with a value are told with its key. */
  public void object(Field field) throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      throw new IllegalArgumentException("must be an object, got " + found());
    }
    for (Token token = parser.nextToken(); token != Token.END_OBJECT; token = parser.nextToken()) {
      String name = parser.currentName();
      parser.nextToken();
      try {
        field.read(name);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("[" + name + "]: " + e.getMessage(), e);
      }
    }
  }

  /** Reads an array, which the parser stands on. */
  public void array(Element element) throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      throw new IllegalArgumentException("must be an array, got " + found());
    }
    while (parser.nextToken() != Token.END_ARRAY) {
      element.read();
    }
  }

  /** Reads an element of an array; the parser stands on it, and afterwards on its last token. */
  public interface Element {
    void read() throws IOException;
  }

  /** A string. */
  public String text() throws IOException {
    if (parser.currentToken() == Token.VALUE_STRING) {
      return parser.text();
    }
    throw new IllegalArgumentException("must be a string, got " + found());
  }

  /** True or false, and no text that means one of these. */
  public boolean bool() throws IOException {
    if (parser.currentToken() == Token.VALUE_BOOLEAN) {
      return parser.booleanValue();
    }
    throw new IllegalArgumentException("must be true or false, got " + found());
  }

  /** An integer in a range; 1.5 is none. */
  public int integer(int min, int max) throws IOException {
    try {
      if (parser.currentToken() == Token.VALUE_NUMBER) {
        int value = parser.intValue(false);
        if (value >= min && value <= max) {
          return value;
        }
      }
    } catch (IllegalArgumentException | IOException e) {
      throw new IllegalArgumentException(notInteger(min, max), e);
    }
    throw new IllegalArgumentException(notInteger(min, max));
  }

  private String notInteger(int min, int max) throws IOException {
    return "must be an integer between " + min + " and " + max + ", got " + found();
  }

  /** A number in a range. */
  public double number(double min, double max) throws IOException {
    if (parser.currentToken() == Token.VALUE_NUMBER) {
      double value = parser.doubleValue();
      if (value >= min && value <= max) {
        return value;
      }
    }
    throw new IllegalArgumentException("must be a number between " + min + " and " + max + ", got " + found());
  }

  /** What the parser stands on, for a message; arrays, objects and binary data have no text to show. */
  public String found() throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING, VALUE_NUMBER, VALUE_BOOLEAN -> "[" + abbreviated(parser.text()) + "]";
      case VALUE_NULL -> "null";
      case START_ARRAY -> "an array";
      case START_OBJECT -> "an object";
      case null -> "nothing";
      default -> parser.currentToken().toString();
    };
  }

  private static String abbreviated(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }
}
