import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { embeddingVersions } from "../../../../../../shared/model/pipelines/text-embedding/compare.ts";

const { compare, isRight } = embeddingVersions;
const output = (...embedding: number[]): unknown => ({ embedding, tokens: 3, truncated: false });

describe("embeddings of two versions", () => {
  it("agree where they point the same way, whatever their lengths", () => {
    assert.equal(compare(output(2, 0), output(1, 0.01)).difference, undefined);
    assert.match(compare(output(1, 0), output(1, 1)).difference ?? "", /a cosine of 0\.7071$/);
    assert.match(compare(output(1), output(1, 1)).difference ?? "", /1 numbers instead of 2$/);
  });

  it("are read in base64 as well, and are right beside a truth that is one", () => {
    const base64 = Buffer.from(Float32Array.of(3, 4).buffer).toString("base64");
    assert.equal(compare({ embedding: base64 }, output(0.6, 0.8)).difference, undefined);
    assert.ok(isRight({ embedding: base64 }, [0.6, 0.8]));
    assert.ok(!isRight({ embedding: base64 }, [0.8, -0.6]));
  });
});
