import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareRanked, compareValues } from "../../../../../shared/model/pipelines/compare.ts";

const allowed = { absolute: 0.01, relative: 0 };

describe("comparing outputs", () => {
  it("lets numbers be off by the tolerance, and names the place of one that is further", () => {
    const wanted = { label: "a", probabilities: { a: 0.5, b: 0.5 } };
    const near = { label: "a", probabilities: { a: 0.509, b: 0.5 } };
    const far = { label: "a", probabilities: { a: 0.5, b: 0.52 } };
    assert.equal(compareValues(near, wanted, allowed).difference, undefined);
    assert.equal(
      compareValues(far, wanted, allowed).difference,
      "/probabilities/b: 0.52 instead of 0.5",
    );
  });

  it("adds a share of the number where it is told to", () => {
    const relative = { absolute: 0, relative: 0.01 };
    assert.equal(compareValues([1009], [1000], relative).difference, undefined);
    assert.equal(compareValues([1011], [1000], relative).difference, "/0: 1011 instead of 1000");
  });

  for (const [what, actual, wanted] of [
    ["another text", { label: "b" }, { label: "a" }],
    ["a number as text", { y: "1" }, { y: 1 }],
    ["a missing member", { a: 1 }, { a: 1, b: 2 }],
    ["a member too many", { a: 1, b: 2 }, { a: 1 }],
    ["a longer list", [1, 2, 3], [1, 2]],
    ["nothing", undefined, { a: 1 }],
    ["null for a number", { a: null }, { a: 0 }],
    ["NaN for a number", { a: "NaN" }, { a: 0 }],
  ] as const) {
    it(`sees ${what}`, () => {
      assert.notEqual(compareValues(actual, wanted, allowed).difference, undefined);
    });
  }

  const entry = (label: string, probability: number) => ({ label, probability });
  const ranked = (...entries: readonly object[]) => ({ predictions: entries });
  const wanted = ranked(entry("a", 0.6), entry("b", 0.2), entry("c", 0.1));

  it("lets entries that are as probable change places", () => {
    const swapped = ranked(entry("a", 0.6), entry("c", 0.105), entry("b", 0.195));
    assert.equal(compareRanked(swapped, wanted, allowed).difference, undefined);
  });

  it("lets another entry take the last place only when it is as probable", () => {
    const as = ranked(entry("a", 0.6), entry("b", 0.2), entry("d", 0.105));
    assert.equal(compareRanked(as, wanted, allowed).difference, undefined);
    const more = ranked(entry("a", 0.6), entry("b", 0.2), entry("d", 0.15));
    assert.match(
      compareRanked(more, wanted, allowed).difference ?? "",
      /^\/predictions\/2\/probability: /,
    );
  });

  it("sees another first, and fewer entries", () => {
    const other = ranked(entry("d", 0.6), entry("a", 0.6), entry("b", 0.2));
    assert.match(compareRanked(other, wanted, allowed).difference ?? "", /^\/predictions\//);
    const fewer = ranked(entry("a", 0.6), entry("b", 0.2));
    assert.equal(
      compareRanked(fewer, wanted, allowed).difference,
      "/predictions: 2 entries instead of 3",
    );
  });
});
