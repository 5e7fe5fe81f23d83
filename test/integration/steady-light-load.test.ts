import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { RECENT_SECONDS } from "../../shared/redis/recent.ts";
import type { Run } from "../../shared/pack/run.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import {
  NO_HISTORY,
  isActive,
  pollDecision,
  syncDecision,
  wish,
} from "../support/scaler/decide.ts";
import { readPool, type Pool } from "../support/scaler/pool.ts";
import { ScalerConnection } from "../support/scaler/scaler-connection.ts";
import { TestRedis } from "../support/redis.ts";
import { workerOf, workOff } from "../support/worked.ts";

const pool = readPool("k8s/models/wine");
const lane: Lane = { model: "wine@1", class: "interactive" };
const recent = keys.recent(lane.model);
const MINUTE_MS = 60_000;

/**
 * Jobs that are accepted and end between two looks of KEDA, so that it never sees one in a load list.
 * Real scripts and a real Redis, in which a second passes when the test says so.
 */
describe("a pool under steady light load", () => {
  let server: TestRedis;
  let redis: Redis;
  let keda: ScalerConnection;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
    keda = await ScalerConnection.open(server.urlOf("keda"));
  });
  after(async () => {
    keda[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });
  let run: Run;
  beforeEach(async () => {
    await redis.flushall();
    run = workerOf(redis);
  });

  for (const jobs of [1, 25]) {
    it(`has its worker through 20 minutes of ${jobs} a second, and none a while after the last`, async () => {
      const busy = await watch(pool, 20 * MINUTE_MS, async () => score(jobs));
      assert.deepEqual(busy, [{ atMs: 5000, replicas: 1 }]);
      const silent = await watch(pool, 10 * MINUTE_MS, async () => {}, 1);
      const [{ atMs, replicas } = { atMs: 0, replicas: 0 }, ...rest] = silent;
      assert.deepEqual([replicas, rest], [0, []]);
      // Redis' own time passes as well while the test runs: it may forget sooner, by that.
      const latestMs = pool.recentMs + pool.cooldownMs + pool.pollMs;
      assert.ok(atMs > pool.cooldownMs && atMs <= latestMs, `${atMs} ms`);
    });
  }

  it("has it with a job every four minutes, and would not without what is remembered", async () => {
    const seldom = async (second: number): Promise<void> => {
      if (second % 240 === 1) await score(1);
    };
    assert.deepEqual(await watch(pool, 20 * MINUTE_MS, seldom), [{ atMs: 5000, replicas: 1 }]);
    const blind = { ...pool, triggers: pool.triggers.filter(({ list }) => list !== recent) };
    await redis.flushall();
    run = workerOf(redis);
    const changes = await watch(blind, 10 * MINUTE_MS, async () => score(25), 1);
    assert.deepEqual(changes, [{ atMs: pool.cooldownMs, replicas: 0 }]);
  });

  it("is remembered for as long as the code says, and written once for many jobs", async () => {
    const wholeMs = RECENT_SECONDS * 1000;
    const leftMs = async (): Promise<number> => redis.pttl(recent);
    await score(1);
    assert.ok((await leftMs()) > wholeMs / 2 && (await leftMs()) <= wholeMs);
    // With more than enough left it stays as it is, and is made anew when there is less.
    await redis.pexpire(recent, 10 * wholeMs);
    await score(3);
    assert.ok((await leftMs()) > wholeMs);
    await redis.pexpire(recent, wholeMs / 4);
    await score(3);
    assert.ok((await leftMs()) > wholeMs / 2);
    assert.equal(await redis.llen(recent), 1);
  });

  /** Jobs that come together and end before anybody looks. */
  async function score(count: number): Promise<void> {
    await acceptPacks(redis, lane, [
      newPack(
        lane,
        Array.from({ length: count }, () => ({})),
      ),
    ]);
    assert.equal(await workOff(run, lane), count);
  }

  /**
   * KEDA and the HPA for some time, second by second.
   *
   * @param each what comes in a second, from the first on
   * @returns when the number of replicas changed, and to what
   */
  async function watch(
    { triggers, ...scaling }: Pool,
    lengthMs: number,
    each: (second: number) => Promise<void>,
    replicas = 0,
  ): Promise<{ readonly atMs: number; readonly replicas: number }[]> {
    const changes: { atMs: number; replicas: number }[] = [];
    let [now, history, activeAtMs] = [replicas, NO_HISTORY, 0];
    const set = (atMs: number, next: number): void => {
      if (next !== now) changes.push({ atMs, replicas: next });
      now = next;
    };
    for (let nowMs = 1000; nowMs <= lengthMs; nowMs += 1000) {
      await each(nowMs / 1000);
      await passSecond();
      const lengths: number[] = [];
      for (const { list } of triggers) lengths.push(await keda.length(list));
      if (nowMs % scaling.pollMs === 0) {
        const active = isActive(triggers, lengths);
        if (active) activeAtMs = nowMs;
        const sight = { replicas: now, isActive: active, idleMs: nowMs - activeAtMs };
        set(nowMs, pollDecision({ ...scaling, triggers }, sight));
      }
      if (nowMs % scaling.syncMs === 0 && now > 0) {
        const moment = { nowMs, replicas: now, wish: wish(triggers, lengths, now) };
        const next = syncDecision({ ...scaling, triggers }, history, moment);
        history = next.history;
        set(nowMs, next.replicas);
      }
    }
    return changes;
  }

  /** What Redis remembers is a second older. */
  async function passSecond(): Promise<void> {
    const leftMs = await redis.pttl(recent);
    if (leftMs > 0) await redis.pexpire(recent, Math.max(0, leftMs - 1000));
  }
});
