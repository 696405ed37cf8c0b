package dev.embedding.rest;

import org.opensearch.test.rest.yaml.ClientYamlTestCandidate;
import org.opensearch.test.rest.yaml.OpenSearchClientYamlSuiteTestCase;

import com.carrotsearch.randomizedtesting.annotations.ParametersFactory;

/** Runs the YAML files. Bodies are sent in a random content type, so that vectors come as CBOR, SMILE and YAML too. */
public class EmbeddingYamlIT extends OpenSearchClientYamlSuiteTestCase {
  /** Taken before the tests of this class begin, so that the threads of the node's client are not taken for their leaks. */
  private static final String ADDRESS = RealNode.cluster().httpAddresses();

  public EmbeddingYamlIT(ClientYamlTestCandidate candidate) {
    super(candidate);
  }

  @ParametersFactory
  public static Iterable<Object[]> parameters() throws Exception {
    return createParameters();
  }

  @Override
  protected String getTestRestCluster() {
    return ADDRESS;
  }
}
