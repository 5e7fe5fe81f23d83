import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lane } from "../../../../shared/lane.ts";
import { SessionShares } from "../../../../worker/score/session-shares.ts";

const lane = (model: string, jobClass: Lane["class"] = "interactive"): Lane => ({
  model,
  class: jobClass,
});
const [a, b] = [lane("a@1"), lane("b@1")];
const [aBulk, bBulk] = [lane("a@1", "bulk"), lane("b@1", "bulk")];

/** Session time by lane, when each of these always has work and a batch of it takes so many ms. */
function shared(
  shares: SessionShares,
  batchMs: ReadonlyMap<Lane, number>,
  batches: number,
): ReadonlyMap<Lane, number> {
  const spent = new Map<Lane, number>();
  for (let i = 0; i < batches; i += 1) {
    const next = shares.next([...batchMs.keys()]);
    assert.ok(next !== undefined);
    const ms = batchMs.get(next) ?? 0;
    shares.begin(next)(ms);
    spent.set(next, (spent.get(next) ?? 0) + ms);
  }
  return spent;
}

function shareOf(one: Lane, spent: ReadonlyMap<Lane, number>): number {
  const all = [...spent.values()].reduce((sum, ms) => sum + ms, 0);
  return (spent.get(one) ?? 0) / all;
}

describe("shares of session time", () => {
  it("put interactive work first", () => {
    assert.equal(new SessionShares().next([bBulk, aBulk, b]), b);
    assert.equal(new SessionShares().next([]), undefined);
  });

  it("give bulk a fifth, however long its batches are", () => {
    for (const ms of [1, 30, 500]) {
      const spent = shared(
        new SessionShares(),
        new Map([
          [a, 10],
          [aBulk, ms],
        ]),
        20_000,
      );
      const share = shareOf(aBulk, spent);
      assert.ok(share > 0.19 && share < 0.21, `bulk had ${share} with batches of ${ms} ms`);
    }
  });

  it("are the same for each model of a class, however long its batches are", () => {
    const spent = shared(
      new SessionShares(),
      new Map([
        [a, 10],
        [b, 70],
      ]),
      2000,
    );
    const share = shareOf(a, spent);
    assert.ok(share > 0.48 && share < 0.52, `a had ${share}`);
  });

  it("go to the lane that waits longest where they do not decide", () => {
    assert.equal(new SessionShares().next([b, a]), b);
  });

  it("hold nothing against a lane that had the slots while nobody else wanted them", () => {
    const shares = new SessionShares();
    shared(shares, new Map([[aBulk, 100]]), 1000);
    shared(shares, new Map([[b, 100]]), 1000);
    const spent = shared(
      shares,
      new Map([
        [a, 10],
        [b, 10],
      ]),
      1000,
    );
    const share = shareOf(b, spent);
    assert.ok(share > 0.48, `b had ${share}`);
  });

  it("count a batch from its beginning, as long as the one before was", () => {
    const shares = new SessionShares();
    shares.begin(a)(100);
    shares.begin(b)(100);
    const end = shares.begin(a);
    assert.equal(shares.next([a, b]), b);
    end(0);
    assert.equal(shares.next([a, b]), a);
  });

  it("call a model's runs short when they were, loading aside", () => {
    const shares = new SessionShares();
    assert.equal(shares.isShort("a@1"), false, "not measured");
    shares.noteRun("a@1", 5);
    assert.equal(shares.isShort("a@1"), true);
    for (let i = 0; i < 20; i += 1) shares.noteRun("a@1", 400);
    assert.equal(shares.isShort("a@1"), false);
  });
});
