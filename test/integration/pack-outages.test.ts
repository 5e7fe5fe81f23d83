import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Redis } from "ioredis";
import { createBatch, readBatches } from "../../shared/batch/batches.ts";
import { failure } from "../../shared/job/outcome.ts";
import type { Lane } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { endOverdue } from "../../shared/pack/due.ts";
import { endJob } from "../../shared/pack/end.ts";
import { keepResult } from "../../shared/pack/keep.ts";
import { Reaper, reapRuns } from "../../shared/pack/reap.ts";
import { readJobs } from "../../shared/pack/read.ts";
import { requeue } from "../../shared/pack/retry.ts";
import { Run } from "../../shared/pack/run.ts";
import { atTime } from "../../shared/redis/script.ts";
import { newBatch } from "../support/batches.ts";
import { Link } from "../support/link.ts";
import { quota, testIds } from "../support/jobs.ts";
import { outcomes, putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { sendingBy } from "../support/sending.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("worker", "silent");
const take = { lane, rows: 32, woken: false };
const LEASE_MS = 4000;

describe("packs, when much time passes or much is left behind", () => {
  let server: TestRedis;
  let redis: Redis;
  let nowMs: number;
  const shifts = { add: async (): Promise<void> => {} };
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    nowMs = 1_000_000;
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

  it("cost nobody an attempt when Redis was away for longer than a lease", async () => {
    const [lives, dies] = [newRun(), newRun()];
    const name = await put(1);
    await lives.turn(take, []);
    const other = await put(1);
    await dies.turn(take, []);
    const reaper = new Reaper(timed(), shifts);
    assert.equal((await reaper.look()).runs, 0);
    nowMs += 60_000;
    assert.equal((await reaper.look()).runs, 0);
    nowMs += LEASE_MS - 1;
    assert.equal((await reaper.look()).runs, 0);
    await lives.beat([name]);
    nowMs += 1;
    assert.deepEqual(await reaper.look(), { runs: 1, packs: 1, ended: [] });
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [other]);
    assert.deepEqual((await lives.turn(undefined, [settle(name, "S")])).verdicts, ["S"]);
  });

  it("come back from the dead also when a courier is always slow", async () => {
    await put(1);
    await newRun().turn(take, []);
    const reaper = new Reaper(timed(), shifts);
    await reaper.look();
    let runs = 0;
    for (let looks = 1; looks <= 3 && runs === 0; looks += 1) {
      nowMs += 3000;
      ({ runs } = await reaper.look());
    }
    assert.equal(runs, 1);
  });

  it("are waited for at maxmemory", async (t) => {
    const name = await put(1, { waiters: "" });
    await redis.config("SET", "maxmemory", "1mb");
    t.after(async () => redis.config("SET", "maxmemory", "0"));
    const asked = {
      id: testIds.jobId(name, 0, "default"),
      tenant: "default",
      mode: "wait",
    } as const;
    const [job] = await readJobs(timed(), "g7", [asked]);
    assert.equal(typeof job === "object" && job.status, "queued");
    assert.equal(await redis.hget(keys.pack(name), "w"), "g7");
  });

  it("are waited for at maxmemory by their batch, too", async (t) => {
    const batch = newBatch(lane);
    await createBatch(redis, batch, 10);
    await redis.config("SET", "maxmemory", "1mb");
    t.after(async () => redis.config("SET", "maxmemory", "0"));
    const [found] = await readBatches(redis, "g7", [batch.id], "wait");
    assert.equal(typeof found === "object" && found.status, "validating");
    assert.equal(await redis.hget(keys.batch(batch.id), "w"), "g7");
  });

  it("let a cancel that comes late end no attempt that a retry made since", async () => {
    const name = await put(2);
    const job = { id: testIds.jobId(name, 1, "default"), tenant: "default", attempt: 1 };
    const cancel = { ...job, outcome: failure(new Error("no"), undefined, "canceled") };
    assert.equal(await endJob(timed(), cancel), "ended");
    const again = { job: { ...job, ...lane }, quota: quota(), token: "t1" };
    assert.equal((await requeue(timed(), again)).verdict, "accepted");
    assert.equal(await endJob(timed(), cancel), "late");
    assert.equal(await stateOf(`${name}1`), "W");
    assert.equal(await endJob(timed(), { ...cancel, attempt: 2 }), "ended");
  });

  it("come back from the dead also beside one whose record is broken", async () => {
    const names = [await put(1), await put(1), await put(1)].toSorted();
    await newRun().turn(take, []);
    const [first, broken = "", last] = names;
    await redis.hdel(keys.pack(broken), "l");
    await assert.rejects(reap, new RegExp(`broken: ${broken}$`));
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [first, last]);
    assert.deepEqual(await reap(), { runs: 0, packs: 0, ended: [] });
  });

  it("are taken, and end, behind one whose record is broken", async () => {
    const limits = { startMs: 10, attemptMs: 1e6, totalMs: 1e7, retries: 1, retentionSeconds: 60 };
    const [broken, name, late] = [await put(1), await put(1), await put(1, { limits })];
    for (const field of ["l", "n"]) await redis.hdel(keys.pack(broken), field);
    const { packs } = await newRun().turn({ ...take, rows: 1 }, []);
    assert.deepEqual(
      packs.map((pack) => pack.name),
      [name],
    );
    await redis.zadd(keys.due, 1, broken);
    nowMs += 20;
    await assert.rejects(async () => endOverdue(timed()), /script/);
    assert.equal(await stateOf(late), "X");
  });

  it("end when they are late also where Redis answers slowly", async (t) => {
    const limits = { startMs: 10, attemptMs: 1e6, totalMs: 1e7, retries: 1, retentionSeconds: 60 };
    const name = await put(1, { limits });
    nowMs += 20;
    // A look for what is due takes longer than a call has time for.
    await using link = await Link.to(server.port, 300);
    const url = new URL(server.url);
    url.port = String(link.port);
    const slow = new Redis(url.href, { maxRetriesPerRequest: null });
    t.after(() => slow.disconnect());
    assert.equal(await endOverdue(timed(slow)), 1);
    assert.equal(await stateOf(name), "X");
  });

  it("look past what has ended in steps: thousands of those must not hold Redis up", async () => {
    const gone = await put(1);
    const outcome = failure(new Error("no"), undefined, "canceled");
    await endJob(timed(), { id: testIds.jobId(gone, 0, "default"), tenant: "default", outcome });
    await redis.rpush(keys.ready(lane), ...Array.from({ length: 999 }, () => gone));
    const name = await put(1);
    const run = newRun();
    const lefts: number[] = [];
    for (let turns = 1; turns <= 10; turns += 1) {
      const { packs, left } = await run.turn(take, []);
      lefts.push(left);
      if (packs.length === 0) continue;
      assert.deepEqual([packs[0]?.name, lefts], [name, [501, 1, 0]]);
      return;
    }
    assert.fail("never taken");
  });

  it("do not end with an output that is gone: they run once more", async () => {
    const name = await put(2);
    // The turn behind it comes late.
    const forgetful = sendingBy(redis, async (_command, once) => {
      const reply = await once();
      await redis.del(`${keys.pack(name)}:out0`);
      return reply;
    });
    const run = newRun(forgetful);
    await run.turn(take, []);
    const large = { status: "succeeded", body: "x".repeat(20_000), metrics: undefined } as const;
    const [small] = outcomes("S");
    assert.ok(small !== undefined);
    const ends = { pack: name, attempt: 1, first: 0, outcomes: [large, small] };
    assert.deepEqual((await run.turn(undefined, [ends])).verdicts, ["-S"]);
    assert.equal(await stateOf(name), "WS");
    await new Promise((resolve) => setImmediate(resolve));
    await run.beat([]);
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name]);
  });

  it("keep a result as long as was promised, also when its neighbours moved out and ended", async () => {
    const limits = {
      startMs: 1e6,
      attemptMs: 1e6,
      totalMs: 1e7,
      retries: 9,
      retentionSeconds: 3600,
    };
    const name = await put(3, { limits, isTaken: true });
    const first = newRun();
    await first.turn(take, []);
    await first.turn(undefined, [settle(name, "S")]);
    await reap();
    await newRun().turn(take, []);
    await reap();
    // Whoever waited for the first is gone.
    await keepResult(timed(), testIds.jobId(name, 0, "default"), "default");
    const last = newRun();
    for (const digit of ["1", "2"]) {
      await last.turn(take, []);
      await last.turn(undefined, [settle(name + digit, "S", 0, 3)]);
    }
    assert.equal(await stateOf(name), "SMM");
    assert.ok((await redis.ttl(keys.pack(name))) > 3000);
    assert.ok((await redis.ttl(keys.pack(`${name}1`))) <= 300, "that one's was taken along");
  });
});
