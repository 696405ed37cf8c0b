package dev.embedding.plugin.query;

import java.io.IOException;
import java.util.Objects;

import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;

import dev.embedding.multivector.TokenVectors;
import dev.embedding.plugin.mapper.MultiEmbeddingFieldType;

/** Another query, with a note for {@link TokenHitsPhase} of what is to be shown with its hits. */
final class TokenHitsQuery extends Query {
  private final Query in;
  private final MultiEmbeddingFieldType field;
  private final TokenVectors vectors;
  private final int count;

  /**
   * @param vectors the query's, that are compared with those of a hit
   * @param count how many vectors of a hit are shown at most
   */
  TokenHitsQuery(Query in, MultiEmbeddingFieldType field, TokenVectors vectors, int count) {
    this.in = in;
    this.field = field;
    this.vectors = vectors;
    this.count = count;
  }

  MultiEmbeddingFieldType field() {
    return field;
  }

  TokenVectors vectors() {
    return vectors;
  }

  int count() {
    return count;
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query rewritten = in.rewrite(searcher);
    if (rewritten instanceof MatchNoDocsQuery) {
      return rewritten;
    }
    return rewritten.equals(in) ? this : new TokenHitsQuery(rewritten, field, vectors, count);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
    return searcher.createWeight(in, scoreMode, boost);
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
    in.visit(visitor.getSubVisitor(Occur.MUST, this));
  }

  @Override
  public String toString(String defaultField) {
    return in.toString(defaultField);
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && equalsTo((TokenHitsQuery) other);
  }

  private boolean equalsTo(TokenHitsQuery other) {
    return count == other.count && in.equals(other.in) && field.equals(other.field) && vectors.equals(other.vectors);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), in, field, vectors, count);
  }
}
