import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bucketOf } from "../../../../../worker/runner/tokens/buckets.ts";

describe("the bucket of a row", () => {
  it("holds it, and is at most half as long again beyond the shortest", () => {
    for (let length = 1; length <= 5000; length += 1) {
      const bucket = bucketOf(length);
      assert.ok(
        bucket >= length && (bucket === 8 || bucket < length * 1.5),
        `${length}: ${bucket}`,
      );
    }
  });

  it("is a power of two, or the middle between two", () => {
    const all = new Set(Array.from({ length: 512 }, (_, i) => bucketOf(i + 1)));
    assert.deepEqual([...all], [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]);
  });
});
