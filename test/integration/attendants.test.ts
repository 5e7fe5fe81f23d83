import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import type { Redis } from "ioredis";
import { laneName, type Lane } from "../../shared/lane.ts";
import { mendShifts } from "../../shared/lane/mend-shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { accept } from "../../shared/pack/accept.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import { Run, type Turned } from "../../shared/pack/run.ts";
import { connectForLoops } from "../../shared/redis/connection.ts";
import { atTime } from "../../shared/redis/script.ts";
import { WakeFeed } from "../../worker/score/wake-feed.ts";
import { newPack } from "../support/accepted.ts";
import { quota } from "../support/jobs.ts";
import { Link } from "../support/link.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("worker", "silent");
const LEASE_MS = 4000;

/** A worker with room for so many jobs, and what it is told. */
interface Attendant {
  readonly run: Run;
  readonly wakes: readonly string[];
  /** Takes what there is. */
  look(woken?: boolean): Promise<Turned>;
  close(): Promise<void>;
}

describe("the worker that found a lane empty last", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  /** Lanes that a script wants a shift for. */
  let shifts: string[] = [];
  const adding = { add: async (to: Lane): Promise<void> => void shifts.push(laneName(to)) };
  beforeEach(async () => {
    await redis.flushall();
    shifts = [];
  });

  async function attendant(t: TestContext, room = 8): Promise<Attendant> {
    const subscriber = connectForLoops({ url: server.url, logger, name: "wakes" });
    await subscriber.connect();
    const wakes: string[] = [];
    const feed = new WakeFeed({ subscriber, logger, onWake: (name) => wakes.push(name) });
    await feed.start();
    const listener = (): string | undefined => feed.listener;
    const run = new Run({ redis, shifts: adding, listener, leaseMs: LEASE_MS, logger });
    const close = async (): Promise<void> => {
      const closed = once(subscriber, "end");
      subscriber.disconnect();
      await closed;
    };
    t.after(async () => {
      await feed.stop();
      subscriber.disconnect();
    });
    const look = async (woken = true): Promise<Turned> =>
      run.turn({ lane, rows: room, woken, attends: room }, []);
    return { run, wakes, look, close };
  }

  /** @returns whether whoever accepts them has to add a shift */
  const put = async (jobs = 1): Promise<boolean> => {
    const pack = newPack(
      lane,
      Array.from({ length: jobs }, () => ({})),
    );
    return (await accept(redis, { lane, packs: [pack], quota: quota() })).arm;
  };

  it("is told by a message, once, and no shift is needed", async (t) => {
    const worker = await attendant(t);
    assert.equal((await worker.look()).left, 0);
    assert.equal(await put(), false);
    assert.equal(await put(), false, "it is on its way");
    await until("it hears", () => worker.wakes.length > 0);
    assert.equal((await worker.look()).packs.length, 2);
    assert.equal(await put(), false);
    await until("it hears again", () => worker.wakes.length > 1);
    assert.deepEqual(worker.wakes, [laneName(lane), laneName(lane)]);
  });

  it("is not told when it has no more room: a shift is for another one", async (t) => {
    const worker = await attendant(t, 2);
    await worker.look();
    assert.equal(await put(2), false);
    await worker.look();
    assert.equal(await put(), true);
    assert.equal(worker.wakes.length, 1);
  });

  it("is not told of what it leaves itself", async (t) => {
    const worker = await attendant(t, 2);
    await worker.look();
    await put(2);
    await put(2);
    assert.equal((await worker.look()).left, 1);
    assert.deepEqual(shifts, [laneName(lane)]);
  });

  it("is told of what comes back from a worker that died", async (t) => {
    const [dying, idle] = [await attendant(t), await attendant(t)];
    await put();
    assert.equal((await dying.look()).packs.length, 1);
    await idle.look();
    await reapRuns(atTime(redis, Date.now() + LEASE_MS + 1), adding);
    await until("it hears", () => idle.wakes.length === 1);
    assert.deepEqual(shifts, []);
  });

  it("is not waited for when it is gone", async (t) => {
    const worker = await attendant(t);
    await worker.look();
    await worker.close();
    assert.equal(await put(), true);
  });

  it("is not waited for when its message is lost: the courier adds a shift", async (t) => {
    const worker = await attendant(t);
    await worker.look();
    assert.equal(await put(), false);
    assert.equal(await mendShifts(redis, adding), 1);
    assert.deepEqual(shifts, [laneName(lane)]);
  });

  it("does not attend while nothing comes through to it", async () => {
    await using link = await Link.to(Number(new URL(server.url).port));
    const url = new URL(server.url);
    url.port = String(link.port);
    const subscriber = connectForLoops({ url: url.href, logger, name: "wakes" });
    await subscriber.connect();
    const feed = new WakeFeed({ subscriber, logger, onWake: () => {} });
    await feed.start();
    assert.ok(feed.listener !== undefined);
    link.swallow(true);
    await until("it knows", () => feed.listener === undefined);
    await feed.stop();
    subscriber.disconnect();
  });
});
