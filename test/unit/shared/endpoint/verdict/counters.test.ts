import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  counterFields,
  countersOf,
  incrementsOf,
  incrementsOfTruth,
} from "../../../../../shared/endpoint/verdict/counters.ts";
import { sizeOf, type Pair } from "../../../../../shared/endpoint/verdict/pair.ts";
import { ComparisonHash } from "../../../../support/comparison-hash.ts";

const bothSides = <T>(one: fc.Arbitrary<T>) => fc.record({ live: one, candidate: one });
const ms = fc.double({ min: 0, max: 1e8, noNaN: true });
const pairs: fc.Arbitrary<Pair> = fc.record({
  failed: bothSides(fc.boolean()),
  comparison: fc.option(
    fc.record({
      difference: fc.option(fc.constant("/label: b instead of a"), { nil: undefined }),
      // In binary steps, whose sums are exact in any order.
      largest: fc.nat(1000).map((n) => n / 8),
    }),
    { nil: undefined },
  ),
  ranMs: fc.option(bothSides(ms), { nil: undefined }),
  wrong: fc.option(bothSides(fc.boolean()), { nil: undefined }),
});

describe("counters of pairs", () => {
  it("hold every pair in one cell of each table, the truth where it is known", () => {
    fc.assert(
      fc.property(fc.array(pairs, { maxLength: 40 }), (all) => {
        const { failed, wrong, agreed } = counted(all).counters;
        assert.equal(sizeOf(failed), all.length);
        const known = all.flatMap((pair) => pair.wrong ?? []);
        assert.equal(sizeOf(wrong), known.length);
        assert.equal(wrong.live + wrong.both, known.filter(({ live }) => live).length);
        const same = all.filter(
          ({ comparison }) => comparison !== undefined && comparison.difference === undefined,
        );
        assert.equal(agreed, same.length);
      }),
    );
  });

  it("are merged by adding field by field, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(pairs), fc.array(pairs), (some, others) => {
        const merged = counted(some).increment(counted(others).increments);
        assert.deepEqual(merged.counters, counted([...others, ...some]).counters);
      }),
    );
  });

  it("take a truth that is told later as one that was known at once", () => {
    fc.assert(
      fc.property(pairs, bothSides(fc.boolean()), (pair, wrong) => {
        const later = counted([{ ...pair, wrong: undefined }]).increment(incrementsOfTruth(wrong));
        assert.deepEqual(later.texts, counted([{ ...pair, wrong }]).texts);
      }),
    );
  });

  it("are numbers that Redis can add, in fields that are bounded however many pairs there are", () => {
    const letters = Object.values<string>(counterFields.letters);
    fc.assert(
      fc.property(pairs, fc.double({ noNaN: true, min: 0 }), (pair, largest) => {
        const comparison = { difference: undefined, largest };
        for (const [field, by] of incrementsOf({ ...pair, comparison })) {
          assert.ok(Number.isFinite(by));
          const bin = /^[lc](\d+)$/.exec(field)?.[1];
          assert.ok(bin === undefined ? letters.includes(field) : Number(bin) <= 248, field);
        }
      }),
    );
  });

  it("are all zero where Redis has nothing", () => {
    const { failed, wrong, agreed, differences, ranMs } = countersOf({});
    assert.deepEqual([sizeOf(failed), sizeOf(wrong), agreed, differences], [0, 0, 0, 0]);
    assert.deepEqual([ranMs.live.size, ranMs.candidate.size], [0, 0]);
  });
});

function counted(all: readonly Pair[]): ComparisonHash {
  return all.reduce((hash, pair) => hash.add(pair), new ComparisonHash());
}
