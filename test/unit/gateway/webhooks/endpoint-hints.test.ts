import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EndpointHints } from "../../../../gateway/webhooks/endpoint-hints.ts";

function setup() {
  const asked: string[] = [];
  const having = new Set<string>();
  const clock = { nowMs: 1_000_000, now: () => clock.nowMs };
  let isAway = false;
  const hints = new EndpointHints(async (tenant) => {
    asked.push(tenant);
    if (isAway) throw new Error("away");
    return having.has(tenant);
  }, clock);
  return { hints, asked, having, clock, leave: (away: boolean) => void (isAway = away) };
}

describe("hints of webhook endpoints", () => {
  it("ask once for many requests, and again after some seconds", async () => {
    const { hints, asked, having, clock } = setup();
    await Promise.all(Array.from({ length: 5 }, async () => hints.has("a")));
    assert.deepEqual(asked, ["a"]);
    having.add("a");
    assert.equal(await hints.has("a"), false);
    clock.nowMs += 3000;
    assert.equal(await hints.has("a"), true);
    assert.deepEqual(asked, ["a", "a"]);
    assert.equal(await hints.has("b"), false, "each tenant has its own");
  });

  it("follow a change through the same process at once", async () => {
    const { hints, having } = setup();
    assert.equal(await hints.has("a"), false);
    having.add("a");
    hints.forget("a");
    assert.equal(await hints.has("a"), true);
  });

  it("are a yes while nobody can be asked, which costs a pack and no delivery", async () => {
    const { hints, clock, leave } = setup();
    leave(true);
    assert.equal(await hints.has("a"), true);
    leave(false);
    clock.nowMs += 3000;
    assert.equal(await hints.has("a"), false);
  });

  it("ask again when the clock was set back", async () => {
    const { hints, asked, clock } = setup();
    await hints.has("a");
    clock.nowMs -= 60_000;
    await hints.has("a");
    assert.deepEqual(asked, ["a", "a"]);
  });
});
