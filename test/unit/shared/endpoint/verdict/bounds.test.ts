import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  isAbove,
  meanOf,
  yesAndNo,
  type Tally,
} from "../../../../../shared/endpoint/verdict/bounds.ts";
import { randomFrom } from "../../../../support/bulk/mayhem.ts";

const counts = fc.nat(100_000);
const tallies = fc
  .tuple(counts, counts, counts)
  .filter((all) => all.some((count) => count > 0))
  .map(([ones, halves, zeros]): Tally => [
    { value: 1, count: ones },
    { value: 0.5, count: halves },
    { value: 0, count: zeros },
  ]);
const doubts = fc.constantFrom(0.2, 0.05, 0.01, 0.0025);

describe("bounds of a mean", () => {
  it("have the mean that was seen between them, and are wider where less doubt is left", () => {
    fc.assert(
      fc.property(tallies, doubts, (tally, doubt) => {
        const { low, estimate, high } = meanOf(tally, doubt);
        assert.ok(low >= 0 && low <= estimate && estimate <= high && high <= 1);
        const surer = meanOf(tally, doubt / 10);
        assert.ok(surer.low <= low && surer.high >= high);
      }),
      { numRuns: 60 },
    );
  });

  it("are where the question whether the mean is above changes its answer", () => {
    fc.assert(
      fc.property(tallies, doubts, (tally, doubt) => {
        const { low } = meanOf(tally, doubt);
        assert.ok(low === 0 || isAbove(tally, low, doubt));
        assert.ok(!isAbove(tally, low + 1e-6, doubt));
      }),
      { numRuns: 60 },
    );
  });

  it("change sides when yes and no do", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 100_000 }), (yes, no) => {
        const [one, other] = [yesAndNo(yes, yes + no), yesAndNo(no, yes + no)].map((tally) =>
          meanOf(tally, 0.01),
        );
        assert.ok(Math.abs((one?.low ?? 0) - (1 - (other?.high ?? 0))) < 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it("close in on the truth as values come", () => {
    const widths = [100, 10_000, 1_000_000].map((total) => {
      const { low, high } = meanOf(yesAndNo(total / 10, total), 0.005);
      return high - low;
    });
    const [hundred = 0, tenThousand = 0, million = 0] = widths;
    assert.ok(hundred < 0.35 && tenThousand < 0.03 && million < 0.003, widths.join());
  });

  it("say nothing of a mean from one value", () => {
    assert.equal(meanOf(yesAndNo(1, 1), 0.01).high, 1);
    assert.ok(meanOf(yesAndNo(1, 1), 0.01).low < 0.01);
  });

  for (const [what, values] of [
    ["a rare yes", [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ["yes and no", [0, 1]],
    ["differences of pairs", [0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1]],
  ] as const) {
    it(`leave the truth out in fewer runs than they may, at any of 1,000 looks: ${what}`, () => {
      const doubt = 0.05;
      const runs = 200;
      const mean = values.reduce<number>((sum, value) => sum + value, 0) / values.length;
      const wrong = Array.from({ length: runs }, (_, seed) =>
        everAbove(values, mean, { doubt, looks: 1000, random: randomFrom(seed) }),
      ).filter(Boolean).length;
      assert.ok(wrong <= doubt * runs, `${wrong} of ${runs}`);
    });
  }
});

/** Whether the mean of what is drawn is ever said to be above what it is. */
function everAbove(
  values: readonly number[],
  mean: number,
  { doubt, looks, random }: { doubt: number; looks: number; random: () => number },
): boolean {
  const tally = [0, 0.5, 1].map((value) => ({ value, count: 0 }));
  for (let look = 0; look < looks; look += 1) {
    const value = values[Math.floor(random() * values.length)] ?? 0;
    for (const one of tally) one.count += Number(one.value === value);
    if (isAbove(tally, mean, doubt)) return true;
  }
  return false;
}
