import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import {
  claimDeliveries,
  pingEndpoint,
  recordAttempt,
  type ClaimedDelivery,
} from "../../shared/webhook/deliveries.ts";
import { createEndpoint } from "../../shared/webhook/endpoints.ts";
import { atTime } from "../../shared/redis/script.ts";
import { testIds } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { anyEndpoint } from "../support/webhooks.ts";

describe("couriers that claim deliveries", () => {
  let server: TestRedis;
  let redis: Redis;
  let calls = 0;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  /** An endpoint with so many deliveries due. */
  const target = async (count: number): Promise<string> => {
    const endpoint = anyEndpoint();
    await createEndpoint(redis, endpoint);
    for (let i = 0; i < count; i += 1) {
      const id = testIds.create("evt", "default", 1000 + i);
      await pingEndpoint(atTime(redis, 1000), {
        id,
        endpoint: endpoint.id,
        tenant: "default",
      });
    }
    return endpoint.id;
  };
  const claim = async (most: number, nowMs = 2000): Promise<readonly ClaimedDelivery[]> =>
    claimDeliveries(atTime(redis, nowMs), { leaseMs: 60_000, most, token: `t${(calls += 1)}` });
  const record = async (delivery: ClaimedDelivery, outcome: "ok" | "failed", nowMs = 2500) =>
    recordAttempt(atTime(redis, nowMs), {
      delivery,
      outcome,
      log: "",
      lastStatus: undefined,
      waitMs: outcome === "ok" ? undefined : 1,
      reason: "exhausted",
      disableAfterMs: 432_000_000,
    });
  const countsOf = (claimed: readonly ClaimedDelivery[]): Map<string, number> =>
    new Map([...Map.groupBy(claimed, (one) => one.target)].map(([id, all]) => [id, all.length]));

  it("take of every target before they take more of one, and 4 at most", async () => {
    const targets = [await target(100), await target(1), await target(3)];
    const few = countsOf(await claim(3));
    assert.deepEqual([...few.values()], [1, 1, 1]);
    const more = countsOf(await claim(50));
    assert.deepEqual(
      targets.map((id) => (few.get(id) ?? 0) + (more.get(id) ?? 0)),
      [4, 1, 3],
    );
    assert.deepEqual(await claim(50), [], "the first has four in flight");
  });

  it("give each target its turn when there is room for one only", async () => {
    const targets = [await target(10), await target(10), await target(10)];
    const turns: string[] = [];
    for (let i = 0; i < 9; i += 1) {
      const [one] = await claim(1, 2000 + i);
      assert.ok(one !== undefined);
      turns.push(one.target);
      await record(one, "ok", 2000 + i);
    }
    assert.deepEqual(
      targets.map((id) => turns.filter((turn) => turn === id).length),
      [3, 3, 3],
    );
  });

  it("never have one twice, however many claim at a time, and miss none", async () => {
    const targets = [await target(20), await target(20), await target(20)];
    const seen: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const claims = await Promise.all([claim(8), claim(8), claim(8)]);
      const claimed = claims.flat();
      assert.equal(new Set(claimed.map(({ id }) => id)).size, claimed.length);
      await Promise.all(claimed.map(async (one) => record(one, "ok", 2000)));
      seen.push(...claimed.map(({ id }) => id));
    }
    assert.equal(new Set(seen).size, 20 * targets.length);
    assert.equal(seen.length, 20 * targets.length);
  });

  it("try a target that failed five times with one at a time, until one arrives", async () => {
    const id = await target(20);
    const first = await claim(50);
    assert.equal(first.length, 4);
    for (const one of first) await record(one, "failed");
    const [fifth, ...others] = await claim(50, 3000);
    assert.ok(fifth !== undefined);
    await record(fifth, "failed", 3000);
    for (const one of others) await record(one, "failed", 3000);
    const probes = await claim(50, 4000);
    assert.equal(probes.length, 1);
    assert.deepEqual(await claim(50, 4001), []);
    for (const one of probes) await record(one, "ok", 4002);
    assert.equal(countsOf(await claim(50, 5000)).get(id), 4);
  });
});
