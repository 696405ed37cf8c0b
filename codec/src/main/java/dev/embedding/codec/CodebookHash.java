package dev.embedding.codec;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The first 128 bits of the SHA-256 of a codebook. */
record CodebookHash(long first, long second) {

  static CodebookHash of(byte[] header, float[] mean, float[][] centres, float[] learned) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(header);
      digest.update(Codebook.bytes(mean));
      for (float[] centre : centres) {
        digest.update(Codebook.bytes(centre));
      }
      digest.update(Codebook.bytes(learned));
      ByteBuffer bytes = ByteBuffer.wrap(digest.digest());
      return new CodebookHash(bytes.getLong(), bytes.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
