import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { failure } from "../../shared/job/outcome.ts";
import type { NewJob } from "../../shared/job/record.ts";
import { accept, packDispatches, type Quota } from "../../shared/job/accept.ts";
import { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import { eraseJob } from "../../shared/job/erase.ts";
import {
  fetchJobs,
  markInRun,
  noteExclusiveRun,
  releaseJobs,
  type Fetched,
} from "../../shared/job/fetch.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { ListingTrim } from "../../shared/redis/listing.ts";
import { readJobs } from "../../shared/job/read.ts";
import { retryJob } from "../../shared/job/retry.ts";
import { settleAll } from "../../shared/job/settle.ts";
import { newJob, quota, testLimits } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

/** ioredis sends a command again when its reply was lost: every script must bear that. */
describe("a script that is run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const changesNothingTheSecondTime = async (run: () => Promise<unknown>): Promise<void> =>
    runTwice(redis, run);

  const jobs = [newJob(lane), newJob(lane, "x".repeat(9000)), newJob(lane)];
  const dispatches = packDispatches(lane, jobs, 2);
  const acceptWith = async (limits: Partial<Quota>): Promise<string[]> => {
    const options = { lane, jobs, dispatches, quota: quota(limits) };
    return (await accept(redis, options)).map(({ kind }) => kind);
  };
  const acceptAll = async (): Promise<string[]> => acceptWith({});
  const ids = jobs.map((job) => job.id);
  const fetch = async (token: string, firstAttempt = 1): Promise<Fetched> =>
    fetchJobs(redis, { lane, ids, token, firstAttempt });
  const claim = async (): Promise<void> => {
    for (const job of jobs) await redis.set(keys.input(job.id), job.payload, "EX", 600);
  };

  it("accept", async () => {
    await claim();
    await changesNothingTheSecondTime(acceptAll);
    assert.equal(await redis.llen(keys.load(lane)), 3);
    assert.deepEqual(await acceptAll(), ["accepted", "accepted", "accepted"]);
  });

  it("accept, with the lane full", async () => {
    await claim();
    const run = async (): Promise<string[]> => acceptWith({ laneJobs: 2 });
    await changesNothingTheSecondTime(run);
    assert.deepEqual(await run(), ["accepted", "accepted", "queue_full"]);
  });

  it("accept, after the dispatch has been sent and its mark cleared", async () => {
    await claim();
    await acceptAll();
    await redis.del(keys.undispatched);
    await acceptAll();
    assert.equal(await redis.exists(keys.undispatched), 0);
  });

  it("accept, with keys: one is free, one is bound, one belongs to another request", async () => {
    const first = newJob(lane, "a", { idempotency: { scope: "k1", fingerprint: "f1" } });
    const fresh = newJob(lane, "b", {
      idempotency: { scope: "k2", fingerprint: "f2" },
      limits: { ...testLimits, totalMs: 604_800_000 },
    });
    const [same, other] = ["f1", "f3"].map((fingerprint) =>
      newJob(lane, "x".repeat(9000), { idempotency: { scope: "k1", fingerprint } }),
    );
    assert.ok(same !== undefined && other !== undefined);
    const acceptJobs = async (...given: readonly NewJob[]) =>
      accept(redis, {
        lane,
        jobs: given,
        dispatches: packDispatches(lane, given, 8),
        quota: quota(),
      });
    await changesNothingTheSecondTime(async () => acceptJobs(first));
    for (const job of [same, other]) await redis.set(keys.input(job.id), job.payload, "EX", 600);
    const run = async () => acceptJobs(fresh, same, other);
    await changesNothingTheSecondTime(run);
    assert.deepEqual(
      (await run()).map((verdict) => (verdict.kind === "replayed" ? verdict.id : verdict.kind)),
      ["accepted", first.id, "key_reused"],
    );
    assert.equal(await redis.exists(keys.input(same.id), keys.input(other.id)), 0);
    assert.equal(await redis.llen(keys.load(lane)), 2);
    const ttls = await Promise.all(
      ["k1", "k2"].map(async (scope) => redis.ttl(keys.idempotency(scope))),
    );
    assert.deepEqual(
      ttls.map((seconds) => Math.round(seconds / 1000)),
      [86, 608],
      "24 h, or the 7 days that it may take and the hour that it is kept",
    );
  });

  it("accept, with the tenant's quota used up, which binds no key", async () => {
    const keyed = [1, 2].map((i) =>
      newJob(lane, "a", { idempotency: { scope: `k${i}`, fingerprint: "f" } }),
    );
    const options = { lane, jobs: keyed, dispatches: packDispatches(lane, keyed, 8) };
    const run = async (tenantJobs: number): Promise<string[]> =>
      (await accept(redis, { ...options, quota: quota({ tenantJobs }) })).map(({ kind }) => kind);
    await changesNothingTheSecondTime(async () => run(1));
    assert.deepEqual(await run(1), ["accepted", "tenant_full"]);
    assert.equal(await redis.exists(keys.idempotency("k2")), 0);
    assert.equal(await redis.hget(keys.tenant("default"), "jobs"), "1");
    assert.deepEqual(await run(2), ["accepted", "accepted"], "and it is free to be used later");
  });

  it("fetch", async () => {
    await claim();
    await acceptAll();
    await changesNothingTheSecondTime(async () => fetch("run-1"));
    const again = await fetch("run-1");
    assert.deepEqual(
      again.jobs.map((job) => job.attempt),
      [1, 1, 1],
    );
    const after2 = await fetch("run-2");
    assert.deepEqual(
      after2.jobs.map((job) => job.attempt),
      [2, 2, 2],
      "another run is another attempt",
    );
  });

  it("release", async () => {
    await claim();
    await acceptAll();
    await fetch("run-1");
    await changesNothingTheSecondTime(async () =>
      releaseJobs(redis, { lane, ids, token: "run-1" }),
    );
  });

  it("settle", async () => {
    await claim();
    await acceptAll();
    await fetch("run-1");
    const [one = "", two = "", three = ""] = ids;
    const settlements = [
      {
        id: one,
        lane,
        attempt: 1,
        outcome: { status: "succeeded", body: '{"a":1}', metrics: undefined },
      },
      { id: two, lane, attempt: 1, outcome: failure(new Error("no")) },
      { id: three, lane, attempt: 7, outcome: failure(new Error("late")) },
    ] as const;
    const run = async (): Promise<string[]> => settleAll(redis, settlements);
    await changesNothingTheSecondTime(run);
    assert.deepEqual(await run(), ["late", "late", "late"]);
    assert.equal(await redis.llen(keys.load(lane)), 1);
    assert.deepEqual(await redis.zrange(keys.outstanding(lane), "0", "-1"), [three]);
  });

  it("read", async () => {
    await claim();
    await acceptAll();
    await changesNothingTheSecondTime(async () =>
      readJobs(
        redis,
        "g2",
        ids.map((id) => ({ id, mode: "wait" })),
      ),
    );
    assert.equal(await redis.hget(keys.job(ids[0] ?? ""), "w"), "g1 g2");
  });

  it("begin", async () => {
    await claim();
    await acceptAll();
    await fetch("run-1");
    await changesNothingTheSecondTime(async () => markInRun(redis, { lane, ids, token: "run-1" }));
    assert.equal(await redis.hget(keys.job(ids[0] ?? ""), "g"), "1");
  });

  it("alone, which makes no record of a job that is gone", async () => {
    await claim();
    await acceptAll();
    await fetch("run-1");
    const [id = ""] = ids;
    await changesNothingTheSecondTime(async () =>
      noteExclusiveRun(redis, { id, token: "run-1" }, 1),
    );
    assert.equal(await redis.hget(keys.job(id), "q"), "1");
    await noteExclusiveRun(redis, { id, token: "run-0" }, 2);
    assert.equal(await redis.hget(keys.job(id), "q"), "1", "another run has it by now");
    await redis.del(keys.job(id));
    await noteExclusiveRun(redis, { id, token: "run-1" }, 2);
    assert.equal(await redis.exists(keys.job(id)), 0);
  });

  it("settle, from the status that was seen", async () => {
    await claim();
    await acceptAll();
    await fetch("run-1");
    const [one = "", two = ""] = ids;
    const outcome = failure(new Error("late"), undefined, "expired");
    const settle = async (id: string, from: "queued" | "running"): Promise<string[]> =>
      settleAll(redis, [{ id, lane, attempt: 1, from, outcome }]);
    assert.deepEqual(await settle(one, "queued"), ["late"], "a worker has taken it meanwhile");
    await changesNothingTheSecondTime(async () => settle(two, "running"));
    assert.equal(await redis.hget(keys.job(one), "s"), "running");
  });

  /** Fails all jobs. */
  async function failAll(): Promise<void> {
    const outcome = failure(new Error("no"));
    const attempt = undefined;
    await settleAll(
      redis,
      ids.map((id) => ({ id, lane, attempt, outcome })),
    );
  }

  it("retry, also when the attempt that it made has ended meanwhile", async () => {
    await claim();
    await acceptAll();
    await fetch("run-1");
    await failAll();
    await redis.del(keys.undispatched);
    const queue = new DispatchQueue(redis);
    const [, id = ""] = ids;
    const job = { id, model: lane.model, class: lane.class, attempt: 1, rows: 1 };
    const run = async () => retryJob(redis, queue, { job, quota: quota(), token: "retry-1" });
    await changesNothingTheSecondTime(run);
    assert.equal(await run(), "accepted");
    assert.equal(await redis.llen(keys.load(lane)), 1);
    assert.deepEqual((await fetch("run-1")).jobs, [], "it is another dispatch's job");
    const { jobs: taken } = await fetch("run-2", 2);
    assert.deepEqual(
      taken.map(({ id: taking, attempt }) => [taking, attempt]),
      [[id, 2]],
    );
    await failAll();
    assert.equal(await run(), "accepted", "it is told what became of the first time");
    assert.equal(await redis.hget(keys.job(id), "s"), "failed");
    assert.equal(await redis.llen(keys.load(lane)), 0);
    const later = await retryJob(redis, queue, { job, quota: quota(), token: "retry-2" });
    assert.equal(later, "not_retryable", "another attempt ended since it was looked at");
  });

  it("erase", async () => {
    await claim();
    await acceptAll();
    const [, id = ""] = ids;
    assert.equal(await eraseJob(redis, id, "default"), "not_ended");
    await failAll();
    await changesNothingTheSecondTime(async () => eraseJob(redis, id, "default"));
    assert.equal(await eraseJob(redis, id, "default"), "erased");
    assert.deepEqual(await redis.hgetall(keys.job(id)), { s: "deleted", t: "default" });
    assert.equal(await redis.exists(keys.input(id)), 0);
    const listed = await redis.zrange(keys.jobs("default"), "0", "-1");
    assert.deepEqual(listed, ids.filter((other) => other !== id).toSorted());
  });

  it("trim", async () => {
    await claim();
    await acceptAll();
    await failAll();
    const [one = "", two = "", three] = ids;
    await redis.del(keys.job(one), keys.job(two));
    const trim = new ListingTrim(redis);
    await changesNothingTheSecondTime(async () => trim.sweep());
    assert.deepEqual(await redis.zrange(keys.jobs("default"), "0", "-1"), [three]);
  });
});
