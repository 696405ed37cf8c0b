package dev.embedding.node;

/**
 * A node's answer.
 *
 * @param status the HTTP status
 * @param body   the body as text, usually JSON; empty if there was none
 */
public record Response(int status, String body) {

  /**
   * This response, if it is a success.
   *
   * @throws IllegalStateException if the status is 400 or more
   */
  public Response orFail() {
    if (status >= 400) {
      throw new IllegalStateException("HTTP " + status + ": " + body);
    }
    return this;
  }
}
