package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.lucene.document.Field;
import org.apache.lucene.index.LeafReader;
import org.opensearch.common.Explicit;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;

import dev.embedding.multivector.MultiVectorField;
import dev.embedding.multivector.TokenPooling;
import dev.embedding.multivector.TokenVectors;

/** Maps type {@code multi_embedding}: many vectors a document, an array of vectors or base64 of all their numbers. */
public final class MultiEmbeddingFieldMapper extends ParametrizedFieldMapper {
  public static final String CONTENT_TYPE = "multi_embedding";

  private static final int MAX_MAX_VECTORS = 8192;
  private static final int DEFAULT_MAX_VECTORS = 1024;
  private static final int MAX_POOLING_FACTOR = 1000;

  private final Builder parameters;

  private MultiEmbeddingFieldMapper(String simpleName, MultiEmbeddingFieldType fieldType, Builder parameters) {
    super(simpleName, fieldType, MultiFields.empty(), CopyTo.empty());
    this.parameters = parameters;
  }

  /** Parses the field's part of a mapping. */
  public static Builder parse(String name, Map<String, Object> node, Mapper.TypeParser.ParserContext context) {
    FieldRules.check(CONTENT_TYPE, name, node, context, Set.of());
    Builder builder = new Builder(name);
    builder.parse(name, context, node);
    return builder;
  }

  @Override
  public MultiEmbeddingFieldType fieldType() {
    return (MultiEmbeddingFieldType) super.fieldType();
  }

  @Override
  protected String contentType() {
    return CONTENT_TYPE;
  }

  @Override
  public boolean parsesArrayValue() {
    return true;
  }

  @Override
  protected Explicit<Boolean> ignoreMalformed() {
    return FieldRules.NEVER_IGNORE_MALFORMED;
  }

  @Override
  public ParametrizedFieldMapper.Builder getMergeBuilder() {
    return new Builder(simpleName()).init(this);
  }

  /**
   * Adds the vectors to the document, under the field's name as their key if the index has what {@code _source} is to
   * show. What was pooled by a factor would be pooled again by an update, so that {@code _source} has to keep it.
   */
  @Override
  protected void parseCreateField(ParseContext context) throws IOException {
    if (context.parser().currentToken() == Token.VALUE_NULL) {
      return;
    }
    TokenVectors given = read(context);
    if (given.count() == 0) {
      return;
    }
    if (context.doc().getField(name()) != null) {
      throw new IllegalArgumentException(
          "field [" + name() + "] takes one list of vectors a document, got a second one");
    }
    TokenVectors pooled = pool(given);
    boolean isShownByIndex = pooled.count() == given.count() || parameters.poolingFactor.getValue() == 1;
    for (Field field : MultiVectorField.fields(name(), pooled, fieldType().encoder(),
        parameters.tokenBits.getValue())) {
      if (isShownByIndex && field.name().equals(name())) {
        context.doc().addWithKey(name(), field);
      } else {
        context.doc().add(field);
      }
    }
  }

  private TokenVectors read(ParseContext context) throws IOException {
    int dimension = fieldType().dimension();
    int maxVectors = parameters.maxVectors.getValue();
    return switch (parameters.onExceed.getValue()) {
      case REJECT -> MultiVectorParser.readDocument(context.parser(), dimension, maxVectors, maxVectors);
      case TRUNCATE -> MultiVectorParser.readDocument(context.parser(), dimension, Integer.MAX_VALUE, maxVectors);
      case POOL -> {
        int most = Math.min(MAX_MAX_VECTORS, TokenVectors.MAX_VALUES / dimension);
        yield MultiVectorParser.readDocument(context.parser(), dimension, most, most);
      }
    };
  }

  private TokenVectors pool(TokenVectors given) {
    int factor = parameters.poolingFactor.getValue();
    return TokenPooling.pool(given, Math.min((given.count() + factor - 1) / factor, parameters.maxVectors.getValue()));
  }

  @Override
  public void canDeriveSource() {
    if (parameters.poolingFactor.getValue() > 1) {
      throw new UnsupportedOperationException("field [" + name() + "] of type [" + CONTENT_TYPE
          + "] with a [pooling_factor] above 1 does not keep the vectors from which a source could be derived");
    }
  }

