import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resultLine } from "../../../../shared/batch/lines.ts";
import { countersOf } from "../../../../shared/endpoint/verdict/counters.ts";
import { compareLines } from "../../../../shared/replay/pairs.ts";

type Status = "succeeded" | "failed" | "canceled" | "expired";

const lines = (ends: readonly (readonly [Status, unknown])[], expected?: unknown) =>
  ends.map(([status, body], index) =>
    resultLine(
      { index, customId: undefined, expected: JSON.stringify(expected) },
      { status, body: JSON.stringify(body), metrics: undefined },
    ),
  );

const compared = (
  live: readonly (readonly [Status, unknown])[],
  candidate: readonly (readonly [Status, unknown])[],
  expected?: unknown,
) => {
  const given = { live: lines(live, expected), candidate: lines(candidate, expected) };
  const { increments, ...rest } = compareLines(given, "tensor");
  const hash = Object.fromEntries([...increments].map(([name, by]) => [name, String(by)]));
  return { ...rest, counters: countersOf(hash) };
};

describe("the results of a replay", () => {
  it("are counted as both sides ended, and those that nobody ran are left out", () => {
    const found = compared(
      [
        ["succeeded", { y: 1 }],
        ["succeeded", { y: 1 }],
        ["failed", {}],
        ["canceled", {}],
        ["succeeded", { y: 1 }],
      ],
      [
        ["succeeded", { y: 1 }],
        ["failed", {}],
        ["failed", {}],
        ["succeeded", { y: 1 }],
        ["expired", {}],
      ],
    );
    assert.deepEqual([found.compared, found.leftOut], [3, 2]);
    assert.deepEqual(found.counters.failed, { neither: 1, live: 0, candidate: 1, both: 1 });
    assert.equal(found.counters.agreed, 1);
    assert.deepEqual(found.counters.wrong, { neither: 0, live: 0, candidate: 0, both: 0 });
    assert.deepEqual(found.counters.ranMs, { live: new Map(), candidate: new Map() });
    assert.deepEqual(
      found.differing.map(({ index }) => index),
      [1],
    );
  });

  it("are right or wrong where the truth is known, also when it is null; who failed was wrong", () => {
    const outputs = [
      ["succeeded", { y: null }],
      ["succeeded", { y: 2 }],
      ["failed", {}],
    ] as const;
    const right = [["succeeded", { y: null }]] as const;
    const found = compared(outputs, [...right, ...right, ...right], null);
    assert.deepEqual(found.counters.wrong, { neither: 1, live: 2, candidate: 0, both: 0 });
  });

  it("are refused when they are not of the same items", () => {
    const one = lines([["succeeded", 1]]);
    const two = lines([
      ["succeeded", 1],
      ["succeeded", 1],
    ]);
    assert.throws(() => compareLines({ live: one, candidate: two }, "tensor"), TypeError);
    const [, other = ""] = two;
    assert.throws(() => compareLines({ live: one, candidate: [other] }, "tensor"), TypeError);
  });
});
