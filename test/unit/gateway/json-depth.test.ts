import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isDeeperThan } from "../../../gateway/body/json-depth.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map((member) => depthOf(member)));
}

describe("JSON depth", () => {
  it("is what walking the parsed value finds", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const depth = depthOf(JSON.parse(json));
        const bytes = Buffer.from(json);
        assert.equal(isDeeperThan(bytes, depth), false);
        if (depth > 0) assert.equal(isDeeperThan(bytes, depth - 1), true);
      }),
      { numRuns: 500 },
    );
  });

  it("ignores brackets and quotes in strings", () => {
    const json = JSON.stringify({ text: '[[[{{{"\\"[[' });
    assert.equal(isDeeperThan(Buffer.from(json), 1), false);
  });

  it("of a bomb is found without recursion", () => {
    assert.equal(isDeeperThan(Buffer.from("[".repeat(1_000_000)), 32), true);
    assert.equal(isDeeperThan(Buffer.from(`"${"\\".repeat(999_999)}`), 32), false);
  });
});
