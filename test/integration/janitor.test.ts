import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { accept, packDispatches } from "../../shared/job/accept.ts";
import { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import { redispatch } from "../../shared/dispatch/stalls.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { atTime } from "../../shared/redis/script.ts";
import { newJob, quota } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

describe("a gateway that died between accept and dispatch", () => {
  let server: TestRedis;
  before(async () => {
    server = await TestRedis.start();
  });
  after(async () => server[Symbol.asyncDispose]());

  it("leaves marks from which the janitor sends every dispatch, once", async () => {
    const redis = server.client();
    const queue = new DispatchQueue(redis);
    const jobs = Array.from({ length: 5 }, () => newJob(lane));
    const dispatches = packDispatches(lane, jobs, 2);
    const quotas = quota({ laneJobs: 10 });
    await accept(atTime(redis, 1000), { lane, jobs, dispatches, quota: quotas });
    const wait = `${keys.bullPrefix}:m@1.interactive:wait`;
    assert.equal(await redis.llen(wait), 0);

    assert.equal(await redispatch(atTime(redis, 5999), queue), 0, "too soon");
    // One did arrive, and only its acknowledgement was lost.
    const [first] = dispatches;
    assert.ok(first !== undefined);
    await queue.add(first);
    await redis.zadd(keys.undispatched, "1000", JSON.stringify(first));
    assert.equal(await redispatch(atTime(redis, 6001), queue), 3);
    assert.equal(await redis.llen(wait), 3);
    assert.equal(await redis.zcard(keys.undispatched), 0);
  });
});
