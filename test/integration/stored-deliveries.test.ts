import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { NewJob } from "../../shared/job/new-job.ts";
import { packOf } from "../../shared/id.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { atTime } from "../../shared/redis/script.ts";
import { claimDeliveries, recordAttempt } from "../../shared/webhook/deliveries.ts";
import type { EventType } from "../../shared/webhook/event-types.ts";
import { adHocTarget } from "../../shared/webhook/subscription.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { newJob, testIds } from "../support/jobs.ts";
import { PackDesk } from "../support/pack-desk.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { hook, pendingTo } from "../support/webhooks.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const url = "http://127.0.0.1:9/hook";
const adHoc = adHocTarget("default", url);

const CLAIM = { leaseMs: 60_000, most: 8, token: "c1" };
const ARRIVED = {
  outcome: "ok",
  log: "",
  lastStatus: 200,
  waitMs: undefined,
  reason: "exhausted",
  disableAfterMs: 432_000_000,
} as const;

const callingBack = (...events: readonly EventType[]): NewJob =>
  newJob(lane, "a", { webhook: { target: adHoc, url, events, include: "auto" } });

describe("a script that stores deliveries, run twice with the same arguments", () => {
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
    await acceptPacks(redis, lane, packs);
  };
  /** Settles jobs that nobody else has taken. */
  const settle = async (...jobs: readonly NewJob[]): Promise<void> => {
    await desk.take();
    for (const job of jobs) await desk.settle(packOf(job.id), "S");
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
    assert.deepEqual((await redis.smembers(keys.deliveriesOf(packOf(job.id)))).toSorted(), ids);
    assert.equal(await redis.hget(keys.pack(packOf(job.id)), "dp"), "2");
    assert.ok(
      (await redis.ttl(keys.pack(packOf(job.id)))) > 4 * 86_400 - 60,
      "kept for its deliveries",
    );
    assert.ok((await redis.ttl(keys.deliveriesOf(packOf(job.id)))) > 4 * 86_400 - 60);
    assert.deepEqual(await redis.hgetall(keys.delivery(id)), {
      r: job.id,
      y: keys.pack(packOf(job.id)),
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
    assert.equal(await redis.exists(keys.targets, keys.deliveriesOf(packOf(job.id))), 0);
    assert.ok((await redis.ttl(keys.pack(packOf(job.id)))) <= 3600);
    assert.ok((await redis.ttl(keys.pack(packOf(plain.id)))) <= 3600);
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
    assert.deepEqual(await redis.smembers(keys.deliveriesOf(packOf(one.id))), [
      `${evt(one, "1S")}_${on.slice(-8)}`,
    ]);
    assert.equal(await redis.hget(keys.delivery(`${evt(one, "1S")}_${on.slice(-8)}`), "inc"), "t");
    assert.equal(await redis.exists(keys.deliveriesOf(packOf(two.id))), 0);
  });

  it("take: a job that wants its start told, once for each attempt", async () => {
    const job = callingBack("job.started");
    const plain = newJob(lane);
    await acceptAll(job, plain);
    await desk.take();
    assert.deepEqual(await pendingTo(redis, adHoc), [evt(job, "1s")]);
    await reapRuns(atTime(redis, 1_000_000), new Shifts(redis));
    const next = new PackDesk(atTime(redis, 1_000_000), lane);
    // What a worker died with travels alone.
    for (const _ of [job, plain]) await next.take();
    assert.deepEqual(await pendingTo(redis, adHoc), [evt(job, "1s"), evt(job, "2s")]);
    assert.equal(await redis.exists(keys.deliveriesOf(packOf(plain.id))), 0);
    assert.equal(await redis.hget(keys.pack(packOf(job.id)), "dp"), "2");
    await runTwice(redis, async () => next.settle(packOf(job.id), "F"));
    const pack = keys.pack(packOf(job.id));
    assert.ok((await redis.ttl(pack)) > 4 * 86_400 - 60, "starts are still to be told");
  });

  it("take: a start that was told before the end leaves no ids behind for ever", async () => {
    const job = callingBack("job.started");
    await acceptAll(job);
    await desk.take();
    const [delivery] = await claimDeliveries(atTime(redis, 3000), CLAIM);
    assert.ok(delivery !== undefined);
    await recordAttempt(redis, { ...ARRIVED, delivery });
    await desk.settle(packOf(job.id), "S");
    assert.ok((await redis.ttl(keys.deliveriesOf(packOf(job.id)))) > 0);
  });
});
