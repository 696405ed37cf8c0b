package dev.embedding.node;

/** A node, or the plugin CLI, did not do what was asked of it; the message ends with the tail of its log. */
public final class NodeFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NodeFailedException(String message) {
    super(message);
  }

  NodeFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
