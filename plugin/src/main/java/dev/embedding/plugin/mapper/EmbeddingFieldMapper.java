package dev.embedding.plugin.mapper;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.opensearch.common.Explicit;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;

/** Maps type {@code embedding}: one vector a document, an array of numbers or base64 of little-endian float32. */
public final class EmbeddingFieldMapper extends ParametrizedFieldMapper {
  public static final String CONTENT_TYPE = "embedding";

  private final Builder parameters;
  private final FieldType luceneType;

  private EmbeddingFieldMapper(String simpleName, EmbeddingFieldType fieldType, Builder parameters) {
    super(simpleName, fieldType, MultiFields.empty(), CopyTo.empty());
    this.parameters = parameters;
    this.luceneType = KnnFloatVectorField.createFieldType(
        parameters.dimension.getValue(), parameters.similarity.getValue().function);
  }

  /** Parses the field's part of a mapping. */
  public static Builder parse(String name, Map<String, Object> node, Mapper.TypeParser.ParserContext context) {
    FieldRules.check(CONTENT_TYPE, name, node, context, Set.of("similarity"));
    Builder builder = new Builder(name);
    builder.parse(name, context, node);
    return builder;
  }

  public GraphParameters graph() {
    return parameters.graph.getValue();
  }

  public QuantizationParameters quantization() {
    return parameters.quantization.getValue();
  }

  @Override
  public EmbeddingFieldType fieldType() {
    return (EmbeddingFieldType) super.fieldType();
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
  protected void parseCreateField(ParseContext context) throws IOException {
    if (context.parser().currentToken() == Token.VALUE_NULL) {
      return;
    }
    float[] vector = fieldType().check(VectorParser.read(context.parser()));
    if (context.doc().getByKey(name()) != null) {
      throw new IllegalArgumentException("field [" + name() + "] takes one vector a document, got a second one");
    }
    context.doc().addWithKey(name(), new KnnFloatVectorField(name(), vector, luceneType));
  }

  @Override
  public ParametrizedFieldMapper.Builder getMergeBuilder() {
    return new Builder(simpleName()).init(this);
  }

  /** Always: the vector is kept bit for bit. */
  @Override
  public void canDeriveSource() {}

  @Override
  public void deriveSource(XContentBuilder builder, LeafReader reader, int doc) throws IOException {
    FloatVectorValues values = reader.getFloatVectorValues(name());
    if (values == null) {
      return;
    }
    KnnVectorValues.DocIndexIterator documents = values.iterator();
    if (documents.advance(doc) == doc) {
      builder.array(simpleName(), values.vectorValue(documents.index()));
    }
  }

  private static EmbeddingFieldMapper in(FieldMapper mapper) {
    return (EmbeddingFieldMapper) mapper;
  }

  /** The parameters of a mapping. */
  public static final class Builder extends ParametrizedFieldMapper.Builder {
    private final Parameter<Integer> dimension = FieldRules.dimension(CONTENT_TYPE, name,
        mapper -> in(mapper).parameters.dimension.getValue());
    private final Parameter<Similarity> similarity = new Parameter<>("similarity", false, () -> Similarity.COSINE,
        (field, context, value) -> MappingValues.constant(field, "similarity", value, Similarity.class),
        mapper -> in(mapper).parameters.similarity.getValue());
    private final Parameter<QuantizationParameters> quantization = new Parameter<>("quantization", true,
        () -> QuantizationParameters.DEFAULT,
        (field, context, value) -> QuantizationParameters.parse(field, value), mapper -> in(mapper).quantization());
    private final Parameter<GraphParameters> graph = new Parameter<>("graph", true, () -> GraphParameters.DEFAULT,
        (field, context, value) -> GraphParameters.parse(field, value), mapper -> in(mapper).graph());
    private final Parameter<String> model = FieldRules.model(mapper -> in(mapper).parameters.model.getValue());
    private final Parameter<Map<String, String>> meta = Parameter.metaParam();

    private Builder(String name) {
      super(name);
      similarity.setSerializer((builder, key, value) -> builder.field(key, value.toString()), Similarity::toString);
      // always, so that an index keeps what it was made with when a later version has another default
      quantization.alwaysSerialize()
          .setSerializer((builder, key, value) -> value.toXContent(builder, key), Object::toString);
      graph.setSerializer((builder, key, value) -> value.toXContent(builder, key), Object::toString);
      model.setSerializerCheck((includeDefaults, configured, value) -> value != null);
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(dimension, similarity, quantization, graph, model, meta);
    }

    @Override
    public EmbeddingFieldMapper build(BuilderContext context) {
      String fullName = buildFullName(context);
      if (multiFieldsBuilder.build(this, context).iterator().hasNext()
          || copyTo.build().copyToFields().isEmpty() == false) {
        throw FieldRules.neitherFieldsNorCopies(CONTENT_TYPE, fullName);
      }
      quantization.setValue(quantization.getValue().forDimension(fullName, dimension.getValue()));
      EmbeddingFieldType fieldType = new EmbeddingFieldType(fullName, dimension.getValue(),
          similarity.getValue().function, model.getValue(), meta.getValue());
      return new EmbeddingFieldMapper(name, fieldType, this);
    }
  }
}
