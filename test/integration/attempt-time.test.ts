import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { systemClock } from "../../shared/clock.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { Run } from "../../shared/pack/run.ts";
import { delay } from "../../shared/wait.ts";
import { Desk } from "../../worker/score/desk.ts";
import { PackCarrier } from "../../worker/score/pack-carrier.ts";
import { testLimits } from "../support/jobs.ts";
import { putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const version = loadRegistry("test/fixtures/models").resolve("slow-text");
const logger = createLogger("worker", "silent");

describe("the time of an attempt", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());

  /** A desk that holds one pack of two jobs, which nobody runs. */
  async function inHand(attemptMs: number): Promise<{ desk: Desk; pack: string }> {
    const pack = await putPack(redis, LANE, { jobs: 2, limits: { ...testLimits, attemptMs } });
    const shifts = new Shifts(redis);
    const desk: Desk = new Desk({
      makeRun: () => new Run({ redis, shifts, leaseMs: 60_000, logger }),
      next: () => (desk.size === 0 ? { lane: LANE, rows: 8, woken: false } : undefined),
      onTurned: (_, { packs }) => {
        for (const taken of packs) {
          const carrier = new PackCarrier(
            {
              redis,
              clock: systemClock,
              logger,
              desk,
              onJobEnded() {},
              onItemsEnded() {},
              blockRows: () => undefined,
            },
            version,
            taken,
          );
          desk.hold(carrier);
          void carrier.prepare();
        }
      },
      onLost: () => {},
      leaseMs: 60_000,
      logger,
    });
    desk.call();
    await until("it is taken", () => desk.size === 1);
    return { desk, pack };
  }

  const statesOf = async (pack: string): Promise<string | null> => redis.hget(keys.pack(pack), "s");

  it("ends the jobs that its worker has", async () => {
    const { desk, pack } = await inHand(50);
    await desk.gone(desk.holds);
    assert.equal(await statesOf(pack), "FF");
    assert.match((await redis.hget(keys.pack(pack), "o0")) ?? "", /"attempt_timeout"/);
  });

  it("does not end a job that waits again, since its worker stood still for too long", async () => {
    const { desk, pack } = await inHand(1000);
    // What the courier does when the lease of a run has ended.
    await redis.zrem(keys.runs, desk.run);
    await redis.hdel(keys.pack(pack), "r");
    await desk.gone(desk.holds);
    assert.equal(await statesOf(pack), "WW");
  });

  it("may be longer than a timer of Node's", async () => {
    const { desk, pack } = await inHand(2 ** 31);
    await delay(50, new AbortController().signal);
    assert.equal(desk.size, 1);
    await desk.release(desk.holds);
    assert.deepEqual([desk.size, await statesOf(pack)], [0, "WW"]);
    assert.deepEqual(await redis.lrange(keys.ready(LANE), 0, -1), [pack]);
  });
});
