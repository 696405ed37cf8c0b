package dev.embedding.demo;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

/**
 * Turns English text into vectors with <a href="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2">
 * all-MiniLM-L6-v2</a>, a small sentence transformer, its weights rounded to int8. Several threads may use one.
 *
 * <p>The model rounds a batch as a whole, so the last digits of a vector depend a little on the texts beside it.
 */
final class Embedder implements AutoCloseable {
  static final String MODEL = "all-minilm-l6-v2-q";
  static final int DIMENSION = 384;

  /** The model was trained on texts up to this length, in tokens; what is longer loses its end. */
  private static final int LONGEST_TEXT = 256;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final HuggingFaceTokenizer tokenizer;

  Embedder() {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // A batch is too small to be worth sharing: the threads are the caller's.
      options.setIntraOpNumThreads(1);
      session = environment.createSession(modelFile(), options);
      tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(vocabulary()),
          Map.of("padding", "true", "truncation", "true", "maxLength", Integer.toString(LONGEST_TEXT)));
    } catch (OrtException e) {
      throw new IllegalStateException("cannot load the model [" + MODEL + "]: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot load the tokenizer of [" + MODEL + "]: " + e.getMessage(), e);
    }
  }

  static byte[] modelFile() {
    return Resources.read("/" + MODEL + ".onnx");
  }

  private static byte[] vocabulary() {
    return Resources.read("/" + MODEL + "-tokenizer.json");
  }

  /** The vector of a text, of unit length. */
  float[] embed(String text) {
    return embed(List.of(text)).getFirst();
  }

  /** The vectors of texts, which go through the model together: texts of like length waste least. */
  List<float[]> embed(List<String> texts) {
    return run(texts, Embedder::pool);
  }

  /** The vectors of the tokens of texts, of unit length. */
  List<List<float[]>> embedTokens(List<String> texts) {
    return run(texts, Embedder::tokens);
  }

  /** What is made of the states of all tokens, whose padding has the mask 0. */
  private interface Reading<T> {
    List<T> of(FloatBuffer tokenVectors, long[][] mask);
  }

  private <T> List<T> run(List<String> texts, Reading<T> reading) {
    Encoding[] encodings = tokenizer.batchEncode(texts);
    long[][] tokens = new long[encodings.length][];
    long[][] mask = new long[encodings.length][];
    long[][] types = new long[encodings.length][];
    for (int i = 0; i < encodings.length; i++) {
      tokens[i] = encodings[i].getIds();
      mask[i] = encodings[i].getAttentionMask();
      types[i] = encodings[i].getTypeIds();
    }
    try (OnnxTensor tokenTensor = OnnxTensor.createTensor(environment, tokens);
        OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask);
        OnnxTensor typeTensor = OnnxTensor.createTensor(environment, types);
        OrtSession.Result result = session.run(
            Map.of("input_ids", tokenTensor, "attention_mask", maskTensor, "token_type_ids", typeTensor))) {
      return reading.of(((OnnxTensor) result.get(0)).getFloatBuffer(), mask);
    } catch (OrtException e) {
      throw new IllegalStateException("the model [" + MODEL + "] failed: " + e.getMessage(), e);
    }
  }

  /** A vector for each text: the mean of those of its tokens, padding apart, as the model was trained. */
  private static List<float[]> pool(FloatBuffer tokenVectors, long[][] mask) {
    List<float[]> pooled = new ArrayList<>(mask.length);
    float[] tokenVector = new float[DIMENSION];
    for (long[] text : mask) {
      float[] sum = new float[DIMENSION];
      for (long counts : text) {
        tokenVectors.get(tokenVector);
        for (int i = 0; counts == 1 && i < DIMENSION; i++) {
          sum[i] += tokenVector[i];
        }
      }
      pooled.add(Vectors.normalize(sum));
    }
    return pooled;
  }

  private static List<List<float[]>> tokens(FloatBuffer tokenVectors, long[][] mask) {
    List<List<float[]>> texts = new ArrayList<>(mask.length);
    for (long[] text : mask) {
      List<float[]> tokens = new ArrayList<>(text.length);
      for (long counts : text) {
        float[] vector = new float[DIMENSION];
        tokenVectors.get(vector);
        if (counts == 1) {
          tokens.add(Vectors.normalize(vector));
        }
      }
      texts.add(tokens);
    }
    return texts;
  }

  @Override
  public void close() {
    tokenizer.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("cannot unload the model [" + MODEL + "]: " + e.getMessage(), e);
    }
  }
}
