package dev.embedding.relevance;

/** An adapter, trained on all judged queries, and what was measured of such adapters on held-out ones. */
public record TrainedAdapter(CosineAdapter adapter, TrainingReport report) {}
