import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { laneName, type Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { Run } from "../../shared/pack/run.ts";
import { RedisClock } from "../../shared/redis/redis-clock.ts";
import { Janitor } from "../../worker/courier/janitor.ts";
import { CourierMetrics } from "../../worker/courier/metrics.ts";
import { testLimits } from "../support/jobs.ts";
import { putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("courier", "silent");
const metrics = new CourierMetrics();

describe("the janitor", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  async function janitor(): Promise<Janitor> {
    const shifts = new Shifts(redis);
    const clock = new RedisClock(redis, logger);
    const made = new Janitor({ redis, shifts, clock, logger, metrics });
    await made.start();
    return made;
  }

  it("adds the shift of a gateway that died behind its accept", async (t) => {
    const name = await putPack(redis, lane);
    const made = await janitor();
    t.after(async () => made.stop());
    const wait = `${keys.shiftPrefix}:${laneName(lane)}:wait`;
    await until("a shift waits", async () => (await redis.llen(wait)) === 1);
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name]);
    assert.match(await metrics.text(), /healed_total\{kind="shift_added"\} 1/);
  });

  it("gives back what a worker had that died, once its lease has ended", async (t) => {
    const name = await putPack(redis, lane);
    const run = new Run({ redis, shifts: new Shifts(redis), leaseMs: 1000, logger });
    await run.turn({ lane, rows: 8, woken: false }, []);
    const made = await janitor();
    t.after(async () => made.stop());
    await until("it waits again", async () => (await redis.llen(keys.ready(lane))) === 1);
    assert.deepEqual(await redis.hmget(keys.pack(name), "a", "dt", "r"), ["2", "1", null]);
    const count = /healed_total\{kind="pack_lost"\} 1/;
    // What Redis says comes before what the janitor counts of it.
    await until("it is counted", async () => count.test(await metrics.text()));
  });

  it("counts the jobs that it gives up", async (t) => {
    const limits = { ...testLimits, retries: 0 };
    await putPack(redis, lane, { jobs: 2, limits });
    const run = new Run({ redis, shifts: new Shifts(redis), leaseMs: 1000, logger });
    await run.turn({ lane, rows: 8, woken: false }, []);
    const made = await janitor();
    t.after(async () => made.stop());
    await until("they have ended", async () => (await redis.exists(keys.load(lane))) === 0);
    const count = /jobs_ended_total\{.*outcome="failed",code="worker_lost"\} 2/;
    await until("they are counted", async () => count.test(await metrics.text()));
  });

  it("forgets what ended before a worker came", async (t) => {
    const limits = { ...testLimits, startMs: 1 };
    await putPack(redis, lane, { jobs: 2, limits });
    const made = await janitor();
    t.after(async () => made.stop());
    await until("it is ready no more", async () => (await redis.exists(keys.ready(lane))) === 0);
    assert.equal(await redis.exists(keys.load(lane), keys.due), 0);
  });
});
