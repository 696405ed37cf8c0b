package dev.embedding.search;

/**
 * What a {@link MaxSimSearch} found.
 *
 * @param hits with scores by MaxSim, or by the encodings if they were not ranked again
 * @param candidates with scores by the encodings; null if all documents that were accepted were compared exactly
 */
record MaxSimHits(NearestHits hits, NearestHits candidates) {}
