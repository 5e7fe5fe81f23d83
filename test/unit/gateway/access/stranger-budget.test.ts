import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LimitReached } from "../../../../gateway/http/rate-limit.ts";
import { StrangerBudget } from "../../../../gateway/access/stranger-budget.ts";

function setup(perSecond: number) {
  const clock = { ms: 0 };
  const budget = new StrangerBudget(perSecond, () => clock.ms);
  /** How many of 1,000 get through now. */
  const passed = (): number => {
    let count = 0;
    try {
      for (; count < 1000; count++) budget.take();
    } catch (error) {
      assert.ok(error instanceof LimitReached);
    }
    return count;
  };
  return { clock, budget, passed };
}

describe("the strangers' budget", () => {
  it("lets ten seconds' worth through at once, then so many a second, and saves no more up", () => {
    const { clock, passed } = setup(5);
    assert.equal(passed(), 50);
    assert.equal(passed(), 0);
    clock.ms += 1000;
    assert.equal(passed(), 5);
    clock.ms += 1_000_000;
    assert.equal(passed(), 50);
  });

  it("says when to come again", () => {
    const { clock, budget, passed } = setup(5);
    passed();
    clock.ms += 100;
    const isTold = (error: unknown): boolean =>
      error instanceof LimitReached &&
      error.code === "quota_exceeded" &&
      error.headers["retry-after"] === "1" &&
      error.headers["ratelimit-policy"] === '"strangers";q=5;w=1';
    assert.throws(() => budget.take(), isTold);
  });

  it("is without end at 0", () => {
    assert.equal(setup(0).passed(), 1000);
  });
});
