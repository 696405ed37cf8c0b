/**
 * What a user sees over REST, against a real node with the zip installed by the real plugin CLI, and k-NN beside it.
 *
 * <p>The YAML files under {@code rest-api-spec/test} are meant to be read as a manual: one behaviour each, errors in a
 * file of their own.
 */
package dev.embedding.rest;
