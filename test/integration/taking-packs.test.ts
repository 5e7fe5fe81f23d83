import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { packRows } from "../../shared/job/payload.ts";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { connectForLoops } from "../../shared/redis/connection.ts";
import { RedisClock } from "../../shared/redis/redis-clock.ts";
import { CPU_ONLY } from "../../worker/score/execution-provider.ts";
import { WorkerMetrics } from "../../worker/score/metrics.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { Placements } from "../../worker/score/placements.ts";
import { ScoreWorker } from "../../worker/score/score-worker.ts";
import { pacedModel } from "../support/models.ts";
import { putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const LANE: Lane = { model: "paced@1", class: "interactive" };
const logger = createLogger("worker", "silent");
const STOP_MS = 20_000;

const models = pacedModel({ batching: { max_batch_size: 8, max_queue_delay_ms: 0 } });
after(() => rmSync(models, { recursive: true }));

/** One row that keeps its runner for so long; -1: for ever. */
const paced = (ms: number): Buffer => packRows([Buffer.from(JSON.stringify({ ms }))]);

describe("a worker", () => {
  let server: TestRedis;
  let redis: Redis;
  let workers: ScoreWorker[] = [];
  let loops: (readonly [Redis, RedisClock])[] = [];
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());
  afterEach(async () => {
    await Promise.all(workers.map(async (worker) => worker.stop(AbortSignal.timeout(STOP_MS))));
    for (const [connection, clock] of loops) {
      await clock.stop();
      connection.disconnect();
    }
    [workers, loops] = [[], []];
  });

  async function startWorker({
    slots = 1,
    drainMs = 0,
    leaseMs = 30_000,
  } = {}): Promise<ScoreWorker> {
    const connection = connectForLoops({ url: server.url, logger, name: "worker" });
    await connection.connect();
    const subscriber = server.client();
    const clock = new RedisClock(connection, logger);
    await clock.start();
    const worker = new ScoreWorker({
      versions: loadRegistry(models).versions,
      redis: connection,
      subscriber,
      clock,
      logger,
      metrics: new WorkerMetrics(),
      capacity: {
        count: slots,
        environment: runnerEnvironment(process.env),
        memoryBytes: undefined,
        offer: CPU_ONLY,
      },
      placements: new Placements({ devices: [], shareMin: 0, logger }),
      outputBytesMax: 100_000,
      leaseMs,
      drainMs,
    });
    loops.push([connection, clock]);
    workers.push(worker);
    await worker.start();
    return worker;
  }

  const put = async (payload: Buffer, jobs = 1, lane = LANE): Promise<string> =>
    putPack(redis, lane, { payload, jobs });
  const statesOf = async (pack: string): Promise<string> =>
    (await redis.hget(keys.pack(pack), "s")) ?? "";
  const ended = async (...packs: readonly string[]): Promise<void> =>
    until("all have ended", async () => {
      const states = await Promise.all(packs.map(statesOf));
      return states.every((letters) => letters !== "" && !letters.includes("W"));
    });
  /** Of a pack: the run that has it, and its attempt. */
  const holdOf = async (pack: string): Promise<(string | null)[]> =>
    redis.hmget(keys.pack(pack), "r", "a");
  const runs = async (): Promise<readonly string[]> => redis.zrange(keys.runs, "0", "-1");

  it("comes to what is ready behind thousands that have ended", async () => {
    const gone = await put(paced(0));
    await redis.hset(keys.pack(gone), "s", "C");
    await redis.rpush(keys.ready(LANE), ...Array.from({ length: 1999 }, () => gone));
    const pack = await put(paced(0));
    await startWorker();
    await ended(pack);
    assert.equal(await redis.llen(keys.ready(LANE)), 0);
  });

  it("takes what was ready before it came, and lets it go when it has ended", async () => {
    const packs = [
      await put(paced(0), 3),
      await put(paced(0)),
      await put(paced(0), 1, { ...LANE, class: "bulk" }),
    ];
    const worker = await startWorker();
    await ended(...packs);
    assert.deepEqual(await Promise.all(packs.map(statesOf)), ["SSS", "S", "S"]);
    await until("it holds none", () => worker.load().packsInHand === 0);
    const [run = ""] = await runs();
    assert.equal(await redis.exists(keys.taken(run)), 0);
    assert.equal(await redis.llen(keys.load(LANE)), 0);
  });

  it("is woken by a shift", async () => {
    await startWorker();
    await until("its first look is over", async () => (await runs()).length === 1);
    const pack = await put(paced(0));
    await new Shifts(redis).add(LANE);
    await ended(pack);
  });

  it("tells of each job by itself, and settles once what ended together", async () => {
    const bad = packRows([Buffer.from("{")]);
    const pack = await put(paced(0), 3);
    const other = await put(bad, 2);
    await startWorker();
    await ended(pack, other);
    assert.deepEqual([await statesOf(pack), await statesOf(other)], ["SSS", "FF"]);
    assert.match((await redis.hget(keys.pack(pack), "o0")) ?? "", / SSS\n/);
  });

  it("sits on nothing that another could begin", async () => {
    const packs = await Promise.all(Array.from({ length: 4 }, async () => put(paced(50), 8)));
    const one = await startWorker();
    await until("it runs", () => one.load().slots.busy === 1);
    assert.equal(one.load().packsInHand, 1);
    assert.equal(await redis.llen(keys.ready(LANE)), 3);
    await ended(...packs);
  });

  it("leaves a wake-up to an idle worker while it has no room itself", async () => {
    await put(paced(-1));
    const busy = await startWorker();
    await until("it is busy", () => busy.load().slots.busy === 1);
    await startWorker();
    await until("both are there", async () => (await runs()).length === 2);
    for (let i = 0; i < 5; i += 1) {
      const pack = await put(paced(0));
      await new Shifts(redis).add(LANE);
      await ended(pack);
    }
    assert.equal(busy.load().packsInHand, 1);
  });

  it("hands back at a stop what has not begun, and what does not end, at no cost of an attempt", async () => {
    const running = await put(paced(-1), 8);
    const worker = await startWorker({ slots: 1 });
    await until("it runs", () => worker.load().slots.busy === 1);
    const waiting = await put(paced(0));
    await worker.stop(AbortSignal.timeout(STOP_MS));
    assert.deepEqual(await runs(), []);
    assert.deepEqual(await holdOf(running), [null, null]);
    assert.deepEqual(await redis.lrange(keys.ready(LANE), 0, -1), [running, waiting]);
  });

  it("ends at a stop what runs, when there is time for it", async () => {
    const running = await put(paced(60), 8);
    const worker = await startWorker({ drainMs: 10_000 });
    await until("it runs", () => worker.load().slots.busy === 1);
    await worker.stop(AbortSignal.timeout(STOP_MS));
    assert.equal(await statesOf(running), "SSSSSSSS");
    assert.deepEqual(await runs(), []);
  });

  it("discards what it has when its lease has ended, and begins anew", async () => {
    const pack = await put(paced(400), 2);
    const worker = await startWorker({ leaseMs: 1000 });
    await until("it runs", () => worker.load().slots.busy === 1);
    const [first = ""] = await runs();
    // What the courier does when a lease has ended.
    await redis.zrem(keys.runs, first);
    await redis.del(keys.taken(first));
    await redis.hdel(keys.pack(pack), "r");
    await redis.hset(keys.pack(pack), "a", 2, "dt", 1);
    await redis.rpush(keys.ready(LANE), pack);
    await ended(pack);
    assert.equal(await statesOf(pack), "SS");
    assert.match((await redis.hget(keys.pack(pack), "o0")) ?? "", /^0 2 /, "of the second attempt");
    const later = await runs();
    assert.equal(later.length, 1);
    assert.notEqual(later[0], first);
  });

  it("runs a pack apart from others after a death, and its jobs exclusively after two", async () => {
    const twice = await put(paced(0));
    const once = await put(paced(0), 2);
    const fresh = await put(paced(0), 2);
    await redis.hset(keys.pack(twice), "dt", 2);
    await redis.hset(keys.pack(once), "dt", 1);
    await startWorker({ slots: 2 });
    await ended(twice, once, fresh);
    const sizes = await Promise.all(
      [twice, once, fresh].map(
        async (pack) =>
          /"batch_size":(\d+)/.exec((await redis.hget(keys.pack(pack), "o0")) ?? "")?.[1],
      ),
    );
    assert.deepEqual(sizes, ["1", "2", "2"]);
  });
});
