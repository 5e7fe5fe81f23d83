import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { laneName, type Lane } from "../../shared/lane.ts";
import { mendShifts } from "../../shared/lane/mend-shifts.ts";
import { ShiftListener, Shifts } from "../../shared/lane/shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { Run } from "../../shared/pack/run.ts";
import { connectForLoops } from "../../shared/redis/connection.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { outcomes } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("worker", "silent");
const RUNS = 50;
const PACKS = 10_000;

describe("many runs", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const fill = async (packs: number): Promise<void> => {
    for (let i = 0; i < packs; i += 100) {
      const some = Array.from({ length: Math.min(100, packs - i) }, () => newPack(lane, [{}]));
      await acceptPacks(redis, lane, some);
    }
  };

  it("share a backlog: each has something at once, each pack is one's, and all are run", async () => {
    await fill(PACKS);
    const shifts = { add: async (): Promise<void> => {} };
    const runs = Array.from(
      { length: RUNS },
      () => new Run({ redis, shifts, leaseMs: 60_000, logger }),
    );
    const taken = new Set<string>();
    const counts = await Promise.all(
      runs.map(async (run) => {
        let held: readonly string[] = [];
        let count = 0;
        do {
          const ends = held.map((pack) => ({
            pack,
            attempt: 1,
            first: 0,
            outcomes: outcomes("S"),
          }));
          const { packs } = await run.turn({ lane, rows: 1, woken: false }, ends);
          held = packs.map(({ name }) => name);
          for (const name of held) {
            assert.ok(!taken.has(name), `${name} is taken twice`);
            taken.add(name);
          }
          count += held.length;
        } while (held.length > 0);
        return count;
      }),
    );
    assert.equal(taken.size, PACKS);
    assert.ok(
      Math.min(...counts) > PACKS / RUNS / 4,
      `${counts.join()}: none stands beside the work`,
    );
    const left = [keys.ready(lane), keys.load(lane), keys.outstanding(lane), keys.due];
    assert.equal(await redis.exists(...left), 0);
    assert.equal(await redis.hget(keys.flow(lane), "running"), "0");
  });

  it("wake one after the other until each has work, from one shift", async (t) => {
    await fill(RUNS);
    const busy = new Set<string>();
    const stops = await Promise.all(
      Array.from({ length: RUNS / 5 }, async () => listening(server, t.after.bind(t), busy)),
    );
    await mendShifts(redis, new Shifts(redis));
    await until("all are busy", () => busy.size === stops.length);
    assert.equal(await redis.llen(keys.ready(lane)), RUNS - stops.length);
    const waiting = await redis.llen(`${keys.shiftPrefix}:${laneName(lane)}:wait`);
    assert.ok(waiting > 0, "and one waits for whoever is idle next");
  });
});

/** A worker with room for one pack, which it never ends. */
async function listening(
  server: TestRedis,
  atEnd: (stop: () => Promise<void>) => void,
  busy: Set<string>,
): Promise<void> {
  const loops = connectForLoops({ url: server.url, logger, name: "worker" });
  await loops.connect();
  const run = new Run({ redis: loops, shifts: new Shifts(loops), leaseMs: 60_000, logger });
  const listener: ShiftListener = new ShiftListener({
    redis: loops,
    lane,
    lockMs: 30_000,
    logger,
    onShift: async () => {
      listener.pause();
      await run.turn({ lane, rows: 1, woken: true }, []);
      busy.add(run.id);
      return "done";
    },
  });
  await listener.start();
  atEnd(async () => {
    await listener.stop(AbortSignal.timeout(5000));
    loops.disconnect();
  });
}
