import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { failure } from "../../shared/job/outcome.ts";
import type { Lane } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { endJob } from "../../shared/pack/end.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import { Run, RunFenced } from "../../shared/pack/run.ts";
import { endOf, parseSegment } from "../../shared/pack/segment.ts";
import { atTime } from "../../shared/redis/script.ts";
import { testIds } from "../support/jobs.ts";
import { outcomes, putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { sendingBy } from "../support/sending.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("worker", "silent");
const take = { lane, rows: 32, woken: false };
const LEASE_MS = 4000;

describe("packs, when something goes wrong", () => {
  let server: TestRedis;
  let redis: Redis;
  let nowMs: number;
  let added: Lane[];
  const shifts = { add: async (to: Lane): Promise<void> => void added.push(to) };
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    nowMs = 1_000_000;
    added = [];
  });

  const timed = (client = redis): Redis => atTime(client, () => nowMs);
  const newRun = (client = redis): Run =>
    new Run({ redis: timed(client), shifts, leaseMs: LEASE_MS, logger });
  const put = async (jobs: number, more = {}): Promise<string> =>
    putPack(redis, lane, { jobs, nowMs, ...more });
  const settle = (pack: string, letters: string, first = 0, attempt = 1) => ({
    pack,
    attempt,
    first,
    outcomes: outcomes(letters),
  });
  const stateOf = async (name: string): Promise<string | null> => redis.hget(keys.pack(name), "s");
  /** Redis' clock goes on for longer than a lease, and the courier looks. */
  const reap = async () => {
    nowMs += LEASE_MS;
    return reapRuns(timed(), shifts);
  };

  it("fence a worker that thaws after its lease: what it has is others', and it takes nothing", async () => {
    const name = await put(2);
    const [frozen, other] = [newRun(), newRun()];
    assert.equal((await frozen.turn(take, [])).packs.length, 1);
    assert.deepEqual(await reap(), { runs: 1, packs: 1, ended: [] });
    const [again] = (await other.turn(take, [])).packs;
    assert.deepEqual([again?.name, again?.attempt, again?.deaths], [name, 2, 1]);
    await put(1);
    await assert.rejects(async () => frozen.turn(take, [settle(name, "SS")]), RunFenced);
    await assert.rejects(async () => frozen.beat([name]), RunFenced);
    assert.equal(await stateOf(name), "WW");
    assert.equal(await redis.llen(keys.ready(lane)), 1, "what is ready is left to others");
    const { verdicts } = await other.turn(undefined, [settle(name, "SS", 0, 2)]);
    assert.deepEqual(verdicts, ["SS"]);
  });

  it("give again what a turn took whose reply was lost, and settle nothing twice", async () => {
    const first = await put(1);
    const second = await put(1);
    let isLost = true;
    const lossy = sendingBy(redis, async (_command, once) => {
      const reply = await once();
      isLost = !isLost;
      if (!isLost) throw new Error("Connection is closed.");
      return reply;
    });
    const run = newRun(lossy);
    const { packs, left } = await run.turn({ ...take, rows: 1 }, []);
    assert.deepEqual([packs.map(({ name }) => name), left], [[first], 1]);
    const turned = await run.turn({ ...take, rows: 1 }, [settle(first, "S")]);
    assert.deepEqual(
      turned.packs.map(({ name }) => name),
      [second],
    );
    assert.equal(await stateOf(first), "S");
    assert.equal(await redis.hget(keys.flow(lane), "no"), "1", "it ended once");
    assert.deepEqual(await redis.hkeys(keys.taken(run.id)), [second]);
  });

  it("put back what a run has taken and its worker never heard of", async () => {
    const name = await put(1);
    const run = newRun();
    await run.turn(take, []);
    await run.beat([]);
    assert.equal(await redis.llen(keys.ready(lane)), 0, "the caller may still be told of it");
    await new Promise((resolve) => setImmediate(resolve));
    await run.beat([]);
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name]);
    assert.equal(await redis.exists(keys.taken(run.id)), 0);
    assert.equal(await redis.hget(keys.pack(name), "r"), null);
  });

  it("let go of a job that is canceled while it runs alone", async () => {
    const name = await put(1);
    const run = newRun();
    await run.turn(take, []);
    const outcome = failure(new Error("no"), undefined, "canceled");
    const id = testIds.jobId(name, 0, "default");
    assert.equal(await endJob(timed(), { id, tenant: "default", outcome }), "ended");
    assert.equal(await redis.exists(keys.taken(run.id)), 0);
    assert.equal(await redis.hget(keys.flow(lane), "running"), "0");
    assert.deepEqual((await run.turn(undefined, [settle(name, "S")])).verdicts, ["-"]);
    assert.equal(await stateOf(name), "C");
  });

  it("leave out of a segment and its message what was canceled or erased meanwhile", async () => {
    const name = await put(4);
    const run = newRun();
    await run.turn(take, []);
    const [canceled, erased] = [1, 2].map((index) => testIds.jobId(name, index, "default"));
    const outcome = failure(new Error("no"), undefined, "canceled");
    for (const id of [canceled ?? "", erased ?? ""]) {
      await endJob(timed(), { id, tenant: "default", outcome });
    }
    assert.equal(await eraseJob(timed(), erased ?? "", "default"), "erased");
    const heard = await hear(server, "g1", async () => {
      const { verdicts } = await run.turn(undefined, [settle(name, "SSSF")]);
      assert.deepEqual(verdicts, ["S--F"]);
    });
    const stored = await redis.hgetBuffer(keys.pack(name), "o0");
    assert.ok(stored !== null);
    assert.equal(heard.toString(), `p ${name} ${stored.toString()}`);
    const segment = parseSegment(stored);
    assert.equal(segment.letters, "S--F");
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => endOf(segment, index)?.body?.toString()),
      ['{"a":1}', undefined, undefined, '{"code":"internal"}'],
    );
    assert.equal(await stateOf(name), "SCDF");
  });

  it("let clocks of couriers go wrong: only Redis' time ends a lease", async () => {
    await put(1);
    const run = new Run({ redis, shifts, leaseMs: LEASE_MS, logger });
    await run.turn(take, []);
    const machine = Date.now;
    Date.now = () => machine() + 60_000;
    try {
      assert.equal((await reapRuns(redis, shifts)).runs, 0);
    } finally {
      Date.now = machine;
    }
  });

  it("settle at maxmemory what was taken, and take", async (t) => {
    const first = await put(2);
    const second = await put(1);
    const run = newRun();
    await run.turn({ ...take, rows: 2 }, []);
    await redis.config("SET", "maxmemory", "1mb");
    t.after(async () => redis.config("SET", "maxmemory", "0"));
    await assert.rejects(async () => redis.set("x", "y"), /OOM/);
    const large = { status: "succeeded", body: "x".repeat(20_000), metrics: undefined } as const;
    const [failed] = outcomes("F");
    assert.ok(failed !== undefined);
    const ends = { pack: first, attempt: 1, first: 0, outcomes: [large, failed] };
    const turned = await run.turn(take, [ends]);
    assert.deepEqual(turned.verdicts, ["SF"]);
    assert.deepEqual(
      turned.packs.map(({ name }) => name),
      [second],
    );
    await run.beat([second]);
    assert.equal(await redis.strlen(`${keys.pack(first)}:out0`), 20_000);
    await run.release([second]);
    assert.equal((await reap()).runs, 1);
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [second]);
  });

  it("keep large outputs out of the message: it only says that they are there", async () => {
    const name = await put(32);
    const run = newRun();
    await run.turn(take, []);
    const body = "x".repeat(1024 * 1024);
    const large = Array.from({ length: 32 }, () => {
      return { status: "succeeded", body, metrics: undefined } as const;
    });
    const heard = await hear(server, "g1", async () => {
      await run.turn(undefined, [{ pack: name, attempt: 1, first: 0, outcomes: large }]);
    });
    assert.ok(heard.length < 1000, `${heard.length} bytes`);
    const [, , segment] = heard.toString().split(/^(p \S+ )/);
    assert.deepEqual(
      parseSegment(Buffer.from(segment ?? "")).isLarge,
      large.map(() => true),
    );
    assert.equal(await redis.strlen(`${keys.pack(name)}:out31`), body.length);
    assert.ok((await redis.ttl(`${keys.pack(name)}:out31`)) > 600, "as long as the pack is kept");
  });

  it("say of many small outputs that are large together that they are to be read", async () => {
    const name = await put(32);
    const run = newRun();
    await run.turn(take, []);
    const outs = Array.from({ length: 32 }, () => {
      return { status: "succeeded", body: "x".repeat(8192), metrics: undefined } as const;
    });
    const heard = await hear(server, "g1", async () => {
      await run.turn(undefined, [{ pack: name, attempt: 1, first: 0, outcomes: outs }]);
    });
    assert.equal(heard.toString(), `r ${name}`);
  });

  it("part from the second death on, and run one by one until they are poisoned", async () => {
    const name = await put(2);
    const taken: string[][] = [];
    const runs = async (): Promise<void> => {
      for (;;) {
        const run = newRun();
        const { packs } = await run.turn(take, []);
        if (packs.length === 0) return;
        taken.push(packs.map((pack) => `${pack.name.slice(21)}:${pack.attempt}:${pack.deaths}`));
        if (taken.length > 20) throw new Error("never ends");
        // Each worker dies.
        await reap();
      }
    };
    await runs();
    assert.deepEqual(taken, [
      [":1:0"],
      [":2:1"],
      ["0:3:2"],
      ["0:4:3"],
      ["0:5:4"],
      ["1:3:2"],
      ["1:4:3"],
      ["1:5:4"],
    ]);
    assert.equal(await stateOf(name), "MM");
    for (const digit of ["0", "1"]) {
      const [state, segment] = await redis.hmget(keys.pack(name + digit), "s", "o0");
      assert.equal(state, "F");
      assert.match(segment ?? "", /"code":"poisoned"/);
    }
    assert.equal(await redis.exists(keys.load(lane), keys.outstanding(lane), keys.due), 0);
    assert.ok((await redis.ttl(keys.pack(name))) > 0, "it goes with those that moved out");
  });

  it("give up a job whose retries are used up, and tell who waits", async () => {
    const limits = { startMs: 1e6, attemptMs: 1e6, totalMs: 1e7, retries: 1, retentionSeconds: 60 };
    const name = await put(2, { limits });
    await newRun().turn(take, []);
    await reap();
    await newRun().turn(take, []);
    const heard = await hear(server, "g1", async () => {
      const { ended } = await reap();
      assert.deepEqual(ended, [{ lane, status: "failed", code: "worker_lost", count: 2 }]);
    });
    assert.match(heard.toString(), new RegExp(`^p ${name} 0 2 `));
    assert.equal(await stateOf(name), "FF");
  });

  it("leave what a newer release wrote to its workers, and ask for no shift", async () => {
    const name = await put(1);
    await redis.hset(keys.pack(name), "v", "3");
    const run = newRun();
    const { packs, left } = await run.turn({ ...take, woken: true }, []);
    assert.deepEqual([packs, left, added], [[], 0, []]);
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name]);
  });
});

/** What a gateway is told while something is done. */
async function hear(
  server: TestRedis,
  gateway: string,
  work: () => Promise<void>,
): Promise<Buffer> {
  const subscriber = server.client();
  const heard: Buffer[] = [];
  subscriber.on("messageBuffer", (_channel: Buffer, message: Buffer) => void heard.push(message));
  await subscriber.subscribe(keys.settled(gateway));
  await work();
  await until("it is told", () => heard.length > 0);
  subscriber.disconnect();
  assert.equal(heard.length, 1);
  return heard[0] ?? Buffer.alloc(0);
}
