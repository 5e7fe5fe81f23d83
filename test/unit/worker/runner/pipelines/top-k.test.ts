import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { softmax, topK } from "../../../../../worker/runner/pipelines/top-k.ts";

const floats = fc.float32Array({ minLength: 1, maxLength: 60, noNaN: true });

describe("topK", () => {
  it("is the head of a stable sort", () => {
    fc.assert(
      fc.property(floats, fc.integer({ min: 1, max: 70 }), (values, k) => {
        const sorted = [...values.keys()].toSorted((a, b) => {
          const [x = 0, y = 0] = [values[a], values[b]];
          return x === y ? a - b : x > y ? -1 : 1;
        });
        assert.deepEqual(topK(values, k), sorted.slice(0, k));
      }),
    );
  });

  it("puts NaN last", () => {
    assert.deepEqual(topK(Float32Array.of(Number.NaN, -1, 5), 3), [2, 1, 0]);
  });
});

describe("softmax", () => {
  it("sums to one and keeps the order, also for huge values", () => {
    const result = softmax(Float32Array.of(1000, 1001, -1000));
    assert.ok(Math.abs(result.reduce((a, b) => a + b, 0) - 1) < 1e-6);
    assert.ok((result[1] ?? 0) > (result[0] ?? 0));
    assert.equal(result[2], 0);
  });
});
