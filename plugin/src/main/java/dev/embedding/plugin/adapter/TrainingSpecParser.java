package dev.embedding.plugin.adapter;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

import org.opensearch.core.xcontent.XContentParser;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.embedding.plugin.StrictParser;
import dev.embedding.relevance.CosineMap;
import dev.embedding.relevance.TrainerOptions;

/** Reads a {@link TrainingSpec} from JSON, strictly. */
final class TrainingSpecParser {
  private static final TrainerOptions DEFAULT = TrainerOptions.DEFAULT;
  private static final Set<String> SAMPLE = Set.of("index", "field", "sample_size", "seed");
  private static final Set<String> EVALUATE = Set.of("index", "field", "candidates", "judgements", "target_recall");
  private static final Set<String> TRAIN = Set.of("index", "field", "candidates", "judgements", "target_recall",
      "sample_size", "seed", "map", "inputs", "force");

  /** Measured to be as good as twice as many, and what a query is compared with every time. */
  private static final int DEFAULT_SAMPLE_SIZE = 128;
  private static final int DEFAULT_CANDIDATES = 100;

  private final StrictParser values;
  private final Set<String> known;

  private String index;
  private String field;
  private int candidates = DEFAULT_CANDIDATES;
  private TrainingSpec.Judgements judgements;
  private CosineMap map = DEFAULT.map();
  private Set<String> inputs = Set.of("judged", "sample");
  private double targetRecall = DEFAULT.targetRecall();
  private long seed = DEFAULT.seed();
  private int sampleSize = DEFAULT_SAMPLE_SIZE;
  private boolean force;

  private String judgementsIndex;
  private String queryVector;
  private String document;
  private String rating;
  private double minRating = 1;
  private String weight;
  private boolean negative;

  private TrainingSpecParser(XContentParser parser, Set<String> known) {
    this.values = new StrictParser(parser);
    this.known = known;
  }

  static TrainingSpec ofSample(XContentParser parser) throws IOException {
    return new TrainingSpecParser(parser, SAMPLE).parse(parser);
  }

  static TrainingSpec ofEvaluation(XContentParser parser) throws IOException {
    return new TrainingSpecParser(parser, EVALUATE).parse(parser);
  }

  static TrainingSpec ofTraining(XContentParser parser) throws IOException {
    return new TrainingSpecParser(parser, TRAIN).parse(parser);
  }

  private TrainingSpec parse(XContentParser parser) throws IOException {
    try {
      parser.nextToken();
      values.object(this::parseParameter);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not readable: " + e.getOriginalMessage(), e);
    }
    if (known.contains("judgements") && judgements == null) {
      throw new IllegalArgumentException("[judgements] is required, an object with [index], [query_vector] and more");
    }
    TrainerOptions options = new TrainerOptions(map, inputs.contains("vector"), inputs.contains("judged"),
        inputs.contains("sample"), targetRecall, seed);
    return new TrainingSpec(index, field, candidates, judgements, options, sampleSize, force);
  }

  private void parseParameter(String parameter) throws IOException {
    if (known.contains(parameter) == false) {
      throw new IllegalArgumentException("unknown parameter, known are " + new TreeSet<>(known));
    }
    switch (parameter) {
      case "index" -> index = values.text();
      case "field" -> field = values.text();
      case "candidates" -> candidates = values.integer(1, TrainingSpec.MAX_CANDIDATES);
      case "judgements" -> parseJudgements();
      case "map" -> map = CosineMap.of(values.text());
      case "inputs" -> inputs = inputs();
      case "target_recall" -> targetRecall = values.number(0.5, 1);
      case "seed" -> seed = values.integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
      case "sample_size" -> sampleSize = values.integer(1, AdapterJson.MAX_SAMPLE_SIZE);
      case "force" -> force = values.bool();
      default -> throw new IllegalStateException(parameter);
    }
  }

  private Set<String> inputs() throws IOException {
    Set<String> names = new TreeSet<>();
    values.array(() -> {
      String name = values.text();
      if (AdapterJson.INPUTS.contains(name) == false || names.add(name) == false) {
        throw new IllegalArgumentException(
            "must be some of " + new TreeSet<>(AdapterJson.INPUTS) + ", each once, got [" + name + "]");
      }
    });
    return names;
  }

  private void parseJudgements() throws IOException {
    values.object(parameter -> {
      switch (parameter) {
        case "index" -> judgementsIndex = values.text();
        case "query_vector" -> queryVector = values.text();
        case "document" -> document = values.text();
        case "rating" -> rating = values.text();
        case "min_rating" -> minRating = values.number(-Double.MAX_VALUE, Double.MAX_VALUE);
        case "weight" -> weight = values.text();
        case "unjudged" -> negative = negative();
        default -> throw new IllegalArgumentException("unknown parameter, known are "
            + "[index, query_vector, document, rating, min_rating, weight, unjudged]");
      }
    });
    judgements = new TrainingSpec.Judgements(judgementsIndex, queryVector, document, rating, minRating, weight,
        negative);
  }

  private boolean negative() throws IOException {
    String name = values.text();
    return switch (name) {
      case "negative" -> true;
      case "ignore" -> false;
      default -> throw new IllegalArgumentException("must be ignore or negative, got [" + name + "]");
    };
  }
}
