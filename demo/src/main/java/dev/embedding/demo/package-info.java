/**
 * The main job, shown: English definitions become vectors, the vectors an index, and a question finds its answer by
 * meaning. {@code mvn -Pdemo verify} runs it.
 *
 * <p>{@link dev.embedding.demo.Demo} lists the steps. What a step needs is a class of its own that knows nothing of the
 * others: {@code WordNet} the texts, {@code Embedder} the model, {@code BatchEmbedder} many texts with a cache,
 * {@code VectorIndex} an index with its searches, {@code Recall} a measurement. A second index, say with another
 * quantization, is a second {@code VectorIndex} with another mapping.
 *
 * <p>The node is a real one in a process of its own, with the plugin's zip installed by OpenSearch's own command; the
 * demo talks to it by REST alone.
 */
package dev.embedding.demo;
