import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import {
  claimDeliveries,
  pingEndpoint,
  recordAttempt,
  type Attempted,
  type ClaimedDelivery,
} from "../../shared/webhook/deliveries.ts";
import {
  changeEndpoint,
  createEndpoint,
  readEndpoint,
  rotateSecret,
  rotateTenantSecret,
  tenantSecrets,
} from "../../shared/webhook/endpoints.ts";
import { keys } from "../support/redis-keys.ts";
import { atTime } from "../../shared/redis/script.ts";
import { testIds } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { anyEndpoint } from "../support/webhooks.ts";

describe("a script of webhook endpoints that is run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const claim = async (token: string, nowMs = 4000, most = 8) =>
    claimDeliveries(atTime(redis, nowMs), { leaseMs: 60_000, most, token });
  const record = async (
    delivery: ClaimedDelivery,
    how: Partial<Attempted>,
    nowMs = 4500,
  ): Promise<string> =>
    recordAttempt(atTime(redis, nowMs), {
      delivery,
      outcome: "failed",
      log: "",
      lastStatus: 500,
      waitMs: undefined,
      reason: "exhausted",
      disableAfterMs: 432_000_000,
      ...how,
    });
  const claimOne = async (token: string, nowMs = 4000): Promise<ClaimedDelivery> => {
    const [delivery, ...more] = await claim(token, nowMs);
    assert.ok(delivery !== undefined && more.length === 0, "one is due");
    return delivery;
  };

  const endpoint = anyEndpoint({ events: ["job.succeeded"] });

  it("endpoint-put: made once, changed, disabled, enabled", async () => {
    await runTwice(redis, async () => createEndpoint(redis, endpoint));
    assert.deepEqual(await readEndpoint(redis, endpoint.id), endpoint);
    const hooks = async (): Promise<unknown> => redis.hgetall(keys.hooks(endpoint.tenant));
    assert.deepEqual(await hooks(), { [endpoint.id]: "S a" });
    const off = { ...endpoint, events: [], disabled: "owner" } as const;
    await runTwice(redis, async () => changeEndpoint(redis, endpoint, off, 2000));
    assert.deepEqual(await hooks(), {});
    await redis.hset(keys.breaker(endpoint.id), "f", 9);
    await runTwice(redis, async () => changeEndpoint(redis, endpoint, endpoint, 3000));
    assert.equal(await redis.exists(keys.breaker(endpoint.id)), 0);
    assert.equal(await changeEndpoint(redis, { ...endpoint, id: "whk_x" }, off, 1), false);
  });

  it("endpoint-put: a tenant has at most 50", async () => {
    for (let i = 0; i < 50; i += 1) assert.ok(await createEndpoint(redis, anyEndpoint()));
    assert.equal(await createEndpoint(redis, anyEndpoint()), false);
  });

  it("ping", async () => {
    await createEndpoint(redis, endpoint);
    const id = testIds.create("evt", endpoint.tenant, 4000);
    const ping = { id, endpoint: endpoint.id, tenant: endpoint.tenant };
    await runTwice(redis, async () => pingEndpoint(atTime(redis, 4000), ping));
    const delivery = await claimOne("c1");
    assert.deepEqual([delivery.type, delivery.resource], ["webhook.ping", endpoint.id]);
    await runTwice(redis, async () => record(delivery, { outcome: "ok" }));
    assert.equal(await pingEndpoint(redis, { ...ping, endpoint: "whk_x" }), false);
  });

  it("record: 410 disables an endpoint, and so do days of nothing but failures", async () => {
    for (const [reason, nowMs, verdicts] of [
      ["gone", 4500, ["disabled"]],
      ["exhausted", 4500 + 432_000_000, ["recorded", "disabled"]],
    ] as const) {
      await redis.flushall();
      await createEndpoint(redis, endpoint);
      const seen = [];
      for (let i = 0; i < verdicts.length; i += 1) {
        const id = testIds.create("evt", endpoint.tenant, 4000 + i);
        await pingEndpoint(atTime(redis, 4000), {
          id,
          endpoint: endpoint.id,
          tenant: endpoint.tenant,
        });
        const delivery = await claimOne(`c${i}`);
        const run = async () => record(delivery, { reason }, i === 0 ? 4500 : nowMs);
        seen.push(await run());
        assert.equal(await run(), "late");
      }
      assert.deepEqual(seen, verdicts);
      const { disabled } = (await readEndpoint(redis, endpoint.id)) ?? {};
      assert.equal(disabled, reason === "gone" ? "gone" : "failing");
      assert.equal(await redis.exists(keys.hooks(endpoint.tenant)), 0);
    }
  });

  it("secret-swap, and the secrets of an endpoint: the one before signs for the overlap", async () => {
    await runTwice(redis, async () => tenantSecrets(redis, "default"));
    const [first] = await tenantSecrets(redis, "default");
    const both = await rotateTenantSecret(redis, "default", { overlapMs: 500, nowMs: 1000 });
    assert.deepEqual([both[1]?.secret, both[1]?.expires_at_ms], [first?.secret, 1500]);
    await createEndpoint(redis, endpoint);
    const made = await Promise.all(
      [1, 2].map(async () => rotateSecret(redis, endpoint.id, { overlapMs: 500, nowMs: 1000 })),
    );
    const newest = new Set(made.map((secrets) => secrets?.[0]?.secret));
    assert.equal(newest.size, 2, "each got a secret of its own");
    const { secrets = [] } = (await readEndpoint(redis, endpoint.id)) ?? {};
    assert.equal(secrets.length, 3);
    const rotation = { overlapMs: 500, nowMs: 1400 };
    await assert.rejects(rotateSecret(redis, endpoint.id, rotation), { code: "secret_limit" });
    assert.deepEqual((await readEndpoint(redis, endpoint.id))?.secrets, secrets, "none is dropped");
    assert.equal(await rotateSecret(redis, "whk_x", { overlapMs: 0, nowMs: 1 }), undefined);
  });
});
