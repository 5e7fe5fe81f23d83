import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { failure } from "../../shared/job/outcome.ts";
import type { NewJob } from "../../shared/job/record.ts";
import { accept, packDispatches } from "../../shared/queue/accept.ts";
import {
  claimDeliveries,
  deliverAgain,
  pingEndpoint,
  recordAttempt,
  releaseDeliveries,
  type Attempted,
  type ClaimedDelivery,
} from "../../shared/queue/deliveries.ts";
import { readDelivery, listDeliveries } from "../../shared/queue/delivery-log.ts";
import {
  changeEndpoint,
  createEndpoint,
  readEndpoint,
  rotateSecret,
  rotateTenantSecret,
  tenantSecrets,
} from "../../shared/queue/endpoints.ts";
import { eraseJob } from "../../shared/queue/erase.ts";
import { fetchJobs } from "../../shared/queue/fetch.ts";
import { keys, type Lane } from "../../shared/queue/keys.ts";
import { settleAll } from "../../shared/queue/settle.ts";
import type { EventType } from "../../shared/webhook/event-types.ts";
import { adHocTarget } from "../../shared/webhook/subscription.ts";
import { newJob, quota, testIds, testLimits } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { anyEndpoint, hook, pendingTo } from "../support/webhooks.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const url = "http://127.0.0.1:9/hook";
const adHoc = adHocTarget("default", url);

const callingBack = (...events: readonly EventType[]): NewJob =>
  newJob(lane, "a", { webhook: { target: adHoc, url, events, include: "auto" } });

