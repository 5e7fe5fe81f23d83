import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { median, spreadText } from "../../bench/report/statistics.ts";

describe("figures of the bench", () => {
  it("are the middle of the rounds, and of two in the middle their mean", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 2, 9]), 3);
    assert.ok(Number.isNaN(median([])));
  });

  it("are printed with their spread, and as a dash where nothing was measured", () => {
    assert.equal(spreadText([1200, 800, 1000], 0), "1,000 (800–1,200)");
    assert.equal(spreadText([0.5], 2), "0.50");
    assert.equal(spreadText([Number.NaN], 2), "–");
    assert.equal(spreadText([], 2), "–");
  });
});
