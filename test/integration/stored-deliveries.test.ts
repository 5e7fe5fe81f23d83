import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { failure } from "../../shared/job/outcome.ts";
import type { NewJob } from "../../shared/job/new-job.ts";
import { accept, packDispatches } from "../../shared/job/accept.ts";
import { fetchJobs } from "../../shared/job/fetch.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { settleAll } from "../../shared/job/settle.ts";
import { atTime } from "../../shared/redis/script.ts";
import type { EventType } from "../../shared/webhook/event-types.ts";
import { adHocTarget } from "../../shared/webhook/subscription.ts";
import { newJob, quota, testIds } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { hook, pendingTo } from "../support/webhooks.ts";

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
    await accept(redis, { lane, jobs, dispatches, quota: quota() });
  };
  const fetch = async (token: string, ...jobs: readonly NewJob[]): Promise<unknown> =>
    fetchJobs(redis, { lane, ids: jobs.map(({ id }) => id), token, firstAttempt: 1 });
  const settle = async (...jobs: readonly NewJob[]): Promise<string[]> => {
    const outcome = { status: "succeeded", body: '{"a":1}', metrics: undefined } as const;
    const ends = jobs.map(({ id }) => ({ id, lane, attempt: undefined, outcome }));
    return settleAll(atTime(redis, 3000), ends);
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
    await runTwice(redis, async () => settleAll(redis, ends));
    assert.ok((await redis.ttl(keys.job(job.id))) > 4 * 86_400 - 60, "starts are still to be told");
  });
});