describe("a script that stores deliveries, run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const acceptAll = async (...jobs: readonly NewJob[]): Promise<void> => {
    const dispatches = packDispatches(lane, jobs, 8);
    await accept(redis, { lane, jobs, dispatches, quota: quota(), nowMs: 1000 });
  };
  const fetch = async (token: string, ...jobs: readonly NewJob[]): Promise<unknown> =>
    fetchJobs(redis, { lane, ids: jobs.map(({ id }) => id), token, firstAttempt: 1 }, 2000);
  const settle = async (...jobs: readonly NewJob[]): Promise<string[]> => {
    const outcome = { status: "succeeded", body: '{"a":1}', metrics: undefined } as const;
    const ends = jobs.map(({ id }) => ({ id, lane, attempt: undefined, outcome }));
    return settleAll(redis, ends, 3000);
  };
  const evt = (job: NewJob, name: string): string => `evt_${job.id.slice(4)}_${name}`;

  it("settle: one delivery for what the job named and one for each endpoint that wants it", async () => {
    const wants = testIds.create("whk", "default", 5);
    const wantsFailures = testIds.create("whk", "default", 6);
    const others = testIds.create("whk", "other", 7);
    await hook(redis, "default", wants, { events: ["job.succeeded"], include: "thin" });
    await hook(redis, "default", wantsFailures, { events: ["job.failed"], include: "thin" });
    await hook(redis, "other", others, { events: ["job.succeeded"], include: "thin" });
    const job = callingBack("job.succeeded", "job.failed");
    await acceptAll(job);
    await runTwice(redis, async () => settle(job));
    const id = evt(job, "1S");
    const ids = [id, `${id}_${wants.slice(-8)}`];
    assert.deepEqual(await pendingTo(redis, adHoc), [id]);
    assert.deepEqual(await pendingTo(redis, wants), [`${id}_${wants.slice(-8)}`]);
    assert.deepEqual(await redis.zrange(keys.targets, "0", "-1"), [adHoc, wants].toSorted());
    assert.deepEqual(await redis.zrange(keys.deliveries("default"), "0", "-1"), ids);
    assert.deepEqual((await redis.smembers(keys.deliveriesOf(job.id))).toSorted(), ids);
    assert.equal(await redis.hget(keys.job(job.id), "dp"), "2");
    assert.ok((await redis.ttl(keys.job(job.id))) > 4 * 86_400 - 60, "kept for its deliveries");
    assert.ok((await redis.ttl(keys.deliveriesOf(job.id))) > 4 * 86_400 - 60);
    assert.deepEqual(await redis.hgetall(keys.delivery(id)), {
      r: job.id,
      y: keys.job(job.id),
      b: "0",
      t: "default",
      k: "S",
      at: "1",
      g: adHoc,
      u: url,
      inc: "a",
      s: "pending",
      n: "0",
      ca: "3000",
      du: "3000",
      x: "",
    });
  });

  it("settle: an event nobody asked for stores nothing, and the record its own time", async () => {
    const job = callingBack("job.failed");
    const plain = newJob(lane);
    await acceptAll(job, plain);
    await runTwice(redis, async () => settle(job, plain));
    assert.equal(await redis.exists(keys.targets, keys.deliveriesOf(job.id)), 0);
    assert.ok((await redis.ttl(keys.job(job.id))) <= 3600);
    assert.ok((await redis.ttl(keys.job(plain.id))) <= 3600);
  });

  it("settle: an endpoint that a job names and that is disabled gets nothing; else one event", async () => {
    const [on, off] = [5, 6].map((ms) => testIds.create("whk", "default", ms));
    assert.ok(on !== undefined && off !== undefined);
    await hook(redis, "default", on, { events: [], include: "full" });
    const naming = (target: string): NewJob =>
      newJob(lane, "a", {
        webhook: { target, url: undefined, events: ["job.succeeded"], include: "thin" },
      });
    const jobs = [naming(on), naming(off)] as const;
    await acceptAll(...jobs);
    await runTwice(redis, async () => settle(...jobs));
    const [one, two] = jobs;
    assert.deepEqual(await redis.smembers(keys.deliveriesOf(one.id)), [
      `${evt(one, "1S")}_${on.slice(-8)}`,
    ]);
    assert.equal(await redis.hget(keys.delivery(`${evt(one, "1S")}_${on.slice(-8)}`), "inc"), "t");
    assert.equal(await redis.exists(keys.deliveriesOf(two.id)), 0);
  });

  it("fetch: a job that wants its start told, once for each attempt", async () => {
    const job = callingBack("job.started");
    const plain = newJob(lane);
    await acceptAll(job, plain);
    await runTwice(redis, async () => fetch("run-1", job, plain));
    assert.deepEqual(await pendingTo(redis, adHoc), [evt(job, "1s")]);
    await fetch("run-2", job);
    assert.deepEqual(await pendingTo(redis, adHoc), [evt(job, "1s"), evt(job, "2s")]);
    assert.equal(await redis.exists(keys.deliveriesOf(plain.id)), 0);
    assert.equal(await redis.hget(keys.job(job.id), "dp"), "2");
    const ends = [{ id: job.id, lane, attempt: 2, outcome: failure(new Error("no")) }];
    await runTwice(redis, async () => settleAll(redis, ends, 3000));
    assert.ok((await redis.ttl(keys.job(job.id))) > 4 * 86_400 - 60, "starts are still to be told");
  });

  const claim = async (token: string, nowMs = 4000, most = 8) =>
    claimDeliveries(redis, { nowMs, leaseMs: 60_000, most, token });
  const record = async (delivery: ClaimedDelivery, how: Partial<Attempted>): Promise<string> =>
    recordAttempt(redis, {
      delivery,
      outcome: "failed",
      log: "",
      lastStatus: 500,
      nextAtMs: undefined,
      reason: "exhausted",
      disableAfterMs: 432_000_000,
      nowMs: 4500,
      ...how,
    });
  /** An ended job whose end is to be told, and its delivery. */
  const pending = async (retentionSeconds = 3600): Promise<{ job: NewJob; id: string }> => {
    const job = { ...callingBack("job.succeeded"), limits: { ...testLimits, retentionSeconds } };
    await acceptAll(job);
    await settle(job);
    return { job, id: evt(job, "1S") };
  };
  const claimOne = async (token: string, nowMs = 4000): Promise<ClaimedDelivery> => {
    const [delivery, ...more] = await claim(token, nowMs);
    assert.ok(delivery !== undefined && more.length === 0, "one is due");
    return delivery;
  };

  it("claim: the same deliveries to the same token, and none to another", async () => {
    const { id, job } = await pending();
    await runTwice(redis, async () => claim("c1"));
    const [mine] = await claim("c1");
    assert.deepEqual(mine, {
      id,
      resource: job.id,
      tenant: "default",
      type: "job.succeeded",
      attempt: 1,
      target: adHoc,
      url,
      include: "auto",
      attempts: 0,
      attemptsBefore: 0,
      createdAtMs: 3000,
      extra: "",
      log: "",
      token: "c1",
    });
    assert.deepEqual(await claim("c2"), []);
    assert.deepEqual(
      (await claim("c3", 64_001)).map((one) => one.id),
      [id],
      "free again when the claim is over",
    );
  });

  it("record: a failure that is tried again, when it is due and not before", async () => {
    const { id } = await pending();
    const delivery = await claimOne("c1");
    await runTwice(redis, async () => record(delivery, { nextAtMs: 9000 }));
    assert.equal(await record(delivery, { nextAtMs: 9000 }), "late");
    assert.deepEqual(await claim("c2", 8999), []);
    const again = await claimOne("c3", 9000);
    assert.deepEqual([again.id, again.attempts], [id, 1]);
  });

  it("record: what arrived ends the delivery, and its record's time goes on", async () => {
    const { id, job } = await pending();
    const delivery = await claimOne("c1");
    await runTwice(redis, async () => record(delivery, { outcome: "ok", lastStatus: 200 }));
    assert.equal((await readDelivery(redis, id))?.status, "delivered");
    assert.equal(await redis.exists(keys.targets, keys.target(adHoc), keys.flights(adHoc)), 0);
    assert.equal(await redis.hexists(keys.job(job.id), "dp"), 0);
    const ttls = [keys.job(job.id), keys.deliveriesOf(job.id)];
    for (const key of ttls) assert.ok((await redis.ttl(key)) <= 3600, key);
  });

  it("record: what arrived counts, also for who has lost the claim; a failure does not", async () => {
    const { id } = await pending();
    const slow = await claimOne("c1");
    const quick = await claimOne("c2", 64_001);
    assert.equal(await record(slow, {}), "late");
    await runTwice(redis, async () => record(slow, { outcome: "ok" }));
    assert.equal(await record(quick, { nextAtMs: 99_999 }), "late");
    assert.equal((await readDelivery(redis, id))?.status, "delivered");
  });

  it("record: a dead letter is listed, and its record is kept for a day", async () => {
    const { id, job } = await pending(1);
    const delivery = await claimOne("c1");
    await runTwice(redis, async () => record(delivery, {}));
    const all = { after: undefined, createdAfterMs: undefined, createdBeforeMs: undefined };
    const dead = async () => listDeliveries(redis, "default", true, { ...all, count: 10 });
    assert.deepEqual(await dead(), [{ id, createdAtMs: 3000 }]);
    const ttl = await redis.ttl(keys.job(job.id));
    assert.ok(ttl > 86_000 && ttl <= 86_400, String(ttl));
    await runTwice(redis, async () => deliverAgain(redis, id, 50_000));
    assert.deepEqual(await dead(), []);
    const again = await claimOne("c2", 50_000);
    assert.deepEqual([again.attempts, again.attemptsBefore], [1, 1]);
    assert.ok((await redis.ttl(keys.job(job.id))) > 4 * 86_400 - 60);
  });

  it("record: a retry that lies beyond the record's time prolongs it", async () => {
    const { job } = await pending();
    const delivery = await claimOne("c1");
    const nextAtMs = 5000 + 5 * 86_400_000;
    await runTwice(redis, async () => record(delivery, { nextAtMs }));
    assert.ok((await redis.ttl(keys.job(job.id))) > 5 * 86_400);
  });

  it("record: the last delivery of a job that was retried leaves the record alone", async () => {
    const { job } = await pending();
    await redis.hset(keys.job(job.id), "s", "queued");
    await redis.hdel(keys.job(job.id), "ea");
    await redis.persist(keys.job(job.id));
    await record(await claimOne("c1"), { outcome: "ok" });
    assert.equal(await redis.ttl(keys.job(job.id)), -1);
  });

  it("release: due at once, for another", async () => {
    const { id } = await pending();
    const delivery = await claimOne("c1");
    await runTwice(redis, async () => releaseDeliveries(redis, [delivery], 4100));
    assert.equal((await claimOne("c2", 4100)).id, id);
    await releaseDeliveries(redis, [delivery], 4200);
    assert.deepEqual(await claim("c3", 4200), [], "it is another courier's by now");
  });

  it("again: nothing is sent again when what it tells of is gone", async () => {
    const { id, job } = await pending();
    await record(await claimOne("c1"), { outcome: "ok" });
    await redis.del(keys.job(job.id));
    assert.equal(await deliverAgain(redis, id, 9000), "gone");
    assert.equal(await deliverAgain(redis, `${id}x`, 9000), "missing");
  });

  it("erase: what is still to be delivered of a job is dead", async () => {
    const { id, job } = await pending();
    await runTwice(redis, async () => eraseJob(redis, job.id, "default", 5000));
    const { status, reason } = (await readDelivery(redis, id)) ?? {};
    assert.deepEqual([status, reason], ["dead", "resource_deleted"]);
    assert.equal(
      await redis.exists(keys.targets, keys.target(adHoc), keys.deliveriesOf(job.id)),
      0,
    );
    assert.deepEqual(await redis.hgetall(keys.job(job.id)), { s: "deleted", t: "default" });
  });

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
    await runTwice(redis, async () => pingEndpoint(redis, ping, 4000));
    const delivery = await claimOne("c1");
    assert.deepEqual([delivery.type, delivery.resource], ["webhook.ping", endpoint.id]);
    await runTwice(redis, async () => record(delivery, { outcome: "ok" }));
    assert.equal(await pingEndpoint(redis, { ...ping, endpoint: "whk_x" }, 1), false);
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
        await pingEndpoint(redis, { id, endpoint: endpoint.id, tenant: endpoint.tenant }, 4000);
        const delivery = await claimOne(`c${i}`);
        const run = async () => record(delivery, { reason, nowMs: i === 0 ? 4500 : nowMs });
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
      [1, 2, 3].map(async () => rotateSecret(redis, endpoint.id, { overlapMs: 500, nowMs: 1000 })),
    );
    const newest = new Set(made.map((secrets) => secrets?.[0]?.secret));
    assert.equal(newest.size, 3, "each got a secret of its own");
    const { secrets = [] } = (await readEndpoint(redis, endpoint.id)) ?? {};
    assert.equal(secrets.length, 3);
    assert.equal(await rotateSecret(redis, "whk_x", { overlapMs: 0, nowMs: 1 }), undefined);
  });
});
