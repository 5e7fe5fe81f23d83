import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { systemClock } from "../../shared/clock.ts";
import { overdueOutcome } from "../../shared/job/limits.ts";
import type { JobDispatch } from "../../shared/dispatch/dispatch.ts";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { accept, packDispatches } from "../../shared/job/accept.ts";
import { keys } from "../support/redis-keys.ts";
import { queueLost } from "../../shared/dispatch/lost.ts";
import { Settler } from "../../shared/job/settle.ts";
import { delay } from "../../shared/wait.ts";
import { JobCarrier } from "../../worker/score/job-carrier.ts";
import { newJob, quota, testLimits } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const version = loadRegistry("test/fixtures/models").resolve("slow-text");

describe("the time of an attempt", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());

  /** One job in the hands of a worker. */
  async function inHand(
    attemptMs: number,
  ): Promise<{ id: string; dispatch: JobDispatch; carrier: JobCarrier }> {
    const job = newJob(LANE, "a", { limits: { ...testLimits, attemptMs } });
    const [dispatch] = packDispatches(LANE, [job], 8);
    assert.ok(dispatch);
    await accept(redis, { lane: LANE, jobs: [job], dispatches: [dispatch], quota: quota() });
    const tools = {
      redis,
      clock: systemClock,
      settler: new Settler(redis, () => {}),
      logger: createLogger("worker", "silent"),
      onItemEnded: () => {},
    };
    const origin = { lane: LANE, version, dispatch: { ...dispatch, stalls: 0 } };
    return { id: job.id, dispatch, carrier: await JobCarrier.fetch(tools, origin, dispatch) };
  }

  const statusOf = async (id: string): Promise<string | null> => redis.hget(keys.job(id), "s");

  it("ends a job that its worker has", async () => {
    const { id, carrier } = await inHand(50);
    assert.equal(await carrier.ended(), "done");
    assert.equal(await statusOf(id), "failed");
  });

  it("does not end a job that waits again, since its worker stood still for too long", async () => {
    const { id, dispatch, carrier } = await inHand(60_000);
    assert.equal(await queueLost(redis, dispatch), 1);
    const [task] = carrier.tasks;
    assert.ok(task);
    // What a worker does first thing when it goes on.
    await carrier.settle(task, overdueOutcome("attempt", testLimits));
    assert.equal(await statusOf(id), "queued");
    assert.equal(await carrier.ended(), "done");
  });

  it("may be longer than a timer of Node's", async () => {
    const { id, carrier } = await inHand(2 ** 31);
    await delay(50, new AbortController().signal);
    assert.equal(await statusOf(id), "running");
    await carrier.release(carrier.tasks);
    await until("it waits again", async () => (await statusOf(id)) === "queued");
  });
});
