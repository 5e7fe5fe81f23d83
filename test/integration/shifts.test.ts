import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Redis } from "ioredis";
import { laneName, type Lane } from "../../shared/lane.ts";
import { mendShifts } from "../../shared/lane/mend-shifts.ts";
import { importBullmq, ShiftListener, Shifts, type ShiftEnd } from "../../shared/lane/shifts.ts";
import { createLogger, createLoggerTo } from "../../shared/log.ts";
import { connectForLoops } from "../../shared/redis/connection.ts";
import { Link } from "../support/link.ts";
import { putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("worker", "silent");
const queue = `${keys.shiftPrefix}:${laneName(lane)}`;

describe("shifts", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const waiting = async (): Promise<number> => redis.llen(`${queue}:wait`);
  const active = async (): Promise<number> => redis.llen(`${queue}:active`);

  /** A worker that counts its shifts and stays at each until it is told how that ends. */
  async function listener(lockMs = 30_000, isPaused = false) {
    const made = await silent({ lockMs });
    if (isPaused) made.made.pause();
    await made.made.start();
    return made;
  }

  /** The same before its start. */
  async function silent({ lockMs = 30_000, url = server.url, log = logger } = {}) {
    const loops = connectForLoops({ url, logger, name: "worker" });
    await loops.connect();
    const ends: PromiseWithResolvers<ShiftEnd>[] = [];
    const onShift = async (): Promise<ShiftEnd> => {
      const end = Promise.withResolvers<ShiftEnd>();
      ends.push(end);
      return end.promise;
    };
    const made = new ShiftListener({ redis: loops, lane, lockMs, logger: log, onShift });
    const stop = async (): Promise<void> => {
      for (const end of ends) end.resolve("done");
      await made.stop(AbortSignal.timeout(5000));
      loops.disconnect();
    };
    return { made, ends, loops, stop };
  }

  type Listening = Awaited<ReturnType<typeof silent>>;

  /** Three shifts, which the idle one gets; and a fourth, when it is the busy one that has room. */
  async function goToIdle(busy: Listening, idle: Listening): Promise<void> {
    const shifts = new Shifts(redis);
    for (let i = 1; i <= 3; i += 1) {
      await shifts.add(lane);
      await until("the idle one wakes", () => idle.ends.length === i);
      idle.ends[i - 1]?.resolve("done");
    }
    assert.equal(busy.ends.length, 0);
    idle.made.pause();
    busy.made.resume();
    await shifts.add(lane);
    await until("the other listens now", () => busy.ends.length === 1);
  }

  it("wake one worker each, one at a time", async (t) => {
    const [one, two] = [await listener(), await listener()];
    t.after(async () => Promise.all([one.stop(), two.stop()]));
    const shifts = new Shifts(redis);
    await shifts.add(lane);
    await until("a worker wakes", () => one.ends.length + two.ends.length === 1);
    await shifts.add(lane);
    await until("so does the other", () => one.ends.length === 1 && two.ends.length === 1);
    await shifts.add(lane);
    one.ends[0]?.resolve("done");
    await until("whoever is done is next", () => one.ends.length === 2);
    assert.equal(two.ends.length, 1);
  });

  it("are left to others by a worker that has no room, and leave nothing behind", async (t) => {
    const [busy, idle] = [await listener(), await listener()];
    t.after(async () => Promise.all([busy.stop(), idle.stop()]));
    busy.made.pause();
    await goToIdle(busy, idle);
    busy.ends[0]?.resolve("done");
    await until("nothing is left", async () => (await active()) + (await waiting()) === 0);
    const jobs = (await redis.keys(`${queue}:*`)).filter((key) => /:\d+$/.test(key));
    assert.deepEqual(jobs, []);
  });

  it("are left to others by a worker that had no room when it began to listen", async (t) => {
    const [busy, idle] = [await listener(30_000, true), await listener()];
    t.after(async () => Promise.all([busy.stop(), idle.stop()]));
    await goToIdle(busy, idle);
  });

  it("wake a worker that could not connect for them at first", async (t) => {
    const link = await Link.to(server.port);
    const url = new URL(server.url);
    url.port = String(link.port);
    const late = await silent({ url: url.href });
    t.after(async () => {
      await late.stop();
      await link[Symbol.asyncDispose]();
    });
    link.leadTo(1);
    await assert.rejects(late.made.start());
    link.leadTo(server.port);
    await late.made.start();
    await new Shifts(redis).add(lane);
    await until("it wakes", () => late.ends.length === 1);
  });

  it("wake a worker once that had no room, and then had, while it began to listen", async (t) => {
    const lines: string[] = [];
    const out = { write: (line: string) => void lines.push(line) };
    const hasty = await silent({ log: createLoggerTo(out, { role: "worker", level: "warn" }) });
    t.after(async () => hasty.stop());
    const started = hasty.made.start();
    // In the middle of its start: BullMQ's worker is there, and not connected.
    await importBullmq();
    await setImmediate();
    hasty.made.pause();
    hasty.made.resume();
    await started;
    await new Shifts(redis).add(lane);
    await until("it wakes", () => hasty.ends.length === 1);
    assert.deepEqual(lines, []);
  });

  it("go to another worker when they are handed back", async (t) => {
    const [full, idle] = [await listener(), await listener()];
    t.after(async () => Promise.all([full.stop(), idle.stop()]));
    idle.made.pause();
    await new Shifts(redis).add(lane);
    await until("it wakes", () => full.ends.length === 1);
    full.made.pause();
    full.ends[0]?.resolve("handed back");
    idle.made.resume();
    await until("the other one wakes", () => idle.ends.length === 1);
  });

  it("wake another worker when the one that was woken stands still", async (t) => {
    const idle = await listener();
    t.after(async () => idle.stop());
    idle.made.pause();
    const shifts = new Shifts(redis);
    await putPack(redis, lane);
    await shifts.add(lane);
    assert.equal(await mendShifts(redis, shifts), 0);
    // What a worker reads that is frozen, or whose machine is gone: it never asks for the shift.
    assert.equal((await redis.zpopmin(`${queue}:marker`)).length, 2);
    assert.equal(await waiting(), 1);
    assert.equal(await mendShifts(redis, shifts), 1);
    assert.equal(await mendShifts(redis, shifts), 0);
    idle.made.resume();
    await until("another one wakes", () => idle.ends.length === 1);
    assert.equal(await waiting(), 1);
    assert.equal(await mendShifts(redis, shifts), 0, "BullMQ tells of what is left by itself");
  });

  it("are added where packs are ready and none waits, and not beside one that does", async () => {
    const shifts = new Shifts(redis);
    await putPack(redis, lane);
    // Its gateway died before it added one.
    assert.equal(await mendShifts(redis, shifts), 1);
    assert.equal(await waiting(), 1);
    assert.equal(await mendShifts(redis, shifts), 0);
    await redis.del(keys.ready(lane));
    await redis.del(`${queue}:wait`);
    assert.equal(await mendShifts(redis, shifts), 0);
    assert.equal(await redis.hget(keys.flow(lane), "sh"), null, "nobody believes in one");
  });

  it("are added beside one whose worker died, which is forgotten", async (t) => {
    const dead = await listener(1000);
    t.after(async () => dead.stop());
    const shifts = new Shifts(redis);
    await putPack(redis, lane);
    await shifts.add(lane);
    await until("a worker has it", () => dead.ends.length === 1);
    // No more renewals of its lock.
    dead.loops.disconnect();
    assert.equal(await mendShifts(redis, shifts), 1, "what a worker has does not count as waiting");
    const next = await listener();
    t.after(async () => next.stop());
    await until("another one wakes", () => next.ends.length === 1);
    next.ends[0]?.resolve("done");
    await redis.del(keys.ready(lane));
    await until("nothing is left of either", async () => {
      await mendShifts(redis, shifts);
      return (await active()) === 0;
    });
    const jobs = (await redis.keys(`${queue}:*`)).filter((key) => /:\d+$/.test(key));
    assert.deepEqual(jobs, []);
  });
});
