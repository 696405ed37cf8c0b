// Arguments: the node's address. Uses nothing of the client but what its own guide shows, and fails by an exception.
const assert = require('node:assert/strict');
const { Client } = require('@opensearch-project/opensearch');

async function main(node) {
  const client = new Client({ node });
  const index = 'articles';
  await client.indices.create({
    index,
    body: {
      settings: { 'index.embedding.enabled': true, number_of_replicas: 0 },
      mappings: { properties: { title_embedding: { type: 'embedding', dimension: 2 } } },
    },
  });
  try {
    const bus = Buffer.from(new Float32Array([0, 1]).buffer).toString('base64');
    const bulk = await client.helpers.bulk({
      datasource: [
        { id: 'cat', title_embedding: [1, 0] },
        { id: 'bus', title_embedding: bus },
      ],
      onDocument: (document) => ({ index: { _index: index, _id: document.id } }),
      refreshOnCompletion: true,
    });
    assert.equal(bulk.failed, 0);

    const nearest = async (vector) => {
      const { body } = await client.search({ index, body: { query: { nearest: { title_embedding: { vector, k: 1 } } } } });
      return body.hits.hits[0];
    };
    assert.equal((await nearest([1, 0]))._id, 'cat');
    assert.equal((await nearest(bus))._id, 'bus');
    assert.deepEqual((await nearest([1, 0]))._source.title_embedding, [1, 0]);
    assert.equal((await nearest(bus))._source.title_embedding, bus);

    await assert.rejects(nearest([1, 0, 0]), (e) => {
      assert.equal(e.statusCode, 400);
      assert.match(e.body.error.root_cause[0].reason, /takes vectors of dimension 2, got 3/);
      return true;
    });

    const { body: mapping } = await client.indices.getMapping({ index });
    assert.equal(mapping[index].mappings.properties.title_embedding.type, 'embedding');
  } finally {
    await client.indices.delete({ index });
    await client.close();
  }
}

main(process.argv[2]).catch((e) => {
  console.error(e);
  process.exit(1);
});
