import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { createLogger } from "../../shared/log.ts";
import { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import { Dispatcher } from "../../shared/job/dispatcher.ts";
import { accept, packDispatches } from "../../shared/job/accept.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { settleAll } from "../../shared/job/settle.ts";
import { newJob, quota } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

describe("at its limits", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
    await redis.ping();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.config("SET", "maxmemory", "0");
    await redis.flushall();
  });

  it("a full lane refuses without leaving anything behind, however often it is asked", async () => {
    const dispatcher = new Dispatcher({
      redis,
      queue: new DispatchQueue(redis),
      logger: createLogger("test", "silent"),
      quota: quota({ laneJobs: 1 }),
    });
    const ask = async (): Promise<string> =>
      dispatcher.submit(newJob(lane), 1).then(
        () => "accepted",
        (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "?"),
      );
    assert.equal(await ask(), "accepted");
    const verdicts: string[] = [];
    for (let i = 0; i < 50; i++) verdicts.push(await ask());
    assert.deepEqual(new Set(verdicts), new Set(["queue_full"]));
    const waiting = `${keys.bullPrefix}:m@1.interactive:wait`;
    await until("adds are through", async () => (await redis.zcard(keys.undispatched)) === 0);
    // The first refusal tells that the lane is full; its own dispatch has gone out by then.
    assert.ok((await redis.llen(waiting)) <= 2);
    assert.equal(await redis.llen(keys.load(lane)), 1);
  });

  it("a Redis at maxmemory still lets jobs end, which is what frees it", async () => {
    const jobs = Array.from({ length: 8 }, () => newJob(lane, "x".repeat(4000)));
    const dispatches = packDispatches(lane, jobs, 8);
    await accept(redis, { lane, jobs, dispatches, quota: quota({ laneJobs: 10 }) });
    await redis.config("SET", "maxmemory", "1mb");
    await assert.rejects(redis.set("more", "x"), /OOM/);
    const settlements = jobs.map(({ id }) => ({
      id,
      lane,
      attempt: 1,
      outcome: { status: "succeeded", body: "{}", metrics: undefined } as const,
    }));
    const verdicts = await settleAll(redis, settlements);
    assert.deepEqual(new Set(verdicts), new Set(["settled"]));
    assert.equal(await redis.zcard(keys.outstanding(lane)), 0);
  });
});
