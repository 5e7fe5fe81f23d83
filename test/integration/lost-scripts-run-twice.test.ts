import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { accept, packDispatches } from "../../shared/job/accept.ts";
import { fetchJobs, releaseJobs } from "../../shared/job/fetch.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { queueLost } from "../../shared/dispatch/lost.ts";
import { newJob, quota } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

describe("jobs whose worker was lost", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());

  it("wait again, at the cost of an attempt, unless a worker has their dispatch", async () => {
    const jobs = [newJob(lane), newJob(lane)];
    const ids = jobs.map(({ id }) => id);
    const [dispatch] = packDispatches(lane, jobs, 8);
    assert.ok(dispatch !== undefined);
    await accept(redis, { lane, jobs, dispatches: [dispatch], quota: quota() });
    const attempts = async (token: string): Promise<readonly number[]> => {
      const fetched = await fetchJobs(redis, { lane, ids, token, firstAttempt: 1 });
      return fetched.jobs.map(({ attempt }) => attempt);
    };
    assert.deepEqual(await attempts("run-1"), [1, 1]);
    const lock = `${keys.bullPrefix}:${dispatch.lane}:${ids[0]}:lock`;
    await redis.set(lock, "worker");
    assert.equal(await queueLost(redis, dispatch), 0);
    await redis.del(lock);
    await runTwice(redis, async () => queueLost(redis, dispatch));
    assert.equal(await redis.hget(keys.flow(lane), "running"), "0");
    assert.deepEqual(await attempts("run-2"), [2, 2]);
    await releaseJobs(redis, { lane, ids, token: "run-2" });
    assert.deepEqual(await attempts("run-3"), [2, 2], "a release costs none");
  });
});
