import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { limitBroken } from "../../../../gateway/http/json-limits.ts";

interface Size {
  readonly depth: number;
  readonly containers: number;
  readonly members: number;
}

function sizeOf(value: unknown): Size {
  if (typeof value !== "object" || value === null) return { depth: 0, containers: 0, members: 0 };
  const inner = Object.values(value).map((member) => sizeOf(member));
  const sum = (of: (size: Size) => number): number => inner.reduce((all, one) => all + of(one), 0);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    containers: 1 + sum(({ containers }) => containers),
    members: (Array.isArray(value) ? 0 : inner.length) + sum(({ members }) => members),
  };
}

const NONE = { depth: 0, containers: 0, members: 0 };
const DEEP = { depth: 32, containers: 2_000_000, members: 1_000_000 };

describe("the limits of JSON", () => {
  it("count what walking the parsed value finds", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const size = sizeOf(JSON.parse(json));
        const bytes = Buffer.from(json);
        assert.equal(limitBroken(bytes, size), undefined);
        for (const limit of ["depth", "containers", "members"] as const) {
          if (size[limit] === 0) continue;
          const tight = { ...size, [limit]: size[limit] - 1 };
          assert.equal(limitBroken(bytes, tight), limit);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("ignore brackets, colons and quotes in strings", () => {
    const text = JSON.stringify('[[[{{{"\\"[[:::');
    assert.equal(limitBroken(Buffer.from(text), NONE), undefined);
  });

  it("find a bomb without recursion", () => {
    assert.equal(limitBroken(Buffer.from("[".repeat(1_000_000)), DEEP), "depth");
    assert.equal(limitBroken(Buffer.from(`"${"\\".repeat(999_999)}`), DEEP), undefined);
    assert.equal(limitBroken(Buffer.from("[],".repeat(2_000_001)), DEEP), "containers");
    assert.equal(limitBroken(Buffer.from('"a":1,'.repeat(1_000_001)), DEEP), "members");
  });
});
