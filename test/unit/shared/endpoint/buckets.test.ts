import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { reassigned, variantAt, type Buckets } from "../../../../shared/endpoint/buckets.ts";
import { BUCKETS, bucketCounts } from "../../../../shared/endpoint/definition.ts";

/** How many of the 10,000 each has. */
function counted(buckets: Buckets): Map<string, number> {
  const all = new Map<string, number>();
  for (const { variant, count } of buckets) all.set(variant, (all.get(variant) ?? 0) + count);
  return all;
}

/** Some of eight variants with what they are to have, 10,000 together. */
const wanted = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 1000 })), {
    minLength: 1,
    maxLength: 8,
    selector: ([variant]) => variant,
  })
  .map((weights) => {
    const sum = weights.reduce((total, [, weight]) => total + weight, 0);
    const counts = weights.map(([, weight]) => Math.floor((weight / sum) * BUCKETS));
    const rest = BUCKETS - counts.reduce((total, count) => total + count, 0);
    return new Map(
      weights.map(([variant], i) => [`v${variant}`, (counts[i] ?? 0) + (i === 0 ? rest : 0)]),
    );
  });

describe("buckets", () => {
  it("are shared out as wanted, whatever was before, and no more of them move than must", () => {
    fc.assert(
      fc.property(fc.array(wanted, { minLength: 1, maxLength: 6 }), (changes) => {
        let buckets: Buckets = [];
        for (const change of changes) {
          const before = buckets;
          buckets = reassigned(before, change);
          const now = counted(buckets);
          for (const [variant, count] of change) assert.equal(now.get(variant) ?? 0, count);
          if (before.length === 0) continue;
          let moved = 0;
          for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
            if (variantAt(before, bucket) !== variantAt(buckets, bucket)) moved += 1;
          }
          const had = counted(before);
          const grown = [...now].map(([name, count]) => Math.max(0, count - (had.get(name) ?? 0)));
          assert.equal(
            moved,
            grown.reduce((total, count) => total + count, 0),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it("stay as they are when nothing changes", () => {
    const definition = {
      variants: [
        { name: "blue", model: "m@1", share: 70, type: "control" },
        { name: "green", model: "m@2", share: 20.25, type: "treatment" },
      ],
      default: "blue",
    } as const;
    const buckets = reassigned([], bucketCounts(definition));
    assert.deepEqual(buckets, [
      { variant: "blue", count: 7975 },
      { variant: "green", count: 2025 },
    ]);
    assert.deepEqual(reassigned(buckets, bucketCounts(definition)), buckets);
  });

  it("end at 9999", () => {
    assert.throws(() => variantAt([{ variant: "blue", count: BUCKETS }], BUCKETS), RangeError);
  });
});
