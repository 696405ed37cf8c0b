package dev.embedding.plugin.adapter;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.lessThan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.cluster.node.tasks.list.ListTasksResponse;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.indices.breaker.HierarchyCircuitBreakerService;
import org.opensearch.search.SearchHit;
import org.opensearch.tasks.TaskInfo;
import org.opensearch.threadpool.ThreadPool;

import dev.embedding.plugin.ReaderWrappingPlugin;
import dev.embedding.plugin.query.NearestQueryBuilder;
import dev.embedding.search.NearestOptions;

/** Training in a node, from judgements in an index to searches that the adapter filters. */
public class TrainingTests extends AdapterTestCase {
  private static QueryBuilder filtered(String json) {
    return QueryBuilders.wrapperQuery("{\"relevance_filter\": " + json + "}");
  }

  private QueryBuilder nearest(int query) {
    return new NearestQueryBuilder("v", queries.get(query), NearestOptions.ofK(500), null, null, false);
  }

  private SearchResponse searchAll(QueryBuilder query) {
    return client().prepareSearch("documents").setQuery(query).setSize(1000).get();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> rule(Map<String, Object> report, String name) {
    for (Map<String, Object> rule : (List<Map<String, Object>>) report.get("rules")) {
      if (rule.get("rule").equals(name)) {
        return rule;
      }
    }
    throw new AssertionError(name + " in " + report);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<String, Object> map, String key) {
    return (Map<String, Object>) map.get(key);
  }

  public void testATrainedAdapterCutsEachQueryWhereItShould() throws Exception {
    createJudged();
    Map<String, Object> trained = train("learned", BODY);
    assertEquals(trained.toString(), true, trained.get("accepted"));
    assertEquals("adapter", trained.get("stored"));
    Map<String, Object> report = object(trained, "report");
    assertEquals(QUERIES, report.get("judged_queries"));
    assertEquals(QUERIES * DOCUMENTS, report.get("judged_candidates"));
    assertThat((Double) rule(report, "adapter").get("pr_auc"),
        greaterThan((Double) rule(report, "min_cosine").get("pr_auc")));
    double threshold = (Double) rule(report, "adapter").get("threshold");
    assertEquals(Map.of("adapter", "learned", "min_relevance", threshold), report.get("recommended"));
    assertEquals("stored with the adapter", report, get("learned", false).get("report"));

    int right = 0;
    for (int q = 0; q < 20; q++) {
      SearchResponse all = searchAll(nearest(q));
      SearchResponse kept = searchAll(filtered("{\"query\": " + nearest(q) + ", \"adapter\": \"learned\"}"));
      assertThat(kept.getHits().getHits().length, lessThan(all.getHits().getHits().length));
      float last = 1;
      for (SearchHit hit : kept.getHits()) {
        assertThat(hit.getScore(), greaterThanOrEqualTo((float) threshold - 1e-5f));
        assertTrue("in the order of the cosine", hit.getScore() <= last);
        last = hit.getScore();
        right += isRelevant(hit.getId()) ? 1 : -1;
      }
    }
    assertThat("most of what is kept is good", right, greaterThan(20));
  }

  /** By the rule that made the judgements, for the query whose document it is. */
  private static boolean isRelevant(String id) {
    String[] parts = id.split("-", 2);
    return Integer.parseInt(parts[1]) / (DOCUMENTS + 1.0) > leastCosine(Integer.parseInt(parts[0]));
  }

  public void testRulesOfTheReportCanBeAskedFor() throws Exception {
    createJudged();
    Map<String, Object> report = object(train("rules", BODY), "report");
    for (String type : List.of("lift", "z_score")) {
      SearchResponse response = searchAll(filtered("{\"query\": " + nearest(1) + ", \"cutoff\": {\"type\": \"" + type
          + "\", \"min\": " + rule(report, type).get("threshold") + ", \"sample\": \"rules\"}}"));
      assertThat(response.getHits().getHits().length, greaterThan(0));
      assertThat(response.getHits().getHits().length, lessThan(500));
    }
    SearchResponse explained = client().prepareSearch("documents")
        .setQuery(filtered("{\"query\": " + nearest(1) + ", \"adapter\": \"rules\"}"))
        .setExplain(true)
        .get();
    String explanation = explained.getHits().getAt(0).getExplanation().toString();
    for (String part : List.of("cosine", "relevance", "cut, the smallest cosine", "parameter a", "parameter b",
        "parameter min_relevance")) {
      assertThat(explanation, containsString(part));
    }
  }

  public void testInsideOtherQueriesAndAroundThem() throws Exception {
    createJudged();
    train("learned", BODY);
    QueryBuilder filter = filtered("{\"query\": " + nearest(1) + ", \"adapter\": \"learned\"}");
    Set<String> expected = idSet(searchAll(filter));
    assertEquals("in filter context", expected, idSet(searchAll(QueryBuilders.boolQuery().filter(filter))));
    assertEquals("by a score that is not used", expected, idSet(searchAll(QueryBuilders.constantScoreQuery(filter))));
    QueryBuilder odd = QueryBuilders.termQuery("title", "odd");
    Set<String> oddOnes = new HashSet<>();
    for (SearchHit hit : searchAll(QueryBuilders.boolQuery().must(filter).filter(odd)).getHits()) {
      oddOnes.add(hit.getId());
    }
    assertEquals("around another query", oddOnes, idSet(searchAll(filtered("{\"query\": " + odd
        + ", \"field\": \"v\", \"vector\": " + Arrays.toString(queries.get(1))
        + ", \"adapter\": \"learned\", \"score\": \"original\"}"))));
    assertEquals("of all, none", Set.of(), idSet(searchAll(filtered(
        "{\"query\": " + nearest(1) + ", \"cutoff\": {\"type\": \"min_cosine\", \"min\": 1}}"))));
  }

  private static Set<String> idSet(SearchResponse response) {
    return Set.copyOf(ids(response));
  }

  /** The same judgements and seed give the same sample and memory, and weights that do as well. */
  public void testTheSameAgain() throws Exception {
    createJudged();
    Map<String, Object> first = object(train("first", BODY), "report");
    Map<String, Object> second = object(train("second", BODY), "report");
    assertEquals((Double) rule(first, "adapter").get("pr_auc"), (Double) rule(second, "adapter").get("pr_auc"), 0.01);
    for (String part : List.of("sample", "inputs", "dimension")) {
      assertEquals(object(get("first", true), "adapter").get(part), object(get("second", true), "adapter").get(part));
    }
    assertEquals(judged("first"), judged("second"));
    train("third", with("\"seed\": 43"));
    assertNotEquals(judged("first"), judged("third"));
  }

  private Object judged(String name) {
    return object(object(get(name, true), "adapter"), "judged").get("queries");
  }

  public void testEvaluationMeasuresTheSame() throws Exception {
    createJudged();
    Map<String, Object> report = object(train("learned", BODY), "report");
    Map<String, Object> evaluated = object(evaluate("learned", BODY), "report");
    assertEquals(QUERIES * DOCUMENTS, report.get("judged_candidates"));
    assertEquals(QUERIES * DOCUMENTS, evaluated.get("judged_candidates"));
    assertEquals(rule(report, "min_cosine"), rule(evaluated, "min_cosine"));
    assertThat("not held out, so better", (Double) rule(evaluated, "adapter").get("pr_auc"),
        greaterThanOrEqualTo((Double) rule(report, "adapter").get("pr_auc") - 0.01));
    assertEquals(1, get("learned", false).get("version"));
    assertFails(RestStatus.NOT_FOUND, () -> evaluate("missing", BODY), "no adapter [missing]");
  }

  private Map<String, Object> evaluate(String name, String json) throws Exception {
    return map(client().execute(EvaluateAdapter.ACTION, new TrainingRequest(name, spec(json))).actionGet());
  }

  public void testEvaluationNeedsAFieldThatTheAdapterFits() throws Exception {
    createJudged();
    for (String[] unfit : new String[][] {
        {"\"dimension\": 4", "for vectors of dimension 4, the field's have 8"},
        {"\"dimension\": 8, \"similarity\": \"euclidean\"", "similarity [euclidean], the field has [cosine]"},
        {"\"dimension\": 8, \"model\": \"e5\"", "model [e5], the field holds vectors of no named model"}}) {
      put("unfit", adapter(unfit[0]));
      assertFails(RestStatus.BAD_REQUEST, () -> evaluate("unfit", BODY),
          "adapter [unfit] does not fit field [v]: it is for ", unfit[1]);
    }
    put("fit", adapter("\"dimension\": 8"));
    assertEquals("fit", evaluate("fit", BODY).get("name"));
  }

  public void testWhatIsNotBetterIsRefusedUnlessForced() throws Exception {
    createJudged();
    contradictAll();
    Map<String, Object> refused = train("coin", BODY);
    assertEquals(refused.toString(), false, refused.get("accepted"));
    assertEquals("sample", refused.get("stored"));
    assertFails(RestStatus.BAD_REQUEST,
        () -> searchAll(filtered("{\"query\": " + nearest(0) + ", \"adapter\": \"coin\"}")),
        "[coin] has learned nothing");
    assertNotNull(searchAll(filtered("{\"query\": " + nearest(0)
        + ", \"cutoff\": {\"type\": \"lift\", \"min\": 0.1, \"sample\": \"coin\"}}")));

    Map<String, Object> forced = train("coin", with("\"force\": true"));
    assertEquals(true, forced.get("accepted"));
    assertEquals(2, forced.get("version"));
    assertNotNull(searchAll(filtered("{\"query\": " + nearest(0) + ", \"adapter\": \"coin\"}")));
    Map<String, Object> again = train("coin", BODY);
    assertEquals("nothing", again.get("stored"));
    assertEquals("what was trained stays", 2, get("coin", false).get("version"));
  }

  /** Every document of every query is said to be relevant by one, and not to be by another. */
  private void contradictAll() {
    for (int q = 0; q < QUERIES; q++) {
      List<String> good = new ArrayList<>();
      List<String> bad = new ArrayList<>();
      for (int i = 1; i <= DOCUMENTS; i++) {
        (randomBoolean() ? good : bad).add("\"" + q + "-" + i + "\"");
      }
      for (int twice = 0; twice < 2; twice++) {
        index("judged", null, judgement(queries.get(q), good, 1));
        index("judged", null, judgement(queries.get(q), bad, 0));
      }
    }
    refresh("judged");
  }

  public void testJudgementsFromWhichNothingCanBeLearned() throws Exception {
    createJudged();
    createIndex("few");
    assertFails(RestStatus.BAD_REQUEST, () -> train("few", BODY.replace("judged\"", "few\"")),
        "at least 10 judged queries are needed, got 0");
    index("few", "one", judgement(queries.get(0), List.of("\"0-1\""), 1));
    refresh("few");
    assertFails(RestStatus.BAD_REQUEST, () -> train("few", BODY.replace("judged\"", "few\"")),
        "at least 10 judged queries are needed, got 1");
    assertFails(RestStatus.BAD_REQUEST, () -> train("few", BODY.replace("\"rating\": \"rating\"", "\"min_rating\": 0")),
        "all of the 660 judged candidates are relevant");
    assertFails(RestStatus.BAD_REQUEST,
        () -> train("few", BODY.replace("\"rating\": \"rating\"", "\"rating\": \"rating\", \"min_rating\": 5")),
        "none of the 660 judged candidates are relevant");
    assertFails(RestStatus.NOT_FOUND, () -> get("few", false), "no adapter [few]");
  }

  public void testQueriesWithoutAnAnswer() throws Exception {
    createJudged();
    for (int q = 0; q < 20; q++) {
      float[] query = queries.get(q).clone();
      query[3] += 0.7f;
      index("judged", null, judgement(query, List.of(), 0).replace(", \"documents\": []", ""));
    }
    refresh("judged");
    Map<String, Object> report = object(train("negative",
        BODY.replace("700", "20").replace("\"rating\"}", "\"rating\", \"unjudged\": \"negative\"}")), "report");
    assertEquals(20, report.get("queries_without_answer"));
    assertEquals((QUERIES + 20) * 20, report.get("judged_candidates"));
    assertNotNull(rule(report, "adapter").get("empty_without_answer"));
    report = object(train("ignore", BODY.replace("700", "20")), "report");
    assertEquals("also where what is not judged is left out", 20, report.get("queries_without_answer"));
    assertTrue((int) report.get("judged_candidates") < (QUERIES + 20) * 20);
  }

  private double averagePrecision(int weightOfRelevant) throws Exception {
    String index = "weighted-" + weightOfRelevant;
    createIndexWithMappingSource(index, Settings.EMPTY, "{\"enabled\": false}");
    for (SearchHit hit : client().prepareSearch("judged").setSize(2 * QUERIES).get().getHits()) {
      String judgement = hit.getSourceAsString();
      int weight = judgement.contains("\"rating\": 1") ? weightOfRelevant : 1;
      index(index, null, judgement.replace("}", ", \"clicks\": " + weight + "}"));
    }
    refresh(index);
    Map<String, Object> report = object(train(index, BODY.replace("\"judged\"", "\"" + index + "\"")
        .replace("\"rating\"}", "\"rating\", \"weight\": \"clicks\"}")), "report");
    return (Double) rule(report, "min_cosine").get("pr_auc");
  }

  public void testAJudgementCountsAsOftenAsItsWeightSays() throws Exception {
    createJudged();
    double once = (Double) rule(object(train("once", BODY), "report"), "min_cosine").get("pr_auc");
    assertEquals(once, averagePrecision(1), 1e-9);
    double tenTimes = averagePrecision(10);
    assertThat("what is relevant weighs more", tenTimes, greaterThan(once + 0.05));
  }

  public void testClicksHaveWeights() throws Exception {
    createJudged();
    client().admin().indices().prepareDelete("judged").get();
    createIndexWithMappingSource("judged", Settings.EMPTY, "{\"enabled\": false}");
    for (String weight : List.of("0", "-1", "\"x\"", "null", "1e10")) {
      index("judged", "weighted", judgement(queries.get(0), List.of("\"0-1\""), 1).replace("}",
          ", \"clicks\": " + weight + "}"));
      refresh("judged");
      assertFails(RestStatus.BAD_REQUEST, () -> train("clicks",
          BODY.replace("\"rating\"}", "\"rating\", \"weight\": \"clicks\"}")), "[clicks]");
    }
  }

  public void testJudgementsThatAreWrongAreNamed() throws Exception {
    createJudged();
    for (String[] wrong : new String[][] {
        {"{\"documents\": \"1\", \"rating\": 1}", "no vector in [query]"},
        {"{\"query\": [1, 2], \"documents\": \"1\", \"rating\": 1}", "dimension 8, got 2"},
        {"{\"query\": [1, 2, 3, 4, 5, 6, 7, {}], \"documents\": \"1\", \"rating\": 1}", "must hold numbers"},
        {"{\"query\": [0, 0, 0, 0, 0, 0, 0, 0], \"documents\": \"1\", \"rating\": 1}", "length zero"},
        {"{\"query\": \"AAAA\", \"documents\": \"1\", \"rating\": 1}", "base64"},
        {"{\"query\": [1, 2, 3, 4, 5, 6, 7, 8], \"documents\": \"1\", \"rating\": \"good\"}", "[rating]"},
        {"{\"query\": [1, 2, 3, 4, 5, 6, 7, 8], \"documents\": \"1\"}", "[rating]"},
        {"{\"query\": [1, 2, 3, 4, 5, 6, 7, 8], \"documents\": {\"id\": 1}, \"rating\": 1}", "[documents]"}}) {
      client().admin().indices().prepareDelete("judged").get();
      createIndexWithMappingSource("judged", Settings.EMPTY, "{\"enabled\": false}");
      index("judged", "wrong", wrong[0]);
      refresh("judged");
      assertFails(RestStatus.BAD_REQUEST, () -> train("wrong", BODY), "judgement [wrong] of [judged]: ", wrong[1]);
    }
  }

  public void testIndicesAndFieldsThatAreNotThere() throws Exception {
    createJudged();
    createIndexWithMappingSource("other", Settings.EMPTY, "{\"properties\": {\"v\": {\"type\": \"text\"}}}");
    assertFails(RestStatus.NOT_FOUND, () -> train("a", BODY.replace("documents\", \"f", "missing\", \"f")),
        "[missing]");
    assertFails(RestStatus.NOT_FOUND, () -> train("a", BODY.replace("documents\", \"f", "missing*\", \"f")),
        "missing*");
    assertFails(RestStatus.NOT_FOUND, () -> train("a", BODY.replace("judged\"", "missing\"")), "[missing]");
    assertFails(RestStatus.BAD_REQUEST, () -> train("a", BODY.replace("documents\", \"f", "other\", \"f")),
        "[v] of index [other] is of type [text]");
    assertFails(RestStatus.BAD_REQUEST, () -> train("a", BODY.replace("\"v\"", "\"w\"")), "[w]", "not mapped");
    create("empty", settings(), "{\"properties\": {\"v\": {\"type\": \"embedding\", \"dimension\": 8}}}");
    assertFails(RestStatus.BAD_REQUEST, () -> train("a", BODY.replace("documents\", \"f", "empty\", \"f")),
        "has no vectors");
  }

  public void testTheSampleIsWhatTheCallerSees() throws Exception {
    create("documents", settings().put(ReaderWrappingPlugin.HIDE_DOCUMENTS.getKey(), "hidden"), """
        {"properties": {"v": {"type": "embedding", "dimension": 2}, "hidden": {"type": "integer"}}}""");
    for (int i = 0; i < 40; i++) {
      client().prepareIndex("documents")
          .setSource(i < 10 ? "{\"v\": [1, 0]}" : "{\"v\": [0, 1], \"hidden\": 1}", XContentType.JSON)
          .get();
    }
    refresh("documents");
    Map<String, Object> drawn = sample("seen", "documents");
    assertEquals(10, drawn.get("sample_size"));
    QueryCalibration statistics = calibrate("seen", new float[] {1, 0});
    assertEquals("of visible documents only", 1, statistics.statistics().mean(), 1e-6);
    for (int i = 0; i < 100; i++) {
      client().prepareIndex("documents").setSource("{\"v\": [-1, 0]}", XContentType.JSON).get();
    }
    refresh("documents");
    assertEquals("and stays what it is", statistics, calibrate("seen", new float[] {1, 0}));
  }

  private Map<String, Object> sample(String name, String index) throws Exception {
    TrainingSpec spec = TrainingSpecParser.ofSample(parser("{\"index\": \"" + index + "\", \"field\": \"v\"}"));
    return map(client().execute(SampleAdapter.ACTION, new TrainingRequest(name, spec)).actionGet());
  }

  private QueryCalibration calibrate(String name, float[] vector) {
    PlainActionFuture<QueryCalibration> future = PlainActionFuture.newFuture();
    getInstanceFromNode(AdapterIndex.class).calibrate(name, vector, true, future);
    return future.actionGet();
  }

  public void testASampleReplacesNothingThatWasTrained() throws Exception {
    createJudged();
    sample("a", "documents");
    sample("a", "documents");
    train("a", with("\"force\": true"));
    assertFails(RestStatus.BAD_REQUEST, () -> sample("a", "documents"), "[a] was trained");
  }

  public void testOneTrainingUnderAName() throws Exception {
    createJudged();
    CountDownLatch go = new CountDownLatch(1);
    occupyThread(go);
    ActionFuture<AdapterResponse> first = client().execute(TrainAdapter.ACTION, new TrainingRequest("one", spec(BODY)));
    assertFails(RestStatus.CONFLICT, () -> train("one", BODY), "[one] is being trained already");
    go.countDown();
    assertEquals(true, map(first.actionGet()).get("accepted"));
    assertEquals("the name is free again", 2, train("one", BODY).get("version"));
  }

  /** Returns when the thread has begun to wait, and the queue is empty. */
  private void occupyThread(CountDownLatch until) throws InterruptedException {
    CountDownLatch occupied = new CountDownLatch(1);
    getInstanceFromNode(ThreadPool.class).executor(TrainingTransport.POOL).execute(() -> {
      occupied.countDown();
      try {
        until.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    occupied.await();
  }

  public void testManyTrainingsAreTurnedAway() throws Exception {
    createJudged();
    CountDownLatch go = new CountDownLatch(1);
    occupyThread(go);
    List<ActionFuture<AdapterResponse>> waiting = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      waiting.add(client().execute(TrainAdapter.ACTION,
          new TrainingRequest("x" + i, spec(BODY.replace("judged\"", "missing\"")))));
    }
    assertFails(RestStatus.TOO_MANY_REQUESTS, () -> train("more", BODY), "embedding_training");
    go.countDown();
    for (ActionFuture<AdapterResponse> each : waiting) {
      assertFails(RestStatus.NOT_FOUND, each::actionGet, "[missing]");
    }
    assertEquals("the name is free", true, train("more", BODY).get("accepted"));
  }

  /** The judgements take 6 MB: there is room for the first of them. */
  public void testATrainingThatFindsNoRoomGivesBackWhatItTook() throws Exception {
    createJudged();
    CircuitBreaker breaker = getInstanceFromNode(CircuitBreakerService.class).getBreaker(CircuitBreaker.REQUEST);
    long before = breaker.getUsed();
    index("judged", "many",
        judgement(queries.get(0), IntStream.range(0, 35_000).mapToObj(i -> "\"no" + i + "\"").toList(),
            1));
    refresh("judged");
    limitRequests("4mb");
    assertFails(RestStatus.TOO_MANY_REQUESTS, () -> train("large", BODY),
        "[request] Data too large, data for [training of an adapter]");
    limitRequests(null);
    assertEquals(before, breaker.getUsed());
    assertFails(RestStatus.NOT_FOUND, () -> get("large", false), "no adapter");
    assertEquals("the name is free", true, train("large", BODY).get("accepted"));
    assertEquals("nor is anything kept by a training that succeeds", before, breaker.getUsed());
  }

  private void limitRequests(String limit) {
    client().admin()
        .cluster()
        .prepareUpdateSettings()
        .setTransientSettings(Settings.builder()
            .put(HierarchyCircuitBreakerService.REQUEST_CIRCUIT_BREAKER_LIMIT_SETTING.getKey(), limit))
        .get();
  }

  public void testMoreJudgedCandidatesThanATrainingTakes() throws Exception {
    createJudged();
    BulkRequestBuilder bulk = client().prepareBulk();
    for (int i = QUERIES * DOCUMENTS; i < 1000; i++) {
      bulk.add(client().prepareIndex("documents").setSource(document(queries.get(0), "more"), XContentType.JSON));
    }
    for (int i = 0; i < 2001; i++) {
      float[] query = queries.get(0).clone();
      query[1] += i * 1e-3f;
      bulk.add(client().prepareIndex("judged").setSource(judgement(query, List.of(), 0), XContentType.JSON));
    }
    assertFalse(bulk.setRefreshPolicy(RefreshPolicy.IMMEDIATE).get().hasFailures());
    assertFails(RestStatus.BAD_REQUEST, () -> train("many", BODY.replace("700", "1000")),
        "more than 2000000 judged candidates; take fewer queries or a smaller [candidates]");
  }

  public void testATrainingCanBeCancelled() throws Exception {
    createJudged();
    CountDownLatch go = new CountDownLatch(1);
    occupyThread(go);
    ActionFuture<AdapterResponse> training = client().execute(TrainAdapter.ACTION,
        new TrainingRequest("cancelled", spec(BODY)));
    ListTasksResponse tasks = tasks();
    assertEquals(1, tasks.getTasks().size());
    assertThat(tasks.getTasks().get(0).getDescription(), containsString("adapter [cancelled] for field [v]"));
    assertThat(tasks.getTasks().get(0).getStatus().toString(), containsString("wait"));
    client().admin().cluster().prepareCancelTasks().setActions(TrainAdapter.ACTION.name()).get();
    go.countDown();
    assertFails(RestStatus.CONFLICT, training::actionGet, "cancelled: by user request; nothing was stored");
    assertFails(RestStatus.NOT_FOUND, () -> get("cancelled", false), "no adapter");
  }

  /** Also when it is at work already. */
  public void testATrainingAtWorkCanBeCancelled() throws Exception {
    createJudged();
    ActionFuture<AdapterResponse> training = client().execute(TrainAdapter.ACTION,
        new TrainingRequest("cancelled", spec(BODY)));
    waitUntilAtWork();
    client().admin().cluster().prepareCancelTasks().setActions(TrainAdapter.ACTION.name()).get();
    assertFails(RestStatus.CONFLICT, training::actionGet, "nothing was stored");
  }

  private void waitUntilAtWork() {
    String status = "";
    while (status.contains("train") == false) {
      List<TaskInfo> running = tasks().getTasks();
      assertEquals("it has not ended yet", 1, running.size());
      status = running.get(0).getStatus().toString();
    }
  }

  /** The same curve for every query. */
  private static String adapter(String space) {
    return "{" + space + ", \"map\": \"linear\", \"inputs\": [], \"threshold\": 0.5, "
        + "\"layers\": [{\"op\": \"linear\", \"bias\": \"AABAQQAAAME=\"}]}";
  }

  public void testAnAdapterThatWasPutDuringATrainingStays() throws Exception {
    createJudged();
    put("other", adapter("\"dimension\": 8")); // The index is there.
    ActionFuture<AdapterResponse> training = client().execute(TrainAdapter.ACTION,
        new TrainingRequest("changed", spec(BODY)));
    waitUntilAtWork();
    put("changed", adapter("\"dimension\": 8"));
    assertFails(RestStatus.CONFLICT, training::actionGet, "[changed] was changed by another request meanwhile");
    assertEquals(1, get("changed", false).get("version"));
    assertFalse("it is the one that was put", get("changed", false).containsKey("report"));
  }

  /** Whatever stands in the index of adapters: who asks for it is told its name, and it can be replaced. */
  public void testAStoredDocumentThatCannotBeRead() throws Exception {
    createJudged();
    put("broken", adapter("\"dimension\": 8"));
    String filter = "{\"query\": " + nearest(0) + ", \"adapter\": \"broken\"}";
    String part = "adapter [broken] cannot be read from [.embedding-adapters]: ";
    String good = adapter("\"dimension\": 8");
    for (String broken : List.of("{}", "{\"created\": \"2026-11-21\"}", "{\"adapter\": " + good + "}",
        "{\"created\": null, \"adapter\": " + good + "}", "{\"created\": \"2026-11-21\", \"adapter\": {}}",
        "{\"created\": \"2026-11-21\", \"adapter\": {\"dimension\": 8}}",
        "{\"created\": \"2026-11-21\", \"adapter\": null}",
        "{\"created\": \"2026-11-21\", \"adapter\": " + good.replace("AABAQQ", "AADAfw") + "}")) {
      index(AdapterIndex.NAME, "broken", broken);
      assertFails(RestStatus.BAD_REQUEST, () -> get("broken", false), part);
      assertFails(RestStatus.BAD_REQUEST, () -> searchAll(filtered(filter)), part);
      assertFails(RestStatus.BAD_REQUEST, () -> evaluate("broken", BODY), part);
    }
    put("broken", good);
    assertNotNull(searchAll(filtered(filter)));
  }

  private ListTasksResponse tasks() {
    return client().admin().cluster().prepareListTasks().setActions(TrainAdapter.ACTION.name()).setDetailed(true).get();
  }

  /** Runs something that fails. */
  interface Failing {
    Object run() throws Exception;
  }

  static void assertFails(RestStatus status, Failing failing, String... parts) {
    Exception e = expectThrows(Exception.class, failing::run);
    String all = ExceptionsHelper.stackTrace(e);
    assertEquals(all, status, ExceptionsHelper.status(ExceptionsHelper.unwrapCause(e)));
    for (String part : parts) {
      assertThat(all, containsString(part));
    }
  }
}
