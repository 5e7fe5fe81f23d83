import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareSchema } from "../../../../../shared/endpoint/verdict/settings.ts";
import { nextShare } from "../../../../../shared/endpoint/verdict/steps.ts";

const { steps } = compareSchema.parse({});

describe("the next share of a candidate", () => {
  for (const [share, verdict, next] of [
    [0, "same", 5],
    [5, "better", 25],
    [30, "same", 50],
    [50, "better", 100],
    [100, "same", 100],
    [0, "undecided", 0],
    [25, "undecided", 25],
    [100, "worse", 0],
    [5, "worse", 0],
  ] as const) {
    it(`is ${next} % after ${share} % when the verdict is ${verdict}`, () => {
      assert.equal(nextShare(steps, share, verdict), next);
    });
  }

  it("stays where the steps end below it", () => {
    assert.equal(nextShare([5, 25], 40, "better"), 40);
  });
});

describe("settings of a comparison", () => {
  it("have defaults, and steps that rise", () => {
    assert.deepEqual(compareSchema.parse({}), {
      agreement_min: 0.98,
      judge_by: "agreement",
      error_max: 0.01,
      p95_ratio_max: 1.5,
      pairs_min: 1000,
      promote: "manual",
      steps: [5, 25, 50, 100],
    });
    for (const wrong of [[5, 5], [25, 5], [0, 5], [5, 101], []]) {
      assert.equal(compareSchema.safeParse({ steps: wrong }).success, false, wrong.join());
    }
  });
});
