import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { NewJob } from "../../shared/job/new-job.ts";
import {
  claimDeliveries,
  deliverAgain,
  recordAttempt,
  releaseDeliveries,
  type Attempted,
  type ClaimedDelivery,
} from "../../shared/webhook/deliveries.ts";
import { readDelivery, listDeliveries } from "../../shared/webhook/delivery-log.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { packOf } from "../../shared/id.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import type { EventType } from "../../shared/webhook/event-types.ts";
import { adHocTarget } from "../../shared/webhook/subscription.ts";
import { atTime } from "../../shared/redis/script.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { newJob, testLimits } from "../support/jobs.ts";
import { PackDesk } from "../support/pack-desk.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const url = "http://127.0.0.1:9/hook";
const adHoc = adHocTarget("default", url);

const callingBack = (...events: readonly EventType[]): NewJob =>
  newJob(lane, "a", { webhook: { target: adHoc, url, events, include: "auto" } });

describe("a script of deliveries that is run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  let desk: PackDesk;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    desk = new PackDesk(atTime(redis, 3000), lane);
  });

  const acceptAll = async (...jobs: readonly NewJob[]): Promise<void> => {
    const packs = jobs.map((job) => newPack(lane, [], { name: packOf(job.id), jobs: [job] }));
    await acceptPacks(atTime(redis, 1000), lane, packs);
  };
  /** Settles jobs that nobody else has taken. */
  const settle = async (...jobs: readonly NewJob[]): Promise<void> => {
    await desk.take();
    for (const job of jobs) await desk.settle(packOf(job.id), "S");
  };
  const evt = (job: NewJob, name: string): string => `evt_${job.id.slice(4)}_${name}`;

  const claim = async (token: string, nowMs = 4000, most = 8) =>
    claimDeliveries(atTime(redis, nowMs), { leaseMs: 60_000, most, token });
  const record = async (delivery: ClaimedDelivery, how: Partial<Attempted>): Promise<string> =>
    recordAttempt(atTime(redis, 4500), {
      delivery,
      outcome: "failed",
      log: "",
      lastStatus: 500,
      waitMs: undefined,
      reason: "exhausted",
      disableAfterMs: 432_000_000,
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
    await runTwice(redis, async () => record(delivery, { waitMs: 4500 }));
    assert.equal(await record(delivery, { waitMs: 4500 }), "late");
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
    assert.equal(await redis.hget(keys.pack(packOf(job.id)), "dp"), "0");
    const ttls = [keys.pack(packOf(job.id)), keys.deliveriesOf(packOf(job.id))];
    for (const key of ttls) assert.ok((await redis.ttl(key)) <= 3600, key);
  });

  it("record: what arrived counts, also for who has lost the claim; a failure does not", async () => {
    const { id } = await pending();
    const slow = await claimOne("c1");
    const quick = await claimOne("c2", 64_001);
    assert.equal(await record(slow, {}), "late");
    await runTwice(redis, async () => record(slow, { outcome: "ok" }));
    assert.equal(await record(quick, { waitMs: 30_000 }), "late");
    assert.equal((await readDelivery(redis, id))?.status, "delivered");
  });

  it("record: a dead letter is listed, and its record is kept for a day", async () => {
    const { id, job } = await pending(1);
    const delivery = await claimOne("c1");
    await runTwice(redis, async () => record(delivery, {}));
    const all = { after: undefined, createdAfterMs: undefined, createdBeforeMs: undefined };
    const dead = async () => listDeliveries(redis, "default", true, { ...all, count: 10 });
    assert.deepEqual(await dead(), [{ id, createdAtMs: 3000 }]);
    const ttl = await redis.ttl(keys.pack(packOf(job.id)));
    assert.ok(ttl > 86_000 && ttl <= 86_400, String(ttl));
    await runTwice(redis, async () => deliverAgain(atTime(redis, 50_000), id));
    assert.deepEqual(await dead(), []);
    const again = await claimOne("c2", 50_000);
    assert.deepEqual([again.attempts, again.attemptsBefore], [1, 1]);
    assert.ok((await redis.ttl(keys.pack(packOf(job.id)))) > 4 * 86_400 - 60);
  });

  it("record: a retry that lies beyond the record's time prolongs it", async () => {
    const { job } = await pending();
    const delivery = await claimOne("c1");
    const waitMs = 5 * 86_400_000;
    await runTwice(redis, async () => record(delivery, { waitMs }));
    assert.ok((await redis.ttl(keys.pack(packOf(job.id)))) > 5 * 86_400);
  });

  it("record: the last delivery of a job that was retried leaves the record alone", async () => {
    const { job } = await pending();
    await redis.hdel(keys.pack(packOf(job.id)), "ea");
    await redis.persist(keys.pack(packOf(job.id)));
    await record(await claimOne("c1"), { outcome: "ok" });
    assert.equal(await redis.ttl(keys.pack(packOf(job.id))), -1);
  });

  it("release: due at once, for another", async () => {
    const { id } = await pending();
    const delivery = await claimOne("c1");
    await runTwice(redis, async () => releaseDeliveries(atTime(redis, 4100), [delivery]));
    assert.equal((await claimOne("c2", 4100)).id, id);
    await releaseDeliveries(atTime(redis, 4200), [delivery]);
    assert.deepEqual(await claim("c3", 4200), [], "it is another courier's by now");
  });

  it("again: nothing is sent again when what it tells of is gone", async () => {
    const { id, job } = await pending();
    await record(await claimOne("c1"), { outcome: "ok" });
    await redis.del(keys.pack(packOf(job.id)));
    assert.equal(await deliverAgain(redis, id), "gone");
    assert.equal(await deliverAgain(redis, `${id}x`), "missing");
  });

  it("erase: what is still to be delivered of a job is dead", async () => {
    const { id, job } = await pending();
    await runTwice(redis, async () => eraseJob(redis, job.id, "default"));
    const { status, reason } = (await readDelivery(redis, id)) ?? {};
    assert.deepEqual([status, reason], ["dead", "resource_deleted"]);
    assert.equal(
      await redis.exists(keys.targets, keys.target(adHoc), keys.deliveriesOf(packOf(job.id))),
      0,
    );
    assert.equal(await redis.exists(keys.pack(packOf(job.id))), 0);
    assert.equal(await deliverAgain(redis, id), "gone");
  });
});