  @Override
  public void deriveSource(XContentBuilder builder, LeafReader reader, int doc) throws IOException {
    TokenVectors vectors = fieldType().vectors(reader, doc);
    if (vectors != null) {
      builder.startArray(simpleName());
      for (int i = 0; i < vectors.count(); i++) {
        builder.value(vectors.vector(i));
      }
      builder.endArray();
    }
  }

  private static MultiEmbeddingFieldMapper in(FieldMapper mapper) {
    return (MultiEmbeddingFieldMapper) mapper;
  }

  /** The parameters of a mapping. */
  public static final class Builder extends ParametrizedFieldMapper.Builder {
    private final Parameter<Integer> dimension = FieldRules.dimension(CONTENT_TYPE, name,
        mapper -> in(mapper).parameters.dimension.getValue());
    private final Parameter<Integer> maxVectors = new Parameter<>("max_vectors", true, this::defaultMaxVectors,
        (field, context, value) -> MappingValues.integer(field, "max_vectors", value, 1, MAX_MAX_VECTORS),
        mapper -> in(mapper).parameters.maxVectors.getValue());
    private final Parameter<OnExceed> onExceed = new Parameter<>("on_exceed", true, () -> OnExceed.REJECT,
        (field, context, value) -> MappingValues.constant(field, "on_exceed", value, OnExceed.class),
        mapper -> in(mapper).parameters.onExceed.getValue());
    private final Parameter<Integer> poolingFactor = new Parameter<>("pooling_factor", true, () -> 1,
        (field, context, value) -> MappingValues.integer(field, "pooling_factor", value, 1, MAX_POOLING_FACTOR),
        mapper -> in(mapper).parameters.poolingFactor.getValue());
    private final Parameter<EncodingParameters> encoding = new Parameter<>("encoding", false,
        () -> EncodingParameters.DEFAULT,
        (field, context, value) -> EncodingParameters.parse(field, value),
        mapper -> in(mapper).parameters.encoding.getValue());
    private final Parameter<Integer> tokenBits = new Parameter<>("token_bits", false, () -> 8,
        (field, context, value) -> MappingValues.oneOf(field, "token_bits", value, List.of(8, 32)),
        mapper -> in(mapper).parameters.tokenBits.getValue());
    private final Parameter<String> model = FieldRules.model(mapper -> in(mapper).parameters.model.getValue());
    private final Parameter<Map<String, String>> meta = Parameter.metaParam();

    private Builder(String name) {
      super(name);
      onExceed.setSerializer((builder, key, value) -> builder.field(key, value.toString()), OnExceed::toString);
      // always, so that an index keeps what it was made with when a later version has another default
      encoding.alwaysSerialize()
          .setSerializer((builder, key, value) -> value.toXContent(builder, key), Object::toString);
      tokenBits.alwaysSerialize();
      model.setSerializerCheck((includeDefaults, configured, value) -> value != null);
    }

    private Integer defaultMaxVectors() {
      return Math.min(DEFAULT_MAX_VECTORS, TokenVectors.MAX_VALUES / dimension.getValue());
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(dimension, maxVectors, onExceed, poolingFactor, encoding, tokenBits, model, meta);
    }

    @Override
    public MultiEmbeddingFieldMapper build(BuilderContext context) {
      String fullName = buildFullName(context);
      if (multiFieldsBuilder.build(this, context).iterator().hasNext()
          || copyTo.build().copyToFields().isEmpty() == false) {
        throw FieldRules.neitherFieldsNorCopies(CONTENT_TYPE, fullName);
      }
      checkSize(fullName);
      encoding.setValue(encoding.getValue().ofDimension(fullName, dimension.getValue()));
      MultiEmbeddingFieldType fieldType = new MultiEmbeddingFieldType(fullName, dimension.getValue(),
          encoding.getValue().encoder(fullName, dimension.getValue()), model.getValue(), meta.getValue());
      return new MultiEmbeddingFieldMapper(name, fieldType, this);
    }

    private void checkSize(String fullName) {
      long numbers = (long) maxVectors.getValue() * dimension.getValue();
      if (numbers > TokenVectors.MAX_VALUES) {
        throw new IllegalArgumentException("[max_vectors] of field [" + fullName + "] with dimension "
            + dimension.getValue() + " must be between 1 and " + TokenVectors.MAX_VALUES / dimension.getValue()
            + ", got [" + maxVectors.getValue() + "]");
      }
    }
  }
}
